"""The vision child: `python -m hardware.camera.vision_process KIND FOLDER`. It looks, reads codes, takes stills.

Commands come as JSON lines on stdin: {"do": "still", "n": 7}, {"do": "watch", "on": true}. Answers leave on
stdout, each as four bytes of length (big-endian), a JSON head, and `size` bytes behind it: {"n": 7, "size": 9999},
{"n": 7, "fault": "..."}, {"text": "..."}, {"covered": true}, {"fault": "..."}. It ends with its stdin.
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

from hardware.camera.sources import Source, is_dark, open_source
from hardware.decode import Decoder
from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import Sequence

FRAME_EVERY = 0.1
REPEAT_AFTER = 30
"""Looks after which a code that is still held to the lens is read again."""

COVERED_AFTER = 50
"""Dark frames in a row until the lens counts as covered."""

NICENESS = 10


class VisionProcess:
    """One source, and the one thread that owns it."""

    def __init__(self, source: Source, decoder: Decoder, out: BinaryIO) -> None:
        self._source = source
        self._decoder = decoder
        self._out = out
        self._watching = False
        self._held: dict[str, int] = {}
        self._dark = 0

    def obey(self, command: dict[str, Any]) -> None:
        """Do what one command says."""
        match command:
            case {"do": "watch", "on": bool(on)}:
                self._watching = on
                self._held.clear()
            case {"do": "still", "n": int(number)}:
                try:
                    picture = self._source.still()
                except HardwareFault as fault:
                    say(self._out, {"n": number, "fault": str(fault)})
                else:
                    say(self._out, {"n": number}, picture)

    def look(self) -> None:
        """Look once, if anybody waits for codes."""
        if not self._watching:
            return
        self._held = {text: looks - 1 for text, looks in self._held.items() if looks > 1}
        frame = self._source.frame()
        if frame is None:
            return
        self._judge(dark=is_dark(frame))
        for text in self._decoder.quick(frame):
            if text not in self._held:
                say(self._out, {"text": text})
            self._held[text] = REPEAT_AFTER

    def _judge(self, *, dark: bool) -> None:
        before = self._dark >= COVERED_AFTER
        self._dark = self._dark + 1 if dark else 0
        after = self._dark >= COVERED_AFTER
        if after is not before:
            say(self._out, {"covered": after})


def say(out: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one answer."""
    written = json.dumps({**head, "size": len(body)}).encode()
    out.write(struct.pack(">I", len(written)) + written + body)
    out.flush()


def _hear(commands: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in sys.stdin.buffer:
        commands.put(json.loads(line))
    commands.put(None)


def main(arguments: Sequence[str]) -> int:
    """Look until stdin ends; 1 if there is nothing to look with."""
    # What a library prints must not stand between our answers.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.nice(NICENESS)
    try:
        kind, folder = arguments
        source = open_source(kind, folder)
        eyes = VisionProcess(source, Decoder(), out)
        say(out, {"ready": True})
    except HardwareFault as fault:
        say(out, {"fault": str(fault)})
        return 1
    commands: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_hear, args=(commands,), daemon=True).start()
    try:
        _live(eyes, commands)
    except HardwareFault as fault:
        say(out, {"fault": str(fault)})
        return 1
    finally:
        source.close()
    return 0


def _live(eyes: VisionProcess, commands: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    while True:
        with contextlib.suppress(queue.Empty):
            command = commands.get(timeout=FRAME_EVERY)
            if command is None:
                return
            eyes.obey(command)
        eyes.look()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
