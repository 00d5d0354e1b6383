"""A clip as it is handed over and kept: a list of its frames, each with moment and hash, and the frames behind it.

The first line is JSON, `[[MOMENT, SHA256, BYTES], …]` in the order of time; the JPEGs follow without a gap. A moment is
in milliseconds, negative before the event. Whoever knows the hash of the first line knows the hash of every frame.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, BinaryIO

from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_FRAMES = 400


class BadClip(ValueError):
    """Bytes that are no clip, or no longer the one that they were; the text says which frame."""


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One frame. `moment`: milliseconds from the event, negative before it."""

    moment: int
    sha256: str
    picture: bytes


def frame_list(frames: Iterable[ClipFrame]) -> bytes:
    """The first line of a clip, without its end: what the clip is named by."""
    return json.dumps(
        [[each.moment, each.sha256, len(each.picture)] for each in frames], separators=(",", ":")
    ).encode()


def make_clip(pictures: Sequence[tuple[int, bytes]]) -> bytes:
    """A clip of moments and their JPEGs, in the order of time."""
    frames = [ClipFrame(moment, hashlib.sha256(picture).hexdigest(), picture) for moment, picture in pictures]
    return b"".join((frame_list(frames), b"\n", *(each.picture for each in frames)))


def clip_name(content: bytes) -> str:
    """The SHA-256 of a clip's list of frames."""
    return hashlib.sha256(content.partition(b"\n")[0]).hexdigest()


def read_clip(content: bytes) -> list[ClipFrame]:
    """The frames of a clip, each verified. Raises BadClip."""
    line, _, rest = content.partition(b"\n")
    frames, at = list[ClipFrame](), 0
    try:
        listed = json.loads(line)
        if not isinstance(listed, list) or len(listed) > MOST_FRAMES:
            raise BadClip("its list of frames cannot be read")
        for number, (moment, sha256, size) in enumerate(listed, 1):
            picture = rest[at : at + int(size)]
            if hashlib.sha256(picture).hexdigest() != sha256:
                raise BadClip(f"frame {number} was changed")
            frames.append(ClipFrame(int(moment), str(sha256), picture))
            at += int(size)
    except (ValueError, TypeError, RecursionError) as broken:
        raise broken if isinstance(broken, BadClip) else BadClip("its list of frames cannot be read") from broken
    if at != len(rest):
        raise BadClip("there is more in it than its frames")
    return frames


def read_frame(clip: BinaryIO, number: int) -> ClipFrame | None:
    """One frame of an open clip, verified; None where there is none of this number. Raises BadClip, OSError."""
    line = clip.readline()
    try:
        listed = [(int(moment), str(sha256), int(size)) for moment, sha256, size in json.loads(line)]
    except (ValueError, TypeError, RecursionError) as broken:
        raise BadClip("its list of frames cannot be read") from broken
    if not 0 <= number < len(listed):
        return None
    clip.seek(len(line) + sum(size for _, _, size in listed[:number]))
    moment, sha256, size = listed[number]
    picture = clip.read(size)
    if hashlib.sha256(picture).hexdigest() != sha256:
        raise BadClip(f"frame {number + 1} was changed")
    return ClipFrame(moment, sha256, picture)
