"""The camera, as the daemon knows it: a child process that reads codes and takes stills, restarted when it dies."""

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

STILL_TIMEOUT = 10.0
RESTART_AFTER, RESTART_AFTER_AT_MOST = 1.0, 30.0
LONGEST_HEADER, LONGEST_BODY = 65_536, 32_000_000
TEXTS_QUEUED = 16


class VisionClient:
    """Camera and code reader in one, because they share the lens. `run` keeps the child alive.

    Without the child stills raise HardwareFault and no text comes; the doors are not affected.
    """

    def __init__(self, options: CameraOptions) -> None:
        self._options = options
        self._child: asyncio.subprocess.Process | None = None
        self._numbers = itertools.count(1)
        self._stills: dict[int, asyncio.Future[bytes]] = {}
        self._listeners: list[asyncio.Queue[str]] = []
        self._fault = "The camera has not started yet."
        self._ready = asyncio.Event()
        self.covered = False

    async def run(self) -> None:
        """Keep the child alive until cancelled."""
        pause = RESTART_AFTER
        while True:
            self._ready.clear()
            await self._run_child()
            was_ready = self._ready.is_set()
            self._ready.clear()
            self._fail_all()
            pause = RESTART_AFTER if was_ready else min(pause * 2, RESTART_AFTER_AT_MOST)
            await asyncio.sleep(pause)

    async def still(self) -> bytes:
        """Take a JPEG without metadata, begun after the call. Raises HardwareFault, at the latest after 10 s."""
        number = next(self._numbers)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._stills[number] = future
        try:
            async with asyncio.timeout(STILL_TIMEOUT):
                if self._ready.is_set():
                    self._send({"do": "still", "n": number})
                return await future
        except TimeoutError:
            raise HardwareFault(f"The camera gives no picture. {self._fault}") from None
        finally:
            del self._stills[number]

    async def texts(self) -> AsyncIterator[str]:
        """Texts of codes that are held to the lens; never ends by itself."""
        queue: asyncio.Queue[str] = asyncio.Queue(TEXTS_QUEUED)
        self._listeners.append(queue)
        self._send_watch()
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.remove(queue)
            self._send_watch()

    async def _run_child(self) -> None:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "hardware.camera.vision_process", self._options.kind, str(self._options.folder or "")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._child = child
        try:
            await self._receive(child)
        finally:
            self._child = None
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        if child.returncode:
            _log.debug("the vision child ended with %d", child.returncode)

    async def _receive(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = struct.unpack(">I", await child.stdout.readexactly(4))
                if length > LONGEST_HEADER:
                    return
                header = json.loads(await child.stdout.readexactly(length))
                if header["size"] > LONGEST_BODY:
                    return
                self._handle(header, await child.stdout.readexactly(header["size"]))

    def _handle(self, header: dict[str, Any], body: bytes) -> None:
        match header:
            case {"ready": True}:
                self._ready.set()
                self._send_watch()
                for waiting in self._stills:
                    self._send({"do": "still", "n": waiting})
            case {"n": int(number)}:
                self._finish_still(number, header.get("fault"), body)
            case {"text": str(text)}:
                self._publish(text)
            case {"covered": bool(covered)}:
                self.covered = covered
                _log.warning("the camera %s", "sees nothing; is its lens covered?" if covered else "sees again")
            case {"fault": str(fault)}:
                if fault != self._fault:
                    _log.warning("camera: %s", fault)
                self._fault = fault

    def _finish_still(self, number: int, fault: str | None, body: bytes) -> None:
        still = self._stills.get(number)
        if still is None or still.done():
            return
        if fault is None:
            still.set_result(body)
        else:
            still.set_exception(HardwareFault(fault))

    def _publish(self, text: str) -> None:
        plain = "".join(character for character in text if character.isprintable()).strip()
        for listener in self._listeners if plain else ():
            # A listener that does not keep up misses old codes, not new ones.
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(plain)

    def _send_watch(self) -> None:
        self._send({"do": "watch", "on": bool(self._listeners)})

    def _send(self, command: dict[str, Any]) -> None:
        if self._child is not None and self._child.stdin is not None and not self._child.stdin.is_closing():
            self._child.stdin.write(json.dumps(command).encode() + b"\n")

    def _fail_all(self) -> None:
        for still in self._stills.values():
            if not still.done():
                still.set_exception(HardwareFault(f"The camera has stopped. {self._fault}"))
