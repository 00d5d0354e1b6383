"""The camera, as the daemon knows it: a child process that looks, and is started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import struct
import sys
from typing import TYPE_CHECKING, Any

from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hardware.options import CameraOptions

_log = logging.getLogger(__name__)

STILL_WITHIN = 10.0
START_AGAIN, START_AGAIN_AT_MOST = 1.0, 30.0
LONGEST_HEAD, LONGEST_BODY = 65_536, 32_000_000
TEXTS_WAITING = 16


class VisionClient:
    """Camera and code reader in one, because they share the lens. `run` keeps the child alive.

    Without the child stills raise HardwareFault and no text comes; the doors never notice.
    """

    def __init__(self, options: CameraOptions) -> None:
        self._options = options
        self._child: asyncio.subprocess.Process | None = None
        self._numbers = itertools.count(1)
        self._stills: dict[int, asyncio.Future[bytes]] = {}
        self._listeners: list[asyncio.Queue[str]] = []
        self._fault = "The camera has not started yet."
        self._up = asyncio.Event()
        self.covered = False

    async def run(self) -> None:
        """Keep the child alive until cancelled."""
        pause = START_AGAIN
        while True:
            self._up.clear()
            await self._live()
            lived = self._up.is_set()
            self._up.clear()
            self._fail_all()
            pause = START_AGAIN if lived else min(pause * 2, START_AGAIN_AT_MOST)
            await asyncio.sleep(pause)

    async def still(self) -> bytes:
        """Take a JPEG without metadata, begun after the call. Raises HardwareFault, at the latest after 10 s."""
        number = next(self._numbers)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._stills[number] = future
        try:
            async with asyncio.timeout(STILL_WITHIN):
                if self._up.is_set():
                    self._tell({"do": "still", "n": number})
                return await future
        except TimeoutError:
            raise HardwareFault(f"The camera gives no picture. {self._fault}") from None
        finally:
            del self._stills[number]

    async def texts(self) -> AsyncIterator[str]:
        """Texts of codes that are held to the lens; never ends by itself."""
        read: asyncio.Queue[str] = asyncio.Queue(TEXTS_WAITING)
        self._listeners.append(read)
        self._watch()
        try:
            while True:
                yield await read.get()
        finally:
            self._listeners.remove(read)
            self._watch()

    async def _live(self) -> None:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "hardware.camera.vision_process", self._options.kind, str(self._options.folder or "")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._child = child
        try:
            await self._hear(child)
        finally:
            self._child = None
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        if child.returncode:
            _log.debug("the vision child ended with %d", child.returncode)

    async def _hear(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = struct.unpack(">I", await child.stdout.readexactly(4))
                if length > LONGEST_HEAD:
                    return
                head = json.loads(await child.stdout.readexactly(length))
                if head["size"] > LONGEST_BODY:
                    return
                self._take(head, await child.stdout.readexactly(head["size"]))

    def _take(self, head: dict[str, Any], body: bytes) -> None:
        match head:
            case {"ready": True}:
                self._up.set()
                self._watch()
                for waiting in self._stills:
                    self._tell({"do": "still", "n": waiting})
            case {"n": int(number)}:
                self._deliver(number, head.get("fault"), body)
            case {"text": str(text)}:
                self._pass_on(text)
            case {"covered": bool(covered)}:
                self.covered = covered
                _log.warning("the camera %s", "sees nothing; is its lens covered?" if covered else "sees again")
            case {"fault": str(fault)}:
                if fault != self._fault:
                    _log.warning("camera: %s", fault)
                self._fault = fault

    def _deliver(self, number: int, fault: str | None, body: bytes) -> None:
        still = self._stills.get(number)
        if still is None or still.done():
            return
        if fault is None:
            still.set_result(body)
        else:
            still.set_exception(HardwareFault(fault))

    def _pass_on(self, text: str) -> None:
        plain = "".join(sign for sign in text if sign.isprintable()).strip()
        for listener in self._listeners if plain else ():
            # Whoever does not listen misses old codes, not new ones.
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(plain)

    def _watch(self) -> None:
        self._tell({"do": "watch", "on": bool(self._listeners)})

    def _tell(self, command: dict[str, Any]) -> None:
        if self._child is not None and self._child.stdin is not None and not self._child.stdin.is_closing():
            self._child.stdin.write(json.dumps(command).encode() + b"\n")

    def _fail_all(self) -> None:
        for still in self._stills.values():
            if not still.done():
                still.set_exception(HardwareFault(f"The camera has stopped. {self._fault}"))
