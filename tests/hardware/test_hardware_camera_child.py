"""A camera child may do and write anything: it is ended, started again, and the daemon does not move."""

import asyncio
import logging
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import hardware_camera_child as far_end
import pytest
from virtual import virtually

from hardware import open_camera
from hardware.camera import vision_child, vision_client
from hardware.camera.vision_child import VisionChild
from hardware.camera.vision_client import VisionClient
from hardware.options import CameraOptions
from locker.errors import HardwareFault

PATIENCE_S = 60
MISBEHAVIOUR = [
    *far_end.WRITES,
    "is silent from the start",
    "ends at once",
    "is ready and ends",
    "ends in the middle of a reply",
    "floods",
]


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch):
    monkeypatch.setattr(vision_client, "READY_WITHIN", 3.0)
    monkeypatch.setattr(vision_client, "ANSWER_WITHIN", 0.7)
    monkeypatch.setattr(vision_client, "PING_EVERY", 0.1)
    monkeypatch.setattr(vision_client, "RESTART_AFTER", 0.01)
    monkeypatch.setattr(vision_client, "RESTART_AFTER_AT_MOST", 0.02)
    monkeypatch.setattr(vision_child, "GRACE_SECONDS", 0.2)


class Running:
    """A client with its child, which is ended at the end."""

    def __init__(self, client):
        self.client = client

    async def __aenter__(self):
        self.task = asyncio.create_task(self.client.run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        ended = await asyncio.gather(self.task, return_exceptions=True)
        assert isinstance(ended[0], asyncio.CancelledError), ended

    async def picture(self):
        """Ask for stills until there is one."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    return await self.client.still()
                except HardwareFault:
                    assert not self.task.done(), self.task.exception()


def fake(log, kind, how_often=1):
    return VisionClient([sys.executable, "-S", "-E", far_end.__file__, str(log), kind, str(how_often)])


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("kind", MISBEHAVIOUR)
async def test_C4_whatever_a_child_does_it_is_ended_and_another_one_takes_the_picture(tmp_path, kind):
    log = tmp_path / "starts"
    async with Running(fake(log, kind)) as camera:
        assert await camera.picture() == far_end.PICTURE
    pids = [int(pid) for pid in log.read_text().split()]
    assert len(pids) >= 2
    assert all(gone(pid) for pid in pids)


async def test_C4_a_child_that_hangs_is_found_out_though_nobody_takes_a_picture(tmp_path):
    log = tmp_path / "starts"
    async with Running(fake(log, "nothing")), asyncio.timeout(PATIENCE_S):
        while not log.exists() or len(log.read_text().split()) < 2:  # noqa: ASYNC110  a file tells nobody
            await asyncio.sleep(0.01)


async def test_C4_a_still_of_a_child_that_hangs_is_a_fault_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(vision_client, "PING_EVERY", 1000.0)
    async with Running(fake(tmp_path / "starts", "nothing", 1000)) as camera:
        async with asyncio.timeout(PATIENCE_S):
            await camera.client._ready.wait()
        with pytest.raises(HardwareFault):
            await asyncio.wait_for(camera.client.still(), PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            while len((tmp_path / "starts").read_text().split()) < 2:  # noqa: ASYNC110  a file tells nobody
                await asyncio.sleep(0.01)


async def test_C4_a_flood_does_not_hold_the_loop_and_keeps_the_newest_texts_only(tmp_path):
    async with Running(fake(tmp_path / "starts", "floods", 1000)) as camera:
        stream = camera.client.texts()
        async with asyncio.timeout(PATIENCE_S):
            assert await anext(stream) == "PL1.SPAM"
        loop, worst, before = asyncio.get_running_loop(), 0.0, asyncio.get_running_loop().time()
        for _ in range(200):
            await asyncio.sleep(0)
            now = loop.time()
            worst, before = max(worst, now - before), now
        assert worst < 0.5
        assert all(queue.qsize() <= vision_client.TEXTS_QUEUED for queue in camera.client._listeners)
        await stream.aclose()


def virtual_client(monkeypatch, failure):
    moments = []

    async def refuse(*_, **__):
        moments.append(asyncio.get_running_loop().time())
        raise failure

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    return VisionClient(["whatever"]), moments


@pytest.mark.parametrize(
    "failure",
    [
        BlockingIOError(11, "Resource temporarily unavailable"),
        OSError(12, "Cannot allocate memory"),
        FileNotFoundError(2, "No such file"),
        RuntimeError("can't start new thread"),
    ],
    ids=str,
)
def test_C4_a_child_that_cannot_be_started_is_tried_again_ever_more_slowly_and_said_once(monkeypatch, caplog, failure):
    monkeypatch.setattr(vision_client, "RESTART_AFTER", 1.0)
    monkeypatch.setattr(vision_client, "RESTART_AFTER_AT_MOST", 60.0)

    async def walk():
        client, moments = virtual_client(monkeypatch, failure)
        async with Running(client) as camera:
            await asyncio.sleep(300)
            assert not camera.task.done()
            with pytest.raises(HardwareFault, match="started"):
                await client.still()
            return [round(later - sooner) for sooner, later in pairwise(moments)]

    assert virtually(walk)[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [str(failure) in record.getMessage() for record in said] == [True]


async def test_C4_a_camera_that_hangs_is_said_once_until_it_works_again(tmp_path, caplog):
    async with Running(fake(tmp_path / "starts", "nothing", 3)) as camera:
        await camera.picture()
        said = [record.getMessage() for record in caplog.records if record.name == vision_client.__name__]
    assert said == ["camera: It hangs. It is started again.", "the camera works again"]


async def test_C4_what_is_no_picture_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(vision_client, "ANSWER_WITHIN", 20.0)
    program = (
        f"import sys; sys.path.insert(0, {str(Path(far_end.__file__).parent)!r})\n"
        "import hardware_camera_child as far_end; far_end.PICTURE = b'GIF89a'\n"
        f"far_end.main({str(tmp_path / 'starts')!r}, 'nothing', '0')"
    )
    async with Running(VisionClient([sys.executable, "-c", program])) as camera:
        with pytest.raises(HardwareFault, match="no picture"):
            await camera.client.still()


class Held:
    """A process that a driver holds in the kernel: no signal ends it."""

    pid, returncode = 4711, None

    def __init__(self):
        self.stdin = self.stdout = self
        self.killed = False

    def close(self):
        """Nobody reads it."""

    async def read(self, *_):
        await asyncio.get_running_loop().create_future()

    wait = read

    def kill(self):
        self.killed = True


def test_C4_a_child_that_not_even_a_kill_ends_is_given_up():
    held = Held()
    assert virtually(VisionChild(held).stop) is False
    assert held.killed


PICAMERA2 = '''
"""A camera that gives FRAMES frames in its first process and then none, as in "Camera frontend has timed out"."""
import os, pathlib, threading
from PIL import Image
starts = pathlib.Path(os.environ["CAMERA_STARTS"])
starts.write_text((starts.read_text() if starts.exists() else "") + f"{os.getpid()}\\n")
frames = int(os.environ["CAMERA_FRAMES"]) if len(starts.read_text().split()) == 1 else 10**9
class Request:
    def make_buffer(self, name): return bytes([128]) * (1280 * 720 * 3 // 2)
    def make_image(self, name): return Image.new("RGB", (1920, 1080), "red")
    def release(self): pass
class Picamera2:
    def create_video_configuration(self, **parts): return parts
    def configure(self, parts): pass
    def start(self): pass
    def stream_configuration(self, name): return {"stride": 1280}
    def capture_request(self, flush=None):
        global frames
        frames -= 1
        if frames < 0:
            threading.Event().wait()
        return Request()
    def stop(self): pass
    def close(self): pass
'''


@pytest.fixture
def picamera2(tmp_path, monkeypatch):
    (tmp_path / "picamera2.py").write_text(PICAMERA2)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("CAMERA_STARTS", str(tmp_path / "starts"))
    monkeypatch.setenv("CAMERA_FRAMES", "1")
    return tmp_path / "starts"


async def test_C4_the_real_child_is_replaced_when_its_camera_gives_no_more_frames(picamera2, monkeypatch):
    monkeypatch.setattr(vision_client, "READY_WITHIN", 30.0)
    monkeypatch.setattr(vision_client, "ANSWER_WITHIN", 2.0)
    async with Running(open_camera(CameraOptions(kind="picamera2"))) as camera:
        stream = camera.client.texts()
        reading = asyncio.ensure_future(anext(stream))
        assert (await camera.picture())[:2] == b"\xff\xd8"
        async with asyncio.timeout(PATIENCE_S):
            while len(picamera2.read_text().split()) < 2:  # noqa: ASYNC110  a file tells nobody
                await asyncio.sleep(0.01)
        assert (await camera.picture())[:2] == b"\xff\xd8"
        reading.cancel()
    assert gone(int(picamera2.read_text().split()[0]))


def test_C4_a_child_whose_camera_hangs_ends_with_its_daemon(picamera2):
    program = (
        "import sys; from hardware.camera import vision_process; vision_process.LINGER_SECONDS = 0.05\n"
        "sys.exit(vision_process.main(['picamera2', '']))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            child.stdin.write(b'{"do": "still", "n": 1}\n{"do": "still", "n": 2}\n')
            child.stdin.close()
            assert child.wait(PATIENCE_S) == 1
        finally:
            child.kill()
