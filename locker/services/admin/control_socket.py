"""A door for the command line into the running daemon: a socket in the data folder, for its owner only.

One JSON line asks, one answers. The database has one writer, so a command goes through it.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from locker.core.reasons import Refused
from locker.services.admin.admin_commands import CommandFailed, refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Execute = Callable[[str, dict[str, Any]], Awaitable[str]]
    _Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SOCKET = "control"
RETRY_SECONDS = 5
_MAX_LINE_BYTES = 65536
_PASSING_FAULTS = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT})


async def serve_control_socket(folder: Path, execute: Execute) -> None:
    """Answer until cancelled."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            request = json.loads(line)
            reply = {"said": await execute(str(request["act"]), dict(request["with"]))}
        except CommandFailed as failed:
            reply = {"fault": str(failed)}
        except Refused as refused:
            reply = {"fault": refusal(refused)}
        except (ValueError, KeyError, TypeError):
            reply = {"fault": "that was not a command"}
        writer.write(json.dumps(reply).encode() + b"\n")
        await writer.drain()
        writer.close()

    async with _short_path(folder) as short_path, await _listen(folder, short_path, answer) as server:
        await server.serve_forever()


async def _listen(folder: Path, short_path: str, answer: _Answer) -> asyncio.Server:
    """The socket, as soon as the folder takes one: a start on a full or read-only disk goes on without."""
    while True:
        try:
            (folder / SOCKET).unlink(missing_ok=True)
            before = os.umask(0o177)
            try:
                return await asyncio.start_unix_server(answer, path=short_path, limit=_MAX_LINE_BYTES)
            finally:
                os.umask(before)
        except OSError as fault:
            if fault.errno not in _PASSING_FAULTS:
                raise
            await asyncio.sleep(RETRY_SECONDS)


async def ask_daemon(folder: Path, act: str, arguments: dict[str, Any]) -> str:
    """Ask the daemon that holds this folder. Raises CommandFailed, or OSError when nobody answers."""
    async with _short_path(folder) as short_path:
        reader, writer = await asyncio.open_unix_connection(short_path, limit=_MAX_LINE_BYTES)
        writer.write(json.dumps({"act": act, "with": arguments}).encode() + b"\n")
        await writer.drain()
        reply: dict[str, str] = json.loads(await reader.readline() or b'{"fault": "the daemon ended"}')
        writer.close()
    if "fault" in reply:
        raise CommandFailed(reply["fault"])
    return reply["said"]


@asynccontextmanager
async def _short_path(folder: Path) -> AsyncIterator[str]:
    """A path to the socket that fits the 107 bytes of a socket's address, however deep the folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{SOCKET}"
    finally:
        os.close(handle)
