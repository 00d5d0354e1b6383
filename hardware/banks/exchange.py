"""One request on a wire and what counts as its answer: values only, no port in sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

Answer = TypeVar("Answer")
Frame = TypeVar("Frame")

Decode: TypeAlias = Callable[[bytes], tuple[Frame | None, bytes]]
"""Take what has arrived; give the first whole frame and the rest, or None and what may still become one."""


@dataclass(frozen=True, slots=True)
class Exchange(Generic[Answer]):
    """A frame to send, and how to know its answer among whatever comes back.

    `read` is a `Decode` that gives only what answers this request; None: the board says nothing to it.
    `answer_bytes` is the usual length of the answer, for the time that it needs on the wire.
    """

    frame: bytes
    read: Decode[Answer] | None
    answer_bytes: int = 0


def answers(decode: Decode[Frame], fits: Callable[[Frame], Answer | None]) -> Decode[Answer]:
    """Narrow a decoder to the frames that `fits` makes an answer of; others are skipped.

    Foreign boards, late replies and our own echo come along on the same wire.
    """

    def read(buffer: bytes) -> tuple[Answer | None, bytes]:
        while True:
            frame, buffer = decode(buffer)
            if frame is None:
                return None, buffer
            answer = fits(frame)
            if answer is not None:
                return answer, buffer

    return read


def resync(
    buffer: bytes, head: int, at: Callable[[bytes], tuple[Frame | None, int]], longest: int
) -> tuple[Frame | None, bytes]:
    """Find the first whole frame anywhere in `buffer`: the rule for noise, for every family.

    `at(rest)` judges a rest that begins with `head`: a frame and its length, or None and -1 if no frame
    can begin here, or None and 0 if more bytes are needed. A later whole frame wins over an earlier
    unfinished one, because noise may look like a beginning for ever. `longest` bounds what is kept.
    """
    unfinished = len(buffer)
    start = buffer.find(head)
    while start >= 0:
        frame, length = at(buffer[start:])
        if frame is not None:
            return frame, buffer[start + length :]
        if length == 0:
            unfinished = min(unfinished, start)
        start = buffer.find(head, start + 1)
    return None, buffer[unfinished:][-longest:]
