"""Pictures that residents send: drawn anew by a child of their own, or refused."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum

from locker.errors import LockerError
from locker.services.evidence import picture_child

LARGEST_PICTURE = 8 * 1024 * 1024
"""Bytes of one picture as it is sent."""
LONGEST_WAIT_S = 60.0


class PictureFault(StrEnum):
    """Why a picture is not taken."""

    NO_PICTURE = "no-picture"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    TOO_MANY = "too-many"


class PictureRefused(LockerError):
    """A file that a person sent is not kept; `fault` says why."""

    def __init__(self, fault: PictureFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class PictureCleaner:
    """One picture at a time, at the lowest priority: a door is more than a picture."""

    def __init__(self, patience: float = LONGEST_WAIT_S) -> None:
        """`patience`: so many seconds a child may take, and no more."""
        self._one_at_a_time = asyncio.Lock()
        self._patience = patience

    async def redrawn(self, content: bytes) -> bytes:
        """The picture as a JPEG of our own making, without what was written into it. Raises PictureRefused."""
        if len(content) > LARGEST_PICTURE:
            raise PictureRefused(PictureFault.TOO_LARGE)
        async with self._one_at_a_time:
            return await self._by_child(content)

    async def _by_child(self, content: bytes) -> bytes:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", picture_child.__name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(self._patience):
                picture, _ = await child.communicate(content)
        except TimeoutError:
            raise PictureRefused(PictureFault.TOO_SLOW) from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode == picture_child.TOO_LARGE:
            raise PictureRefused(PictureFault.TOO_LARGE)
        if child.returncode != 0 or not picture:
            raise PictureRefused(PictureFault.NO_PICTURE)
        return picture
