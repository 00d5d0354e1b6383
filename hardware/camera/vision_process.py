"""The vision child: `python -m hardware.camera.vision_process KIND FOLDER [MASK]`. It reads codes and keeps pictures.

Commands come as JSON lines on stdin: {"do": "still", "n": 7}, {"do": "frames", "n": 8, "seconds": 15},
{"do": "ping", "n": 9}, {"do": "watch", "on": true}.
Replies leave on stdout, each as four bytes of length (big-endian), a JSON header, and `size` bytes behind it:
{"ready": true}, {"n": 7, "size": 9999}, {"n": 7, "fault": "..."}, {"text": "..."}, {"covered": true},
{"blurred": true}, {"fault": "..."}. The body of a reply to `frames` is a clip, its moments counted from now.
A ping is answered by the thread that owns the camera, so that one that hangs is found out. It ends with its stdin.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import struct
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, BinaryIO

from hardware.camera.closer_look import CloserLook
from hardware.camera.frame_ring import FrameRing
from hardware.camera.lens import Lens, is_dark
from hardware.camera.privacy_mask import PrivacyMask
from hardware.camera.sources import NOTHING_MASKED, CameraSource, open_source
from hardware.decode import Decoder, answers
from locker.clip_file import make_clip
from locker.errors import HardwareFault
from locker.labels import Code, as_scan, pickup_token, tracking_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

FRAME_EVERY = 0.1
REPEAT_AFTER = 30
"""Looks without a code after which it is said again; more than lie between two closer ones at a picture that stays."""

NICENESS = 10
LINGER_SECONDS = 3.0
"""Seconds for the camera to be let go after stdin has ended."""


class VisionProcess:
    """One source, and the one thread that owns it."""

    def __init__(
        self, source: CameraSource, decoder: Decoder, out: BinaryIO, mask: PrivacyMask = NOTHING_MASKED
    ) -> None:
        self._source = source
        self._decoder = decoder
        self._out = out
        self._watching = False
        self._in_view: dict[str, int] = {}
        self._lens = Lens()
        self._ring = FrameRing(mask)
        self._unkept: Image.Image | None = None
        self._closer = CloserLook()

    def handle(self, command: dict[str, Any]) -> None:
        """Carry out one command."""
        match command:
            case {"do": "watch", "on": bool(on)}:
                self._watching = on
                self._in_view.clear()
            case {"do": "ping", "n": int(number)}:
                send(self._out, {"n": number})
            case {"do": "frames", "n": int(number), "seconds": int() | float() as seconds}:
                send(self._out, {"n": number}, make_clip(self._ring.since(seconds, time.monotonic())))
            case {"do": "still", "n": int(number)}:
                try:
                    picture = self._source.still()
                except HardwareFault as fault:
                    send(self._out, {"n": number, "fault": str(fault)})
                else:
                    send(self._out, {"n": number}, picture)

    def look(self) -> None:
        """Take the newest frame where it is time for one: for whoever waits for codes, and for the ring."""
        now = time.monotonic()
        due = self._ring.due(now)
        if not (due or self._watching):
            return
        frame = self._source.frame()
        if frame is not None:
            self._unkept = frame
            self._note_lens(frame, now)
        if due and self._unkept is not None:
            self._ring.add(self._unkept, now)
            self._unkept = None
        if self._watching:
            self._scan(frame)

    def _scan(self, frame: Image.Image | None) -> None:
        """Say what codes of the newest frame say, each once."""
        self._in_view = {text: frames - 1 for text, frames in self._in_view.items() if frames > 1}
        codes = self._read(frame)
        text = _said(codes)
        if text and text not in self._in_view:
            send(self._out, {"text": text})
        self._in_view.update((seen, REPEAT_AFTER) for seen in (text, *(code.text for code in codes)) if seen)

    def _read(self, frame: Image.Image | None) -> list[Code]:
        """All codes once it is clear what to say of them; codes without an answer wait for a closer look."""
        news = False
        if frame is not None:
            codes = self._decoder.codes(frame)
            if is_dark(frame) or answers(codes) or not self._decoder.can_look_closer:
                self._closer.settled()
                return codes
            news = any(code.text not in self._in_view for code in codes)
        due = self._closer.due(frame, news=news)
        return [] if due is None else self._decoder.codes(due, rare=True)

    def _note_lens(self, frame: Image.Image, now: float) -> None:
        before = self._lens.covered, self._lens.blurred
        self._lens.look(frame, now)
        for name, was, is_now in zip(
            ("covered", "blurred"), before, (self._lens.covered, self._lens.blurred), strict=True
        ):
            if is_now is not was:
                send(self._out, {name: is_now})


def _said(codes: list[Code]) -> str:
    """What is said of all that stands on a label: the token, the parcel's number, or else its first code.

    A code of a rare kind bears its AIM identifier, because what it is for follows from its kind.
    """
    scan = as_scan(codes)
    known = pickup_token(scan) or tracking_number(scan)
    if known or not codes:
        return known or ""
    first = codes[0]
    return first.text if first.aim.startswith(("Q", "C")) else as_scan([first])


def send(out: BinaryIO, header: dict[str, Any], body: bytes = b"") -> None:
    """Write one reply."""
    encoded = json.dumps({**header, "size": len(body)}).encode()
    out.write(struct.pack(">I", len(encoded)) + encoded + body)
    out.flush()


def _read_commands(commands: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in sys.stdin.buffer:
        commands.put(json.loads(line))
    commands.put(None)
    # The thread of the camera may hang; nobody is left to kill this process then.
    threading.Event().wait(LINGER_SECONDS)
    os._exit(1)


def main(arguments: Sequence[str]) -> int:
    """Serve until stdin ends; 1 if there is no camera or no decoder."""
    # What a library prints must not stand between our replies.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.nice(NICENESS)
    try:
        kind, folder, *rest = arguments
        mask = PrivacyMask.read("".join(rest))
        source = open_source(kind, folder, mask)
        vision = VisionProcess(source, Decoder(), out, mask)
        send(out, {"ready": True})
    except HardwareFault as fault:
        send(out, {"fault": str(fault)})
        return 1
    commands: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_read_commands, args=(commands,), daemon=True).start()
    try:
        _serve(vision, commands)
    except HardwareFault as fault:
        send(out, {"fault": str(fault)})
        return 1
    finally:
        source.close()
    return 0


def _serve(vision: VisionProcess, commands: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    while True:
        with contextlib.suppress(queue.Empty):
            command = commands.get(timeout=FRAME_EVERY)
            if command is None:
                return
            vision.handle(command)
        vision.look()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
