"""The camera, as the daemon knows it: a child that reads codes and takes stills, begun anew when it dies or hangs."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from hardware.camera.vision_child import Ended, GoneByItself, VisionChild
from locker.clip_file import BadClip, read_clip
from locker.errors import HardwareFault
from locker.labels import cleaned_scan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hardware.options import CameraOptions

_log = logging.getLogger(__name__)

READY_WITHIN = 60.0
"""Seconds for a child to start: the libraries of a Pi's camera load slowly from a slow card."""

ANSWER_WITHIN = 10.0
"""Seconds for any request. A child that needs longer hangs: its one thread waits for a frame that never comes."""

PING_EVERY = 10.0
"""Seconds between two questions whether the child's thread still turns: while no still is taken nobody else notices."""

RESTART_AFTER, RESTART_AFTER_AT_MOST = 1.0, 60.0
STEADY_AFTER = 120.0
"""Seconds for which a child must have worked before the next one is started at once again."""

TEXTS_QUEUED = 16
LONGEST_FAULT = 300


class VisionClient:
    """Camera and code reader in one, because they share the lens. `run` keeps the child alive.

    Without the child stills raise HardwareFault and no text comes; the doors are not affected.
    """

    def __init__(self, program: Sequence[str]) -> None:
        self._program = program
        self._child: VisionChild | None = None
        self._numbers = itertools.count(1)
        self._requests: dict[int, tuple[dict[str, Any], asyncio.Future[bytes]]] = {}
        self._listeners: list[asyncio.Queue[str]] = []
        self._fault = "The camera has not started yet."
        self._said = ""
        self._explained = False
        self._ready = asyncio.Event()
        self._overdue = asyncio.Event()
        self.covered = False
        self.blurred = False

    @property
    def working(self) -> bool:
        """True while the child answers, its last request went well, and its lens sees something sharp."""
        return self._ready.is_set() and not self._said and not self.lens

    @property
    def lens(self) -> str:
        """What is wrong with what the lens sees: covered, blurred, or nothing."""
        return "covered" if self.covered else "blurred" if self.blurred else ""

    async def run(self) -> None:
        """Keep the child alive until cancelled, whatever it does."""
        pause = RESTART_AFTER
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                await self._serve()
            except Ended as ended:
                if not (self._explained and isinstance(ended, GoneByItself)):
                    self._say(f"{ended} It is started again.")
            if loop.time() - begun >= STEADY_AFTER:
                pause = RESTART_AFTER
            await asyncio.sleep(pause)
            pause = min(pause * 2, RESTART_AFTER_AT_MOST)

    async def still(self) -> bytes:
        """Take a JPEG without metadata, begun after the call. Raises HardwareFault, at the latest after 10 s."""
        picture = await self._request("still")
        if not picture.startswith(b"\xff\xd8"):
            raise HardwareFault("The camera gives what is no picture.")
        return picture

    async def frames(self, seconds: float) -> Sequence[tuple[int, bytes]]:
        """What was seen in the last so many seconds: milliseconds from now (negative), JPEG. Raises HardwareFault."""
        clip = await self._request("frames", seconds=seconds)
        try:
            return [(each.moment, each.picture) for each in read_clip(clip)]
        except BadClip as broken:
            raise HardwareFault("The camera gives what is no clip.") from broken

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

    async def _serve(self) -> NoReturn:
        """Start one child and speak with it until it has ended or must be ended. Raises Ended."""
        self._ready.clear()
        self._overdue.clear()
        self._explained = self.covered = self.blurred = False
        child = await VisionChild.start(self._program)
        self._child = child
        receiving = asyncio.create_task(self._receive(child))
        watching = asyncio.create_task(self._watch_over())
        try:
            await asyncio.wait((receiving, watching), return_when=asyncio.FIRST_COMPLETED)
            await (receiving if receiving.done() else watching)
        finally:
            self._ready.clear()
            self._child = None
            for task in (receiving, watching):
                task.cancel()
            await asyncio.gather(receiving, watching, return_exceptions=True)
            self._fail_all()
            if not await child.stop():
                self._say(f"Process {child.pid} cannot be ended: a driver holds it. Restart the machine.")
        raise AssertionError("both tasks end with Ended only")

    async def _receive(self, child: VisionChild) -> NoReturn:
        while True:
            self._handle(*await child.receive())

    async def _watch_over(self) -> NoReturn:
        """Raise Ended when the child does not start in time, or lets a request wait."""
        try:
            async with asyncio.timeout(READY_WITHIN):
                await self._ready.wait()
        except TimeoutError:
            raise Ended("It does not start.") from None
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PING_EVERY):
                    await self._overdue.wait()
            if not self._overdue.is_set():
                with contextlib.suppress(HardwareFault):
                    await self._request("ping")
            if self._overdue.is_set():
                raise Ended("It hangs.")

    async def _request(self, what: str, **more: float) -> bytes:
        number = next(self._numbers)
        command = {"do": what, "n": number, **more}
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._requests[number] = command, future
        sent_to = self._child if self._ready.is_set() else None
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                if sent_to is not None:
                    sent_to.send(command)
                return await future
        except TimeoutError:
            # Only who had the whole time to answer is late.
            if sent_to is not None and sent_to is self._child:
                self._overdue.set()
            raise HardwareFault(f"The camera gives no picture. {self._fault}") from None
        finally:
            del self._requests[number]

    def _handle(self, header: dict[str, Any], body: bytes) -> None:
        match header:
            case {"ready": True}:
                self._become_ready()
            case {"n": int(number)}:
                self._finish(number, header.get("fault"), body)
            case {"text": str(text)}:
                self._publish(text)
            case {"covered": bool(covered)} if covered is not self.covered:
                self.covered = covered
                _log.warning("the camera %s", "sees nothing; is its lens covered?" if covered else "sees again")
            case {"blurred": bool(blurred)} if blurred is not self.blurred:
                self.blurred = blurred
                _log.warning(
                    "the camera %s", "sees nothing sharp; is its lens clean?" if blurred else "sees sharply again"
                )
            case {"fault": str(fault)}:
                self._explained = True
                self._say(_plain(fault))

    def _become_ready(self) -> None:
        if self._ready.is_set():
            return
        self._ready.set()
        self._send_watch()
        if self._child is not None:
            for command, _ in self._requests.values():
                self._child.send(command)

    def _finish(self, number: int, fault: object, body: bytes) -> None:
        _, future = self._requests.get(number, (None, None))
        if future is None or future.done():
            return
        if fault is None:
            future.set_result(body)
            self._note_success()
        else:
            future.set_exception(HardwareFault(_plain(str(fault))))

    def _note_success(self) -> None:
        """Only an answer shows that the camera works: one that hangs starts as well as any."""
        if self._said:
            self._said = ""
            _log.warning("the camera works again")

    def _publish(self, text: str) -> None:
        plain = cleaned_scan(text)
        for listener in self._listeners if plain else ():
            # A listener that does not keep up misses old codes, not new ones.
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(plain)

    def _say(self, fault: str) -> None:
        """Remember why there is no camera, and say it once until it works again or the reason is another."""
        if fault != self._said:
            _log.warning("camera: %s", fault)
        self._fault = self._said = fault

    def _send_watch(self) -> None:
        if self._child is not None and self._ready.is_set():
            self._child.send({"do": "watch", "on": bool(self._listeners)})

    def _fail_all(self) -> None:
        for _, future in self._requests.values():
            if not future.done():
                future.set_exception(HardwareFault(f"The camera has stopped. {self._fault}"))


def vision_program(options: CameraOptions) -> list[str]:
    """The command line of the child for this camera."""
    mask = json.dumps(options.masks)
    return [sys.executable, "-m", "hardware.camera.vision_process", options.kind, str(options.folder or ""), mask]


def _plain(fault: str) -> str:
    return "".join(character if character.isprintable() else " " for character in fault[:LONGEST_FAULT])
