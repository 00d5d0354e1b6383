"""The vision child as a process: started, spoken to, ended. Whatever it does or writes is an Ended or a reply."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from asyncio.subprocess import PIPE
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence

LONGEST_HEADER, LONGEST_BODY = 65_536, 32_000_000
GRACE_SECONDS = 1.0
"""For a child that was told to end, to let its camera go; and for the kernel to end one that was killed."""


class Ended(Exception):
    """The child cannot be started, is gone, or can no longer be understood; the text is a sentence."""


class GoneByItself(Ended):
    """The child has closed its pipe, as one does that has said what is wrong."""


class VisionChild:
    """One child process and the two pipes to it. Replies have the form that `vision_process` tells."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._commands = process.stdin
        self._replies = process.stdout
        self.pid = process.pid

    @classmethod
    async def start(cls, program: Sequence[str]) -> Self:
        """Start the program. Raises Ended when the machine has no process, memory or file for it."""
        try:
            return cls(await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE))
        except (OSError, RuntimeError) as failed:
            # asyncio waits for a child in a thread, which may be refused as well: a RuntimeError.
            raise Ended(f"It cannot be started ({failed}).") from failed

    def send(self, command: dict[str, Any]) -> None:
        """Hand one command over; nobody waits for a child that does not read."""
        if not self._commands.is_closing():
            self._commands.write(json.dumps(command).encode() + b"\n")

    async def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next reply: header and body. Raises Ended."""
        try:
            (length,) = struct.unpack(">I", await self._replies.readexactly(4))
            if length > LONGEST_HEADER:
                raise Ended("It writes what is no reply.")
            header, size = _understood(await self._replies.readexactly(length))
            return header, await self._replies.readexactly(size)
        except (asyncio.IncompleteReadError, OSError) as gone:
            raise GoneByItself("It has ended by itself.") from gone

    async def stop(self) -> bool:
        """Let the child end, kill it if it does not; False if not even that ends it (a driver holds it)."""
        with contextlib.suppress(OSError):
            self._commands.close()
        if await self._has_gone():
            return True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        return await self._has_gone()

    async def _has_gone(self) -> bool:
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(GRACE_SECONDS):
                # What it still writes is read and forgotten: a full pipe would stay open for ever.
                while await self._replies.read(LONGEST_HEADER):
                    pass
                await self._process.wait()
        return self._process.returncode is not None


def _understood(encoded: bytes) -> tuple[dict[str, Any], int]:
    try:
        header = json.loads(encoded)
    except (ValueError, RecursionError) as broken:
        raise Ended("It writes what is no reply.") from broken
    match header:
        case {"size": int(size)} if 0 <= size <= LONGEST_BODY and not isinstance(size, bool):
            return header, size
    raise Ended("It writes what is no reply.")
