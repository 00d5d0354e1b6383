"""Finding frames in a stream of bytes, the same way for every family of boards and scanners: values only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

Frame = TypeVar("Frame")
Reply = TypeVar("Reply")

Decode: TypeAlias = Callable[[bytes], tuple[Frame | None, bytes]]
"""Take what has arrived; give the first whole frame and the rest, or None and what may still become one."""


def resync(
    buffer: bytes, head: int, frame_at: Callable[[bytes], tuple[Frame | None, int]], longest: int
) -> tuple[Frame | None, bytes]:
    """Find the first whole frame anywhere in `buffer`: the rule for noise, for every family.

    `frame_at(rest)` judges a rest that begins with `head`: a frame and its length, or None and -1 if no frame
    can begin here, or None and 0 if more bytes are needed. A later whole frame wins over an earlier
    unfinished one, because noise may look like a beginning for ever. `longest` bounds what is kept.
    """
    unfinished = len(buffer)
    start = buffer.find(head)
    while start >= 0:
        frame, length = frame_at(buffer[start:])
        if frame is not None:
            return frame, buffer[start + length :]
        if length == 0:
            unfinished = min(unfinished, start)
        start = buffer.find(head, start + 1)
    return None, buffer[unfinished:][-longest:]


def matching(decode: Decode[Frame], reply_from: Callable[[Frame], Reply | None]) -> Decode[Reply]:
    """Narrow a decoder to the frames that `reply_from` makes a reply of; others are skipped.

    Foreign boards, late replies and our own echo come along on the same wire.
    """

    def decode_reply(buffer: bytes) -> tuple[Reply | None, bytes]:
        while True:
            frame, buffer = decode(buffer)
            if frame is None:
                return None, buffer
            reply = reply_from(frame)
            if reply is not None:
                return reply, buffer

    return decode_reply


def unpack_bits(data: bytes) -> tuple[int, ...]:
    """The bits of these bytes, the lowest bit of the first byte first."""
    return tuple(byte >> bit & 1 for byte in data for bit in range(8))
