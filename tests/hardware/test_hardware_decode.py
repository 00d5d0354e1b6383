"""Codes in pictures: at least as many as the better library alone, by the same two libraries."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

zxingcpp = pytest.importorskip("zxingcpp")
import segno  # noqa: E402  after the skip

from hardware.decode import Decoder  # noqa: E402  after the skip
from locker.errors import HardwareFault  # noqa: E402  after the skip


def qr(text, scale=4):
    from io import BytesIO

    drawn = BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=scale, border=4)
    return Image.open(drawn).convert("L")


def code128(text):
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    drawn = zxingcpp.write_barcode_to_image(code, scale=3)
    picture = Image.frombytes("L", (drawn.shape[1], drawn.shape[0]), bytes(drawn))
    framed = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    framed.paste(picture, (40, 40))
    return framed


def photographed(picture, chance):
    """As a cheap camera sees a code held by a hand: turned, soft, grainy, on a grey ground."""
    ground = Image.new("L", (640, 480), 150)
    turned = picture.rotate(chance.uniform(-40, 40), expand=True, fillcolor=150)
    turned.thumbnail((430, 430))
    ground.paste(turned, (chance.randint(0, 200), chance.randint(0, 40)))
    soft = ground.filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.5)))
    return Image.blend(soft, Image.effect_noise(soft.size, 70), chance.uniform(0, 0.35))


TOKEN = "PL1.ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.fixture(scope="module")
def gallery():
    chance = random.Random(7)
    return [(f"{TOKEN[:20]}{n:06d}", photographed(qr(f"{TOKEN[:20]}{n:06d}"), chance)) for n in range(25)] + [
        (f"SF10{n:09d}", photographed(code128(f"SF10{n:09d}"), chance)) for n in range(10)
    ]


def by_zxing(picture):
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.barcode_formats_from_str("QRCode,Code128"))
    return [code.text for code in found]


def by_zbar(picture):
    pyzbar = pytest.importorskip("pyzbar.pyzbar")
    kinds = [pyzbar.ZBarSymbol.QRCODE, pyzbar.ZBarSymbol.CODE128]
    return [code.data.decode() for code in pyzbar.decode(picture, symbols=kinds)]


def count(read, gallery):
    return sum(text in read(picture) for text, picture in gallery)


def test_UX_01_at_least_as_many_as_the_better_library_alone(gallery):
    alone = max(count(by_zxing, gallery), count(by_zbar, gallery))
    assert alone > 15, "the gallery proves nothing"
    assert count(Decoder().thorough, gallery) >= alone


def pictures(folder):
    for file in sorted(folder.rglob("*")):
        expected = file.with_suffix(".txt")
        if file.suffix in {".png", ".jpg", ".webp"} and expected.exists():
            with Image.open(file) as picture:
                yield expected.read_text(errors="replace").strip(), picture.convert("L")


@pytest.mark.skipif("LOCKER_SCANS" not in os.environ, reason="LOCKER_SCANS names no folder of photographs")
def test_UX_01_real_photographs():
    gallery = list(pictures(Path(os.environ["LOCKER_SCANS"])))
    assert gallery

    def right(read):
        return {n for n, (text, picture) in enumerate(gallery) if text in [one.strip() for one in read(picture)]}

    def seconds(read, picture):
        def once():
            begun = time.perf_counter()
            read(picture)
            return time.perf_counter() - begun

        return min(once() for _ in range(5))

    def zxing(picture):
        found = zxingcpp.read_barcodes(
            picture, formats=zxingcpp.barcode_formats_from_str("QRCode,Code128"), text_mode=zxingcpp.TextMode.Plain
        )
        return [code.text for code in found]

    thorough = Decoder().thorough
    suffices = right(zxing)
    assert len(right(thorough)) >= max(len(suffices), len(right(by_zbar)))
    ours = sum(seconds(thorough, gallery[n][1]) for n in suffices)
    assert ours <= 1.2 * sum(seconds(zxing, gallery[n][1]) for n in suffices)


def test_a_token_is_read_in_the_first_quick_way():
    assert Decoder().quick(qr(TOKEN)) == [TOKEN]


def test_without_zxing_the_second_opinion_is_the_first(monkeypatch, gallery):
    pytest.importorskip("pyzbar.pyzbar")
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    decoder = Decoder()
    assert decoder.quick(qr(TOKEN)) == [TOKEN]
    assert count(decoder.thorough, gallery[:5]) >= count(by_zbar, gallery[:5])


def test_without_any_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)
    with pytest.raises(HardwareFault, match="Install"):
        Decoder()


def test_the_command_prints_one_json_line_a_picture_even_for_what_is_none(tmp_path):
    qr(TOKEN).save(tmp_path / "a token.png")
    code128("SF1234567890").save(tmp_path / "label.png")
    Image.new("L", (300, 200), 255).save(tmp_path / "blank.png")
    whole = (tmp_path / "a token.png").read_bytes()
    (tmp_path / "broken.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("no picture")
    names = ["a token.png", "label.png", "blank.png", "broken.png", "text.png", "absent.png"]
    ran = subprocess.run(
        [sys.executable, "-m", "hardware.decode", *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [Path(line["file"]).name for line in lines] == names
    assert [line["texts"] for line in lines[:3]] == [[TOKEN], ["SF1234567890"], []]
    assert lines[4]["texts"] == lines[5]["texts"] == []
    assert all(isinstance(line["ms"], float) and line["ms"] >= 0 for line in lines)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
