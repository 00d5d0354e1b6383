"""The closer look of the reader, for rare kinds and by the second library: it reads more, and costs little else."""

import asyncio
import io
import json
import struct
import sys

import pytest
from PIL import Image, ImageDraw
from test_hardware_decode import SF, TOKEN, by_zbar, drawn, label, qr

from hardware import open_camera, open_reader
from hardware.camera import closer_look
from hardware.camera.vision_process import VisionProcess
from hardware.decode import Decoder
from hardware.options import CameraOptions, CameraReaderOptions

pyzbar = pytest.importorskip("pyzbar.pyzbar")


def on_a_dark_phone():
    """A page in dark mode that shows the code without a white border."""
    ground = Image.new("L", (640, 480), 30)
    code = qr(TOKEN, scale=8)
    ground.paste(code.crop((32, 32, code.width - 32, code.height - 32)), (120, 60))
    return ground


def on_a_broken_display():
    """A phone with a dead column through one of the code's corners."""
    ground = Image.new("L", (640, 480), 150)
    code = qr(TOKEN, scale=6)
    ImageDraw.Draw(code).line((43, 0, 43, code.height), fill=0, width=8)
    ground.paste(code, (120, 60))
    return ground


ONLY_THE_SECOND = [on_a_dark_phone, on_a_broken_display]


@pytest.fixture
def shown(monkeypatch):
    """How often the second library was asked."""
    asked = []
    real = pyzbar.decode

    def counting(picture, **options):
        asked.append(picture)
        return real(picture, **options)

    monkeypatch.setattr(pyzbar, "decode", counting)
    return asked


class Lens:
    """A camera that sees what it is told to; None while no new frame has come."""

    def __init__(self):
        self.frames = []

    def frame(self):
        return self.frames.pop(0) if self.frames else None


class Reading:
    """The process that sees, and what it has written."""

    def __init__(self):
        self.lens, self.out = Lens(), io.BytesIO()
        self.process = VisionProcess(self.lens, Decoder(), self.out)
        self.process.handle({"do": "watch", "on": True})

    def look(self, frames):
        self.lens.frames = list(frames)
        for _ in self.lens.frames.copy():
            self.process.look()
        return self.texts

    @property
    def texts(self):
        told, texts = self.out.getvalue(), []
        while told:
            (length,) = struct.unpack(">I", told[:4])
            header = json.loads(told[4 : 4 + length])
            told = told[4 + length + header["size"] :]
            texts += [header["text"]] if "text" in header else []
        return texts


def lobby(count, move=0):
    """An empty lobby with the grain of a sensor; somebody walks by when it moves."""
    ground = Image.linear_gradient("L").resize((400, 300))
    for n in range(count):
        frame = Image.blend(ground, Image.effect_noise(ground.size, 60), 0.1)
        if move:
            frame.paste(20, (n * move % 360, 60, n * move % 360 + 40, 260))
        yield frame


@pytest.mark.parametrize("picture", ONLY_THE_SECOND)
def test_C6_the_gallery_proves_something(picture):
    assert Decoder().quick(picture()) == []
    assert by_zbar(picture()) == [TOKEN]


@pytest.mark.parametrize("picture", ONLY_THE_SECOND)
async def test_C6_at_the_reader_of_a_cabinet_the_second_library_reads_what_the_first_cannot(tmp_path, picture):
    camera = open_camera(CameraOptions(kind="files", folder=tmp_path))
    running = asyncio.create_task(camera.run())
    stream = open_reader(CameraReaderOptions(kind="camera"), camera).texts()
    first = asyncio.ensure_future(anext(stream))
    half = tmp_path / ".half"
    picture().save(half, "PNG")
    half.rename(tmp_path / "1.png")
    assert await asyncio.wait_for(first, 30) == TOKEN
    await stream.aclose()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_C6_a_picture_that_is_given_once_is_shown_to_it_though_another_one_was_just_before():
    reading = Reading()
    assert reading.look([*lobby(1), on_a_dark_phone(), *[None] * closer_look.EVERY]) == [TOKEN]


def test_REC_04_a_number_in_a_rare_code_comes_before_the_common_one_beside_it_though_it_is_found_later():
    reading = Reading()
    reading.look(lobby(1))
    both = label((SF, "DataMatrix"), ("https://x.example/1", "QRCode"))
    assert reading.look([both] * 40) == [SF]


def test_REC_04_a_common_code_alone_is_said_once_after_the_closer_look():
    reading = Reading()
    reading.look(lobby(1))
    assert reading.look([label(("https://x.example/1", "QRCode"))] * 60) == ["https://x.example/1"]


def test_REC_04_a_rare_code_in_a_picture_that_is_given_once_is_read_though_another_one_was_just_before():
    reading = Reading()
    assert reading.look([*lobby(1), drawn(SF, "DataMatrix"), *[None] * closer_look.EVERY]) == [SF]


def test_C6_a_code_that_lies_still_is_read_once(shown):
    assert Reading().look([on_a_dark_phone()] * 100) == [TOKEN]


def test_C6_an_empty_lobby_costs_one_opinion_in_two_seconds(shown):
    looks = 6 * closer_look.UNCHANGED_EVERY
    Reading().look(lobby(looks))
    assert 1 <= len(shown) <= looks / closer_look.UNCHANGED_EVERY + 1


def test_C6_whoever_walks_by_costs_one_opinion_in_five_looks(shown):
    looks = 20 * closer_look.EVERY
    Reading().look(lobby(looks, move=37))
    assert looks / closer_look.EVERY / 2 <= len(shown) <= looks / closer_look.EVERY + 1


def test_C6_a_code_that_comes_into_an_empty_lobby_is_shown_to_it_within_half_a_second(shown):
    reading = Reading()
    reading.look(lobby(closer_look.UNCHANGED_EVERY + closer_look.EVERY))
    assert reading.look([on_a_dark_phone()] * closer_look.EVERY) == [TOKEN]


def test_C6_what_the_first_library_reads_is_not_shown_to_the_second(shown):
    assert Reading().look([qr(TOKEN)] * 50) == [TOKEN]
    assert shown == []


def test_C6_the_dark_is_not_shown_to_it(shown):
    Reading().look([Image.new("L", (640, 480), 3)] * 50)
    assert shown == []


def test_C6_where_the_first_library_has_no_wheel_the_second_is_the_only_one_and_asked_once_a_frame(shown, monkeypatch):
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    assert Reading().look([on_a_broken_display()] * 10) == [TOKEN]
    assert len(shown) == 10
    Reading().look(lobby(10))
    assert len(shown) == 20


def test_C6_without_the_second_library_the_first_reads_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)
    reading = Reading()
    assert reading.look([on_a_dark_phone()] * 30) == []
    assert reading.look([qr(TOKEN)]) == [TOKEN]
