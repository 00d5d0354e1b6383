"""The camera as a child process: it reads and takes stills, dies without a trace on the doors, and comes back."""

import asyncio
import io
import os
import signal
import subprocess
import sys

import pytest
from PIL import Image
from test_hardware_decode import TOKEN, drawn, label, qr

from hardware import open_camera, open_reader
from hardware.camera.lens import is_dark
from hardware.camera.sources import jpeg
from hardware.options import CameraOptions, CameraReaderOptions
from locker.errors import HardwareFault, SettingsError


@pytest.fixture
async def camera(tmp_path):
    made = open_camera(CameraOptions(kind="files", folder=tmp_path))
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def put(folder, name, picture):
    """A whole file at once, as a camera's driver would hand a frame over."""
    half = folder / f".{name}.half"
    picture.save(half, "PNG")
    half.rename(folder / name)


async def test_UX_01_a_code_held_to_the_lens_is_read_once(camera, tmp_path):
    stream = open_reader(CameraReaderOptions(kind="camera"), camera).texts()
    first = asyncio.ensure_future(anext(stream))
    put(tmp_path, "1.png", qr(TOKEN))
    assert await asyncio.wait_for(first, 15) == TOKEN
    second = asyncio.ensure_future(anext(stream))
    put(tmp_path, "2.png", qr(TOKEN))
    put(tmp_path, "3.png", qr("12345678"))
    assert await asyncio.wait_for(second, 15) == "12345678"
    await stream.aclose()


async def test_REC_04_of_all_codes_of_a_label_the_parcels_number_is_said(camera, tmp_path):
    stream = open_reader(CameraReaderOptions(kind="camera"), camera).texts()
    first = asyncio.ensure_future(anext(stream))
    put(tmp_path, "1.png", label(("https://x.example/1", "QRCode"), ("420902109400111899223100000000", "Code128")))
    assert await asyncio.wait_for(first, 15) == "9400111899223100000000"
    second = asyncio.ensure_future(anext(stream))
    put(tmp_path, "2.png", label(("https://x.example/1", "QRCode"), (TOKEN, "QRCode")))
    assert await asyncio.wait_for(second, 15) == TOKEN
    await stream.aclose()


async def test_REC_04_a_rare_code_is_said_with_its_kind_when_it_is_no_parcels_number(camera, tmp_path):
    stream = open_reader(CameraReaderOptions(kind="camera"), camera).texts()
    first = asyncio.ensure_future(anext(stream))
    put(tmp_path, "1.png", drawn("12345678901231", "ITF"))
    assert await asyncio.wait_for(first, 15) == "]I112345678901231"
    await stream.aclose()


async def test_SEC_01_a_still_is_a_jpeg_without_metadata(camera, tmp_path):
    picture = Image.new("RGB", (320, 240), "white")
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    picture.save(tmp_path / "front.jpg", exif=exif, comment=b"where and when")
    still = await camera.still()
    assert b"a maker" not in still
    assert b"where and when" not in still
    with Image.open(io.BytesIO(still)) as read:
        assert (read.format, read.size) == ("JPEG", (320, 240))
        assert not read.getexif()


async def test_a_child_that_is_killed_is_started_again(camera, tmp_path):
    put(tmp_path, "1.png", qr(TOKEN))
    await camera.still()
    os.kill(camera._child.pid, signal.SIGKILL)
    async with asyncio.timeout(20):
        while True:
            try:
                assert (await camera.still())[:2] == b"\xff\xd8"
                break
            except HardwareFault:
                await asyncio.sleep(0.05)


async def test_without_a_picture_a_still_is_a_fault_that_says_why(camera, tmp_path):
    with pytest.raises(HardwareFault, match="no picture"):
        await camera.still()
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 broken")
    with pytest.raises(HardwareFault, match="broken"):
        await camera.still()


async def test_a_missing_camera_is_a_fault_in_time_and_said_once(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("hardware.camera.vision_client.ANSWER_WITHIN", 3.0)
    missing = open_camera(CameraOptions(kind="picamera2"))
    running = asyncio.create_task(missing.run())
    with pytest.raises(HardwareFault, match="ribbon"):
        await missing.still()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len([record for record in caplog.records if "no camera" in record.message]) == 1


def test_O8_a_covered_lens_is_told_from_a_dim_lobby():
    assert is_dark(Image.new("L", (64, 48), 5))
    assert not is_dark(Image.new("L", (64, 48), 60))
    assert not is_dark(Image.effect_noise((64, 48), 60))


def test_a_still_with_transparency_is_written_too():
    assert jpeg(Image.new("RGBA", (8, 8), (1, 2, 3, 0)))[:2] == b"\xff\xd8"


def test_a_camera_reader_without_a_camera_is_a_settings_error():
    assert open_camera(CameraOptions()) is None
    with pytest.raises(SettingsError, match="camera"):
        open_reader(CameraReaderOptions(kind="camera"), None)


def test_the_daemon_side_loads_neither_numpy_nor_a_decoder():
    program = (
        "import sys, hardware, hardware.camera.vision_client, hardware.readers.serial_scanner, hardware.readers.gm65\n"
        "from hardware.banks import cb8a, gpio, kerong, mcp23017, modbus\n"
        "print([m for m in ('numpy', 'PIL', 'zxingcpp', 'pyzbar', 'picamera2', 'gpiod') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
