"""The vision child: `python -m hardware.camera.vision_process KIND FOLDER`. It reads codes and takes stills.

Commands come as JSON lines on stdin: {"do": "still", "n": 7}, {"do": "ping", "n": 8}, {"do": "watch", "on": true}.
Replies leave on stdout, each as four bytes of length (big-endian), a JSON header, and `size` bytes behind it:
{"ready": true}, {"n": 7, "size": 9999}, {"n": 7, "fault": "..."}, {"text": "..."}, {"covered": true}, {"fault": "..."}.
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
from typing import TYPE_CHECKING, Any, BinaryIO

from hardware.camera.sources import CameraSource, is_dark, open_source
from hardware.decode import Decoder
from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import Sequence

FRAME_EVERY = 0.1
REPEAT_AFTER = 30
"""Frames after which a code that is still held to the lens is read again."""

COVERED_AFTER = 50
"""Dark frames in a row until the lens counts as covered."""

NICENESS = 10
LINGER_SECONDS = 3.0
"""Seconds for the camera to be let go after stdin has ended."""


class VisionProcess:
    """One source, and the one thread that owns it."""

    def __init__(self, source: CameraSource, decoder: Decoder, out: BinaryIO) -> None:
        self._source = source
        self._decoder = decoder
        self._out = out
        self._watching = False
        self._in_view: dict[str, int] = {}
        self._dark_frames = 0

    def handle(self, command: dict[str, Any]) -> None:
        """Carry out one command."""
        match command:
            case {"do": "watch", "on": bool(on)}:
                self._watching = on
                self._in_view.clear()
            case {"do": "ping", "n": int(number)}:
                send(self._out, {"n": number})
            case {"do": "still", "n": int(number)}:
                try:
                    picture = self._source.still()
                except HardwareFault as fault:
                    send(self._out, {"n": number, "fault": str(fault)})
                else:
                    send(self._out, {"n": number}, picture)

    def scan_frame(self) -> None:
        """Read codes from the newest frame, if anybody waits for them."""
        if not self._watching:
            return
        self._in_view = {text: frames - 1 for text, frames in self._in_view.items() if frames > 1}
        frame = self._source.frame()
        if frame is None:
            return
        self._note_darkness(dark=is_dark(frame))
        for text in self._decoder.quick(frame):
            if text not in self._in_view:
                send(self._out, {"text": text})
            self._in_view[text] = REPEAT_AFTER

    def _note_darkness(self, *, dark: bool) -> None:
        before = self._dark_frames >= COVERED_AFTER
        self._dark_frames = self._dark_frames + 1 if dark else 0
        after = self._dark_frames >= COVERED_AFTER
        if after is not before:
            send(self._out, {"covered": after})


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
        kind, folder = arguments
        source = open_source(kind, folder)
        vision = VisionProcess(source, Decoder(), out)
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
        vision.scan_frame()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
