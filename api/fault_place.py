"""Where something went wrong, without a word of what was sent."""

from __future__ import annotations

import traceback


def fault_place(fault: BaseException) -> str:
    """Kind, files and lines of a fault, innermost last. Its own text may hold what was sent, and is left out."""
    frames = traceback.extract_tb(fault.__traceback__)[-4:]
    where = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
    return f"{type(fault).__name__} at {where}"
