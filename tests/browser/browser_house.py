"""The kiosk of a cabinet of any size, before a real engine: the test says what the switches say.

For drawings only. It needs no wires, so it can have more doors than a simulated cabinet has pins.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading

from browser_cabinet import free_port, site_file

import lockerd
from api.app import kiosk_app
from api.listeners import Listener, listening
from hardware.clock import SystemClock
from locker.core.messages.observations import Begun, SwitchesSeen
from locker.core.model import Seen, Size
from locker.services.command_service import DepositRequest, ResidentDetails

PATIENCE_S = 30


class CabinetInThread:
    """A daemon in a thread of its own, because the browser's driver owns this one; `_run` says what is in it."""

    def __init__(self, folder, columns):
        self._ports = (free_port(), free_port(), free_port())
        self._site = site_file(folder, columns, ports=self._ports)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(PATIENCE_S)

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)


class PaperCabinet(CabinetInThread):
    """The kiosk over switches that the test says."""

    def __init__(self, folder, columns):
        super().__init__(folder, columns)
        self.kiosk = f"http://127.0.0.1:{self._ports[0]}"

    async def _run(self):
        self._end = asyncio.Event()
        with lockerd.opened(lockerd.load_settings(self._site), SystemClock()) as daemon:
            self.daemon = daemon
            actor = asyncio.create_task(daemon.engine.run())
            daemon.engine.observe(Begun("test"))
            await self.see(dict.fromkeys(daemon.engine.site.compartments, Seen.SHUT))
            await daemon.context.directory.load()
            card = ResidentDetails(unit="1203", name="Wang Ming", phone="+8613800000001", consent=True)
            await daemon.context.commands.save_resident(card, "staff:test")
            listener = Listener(kiosk_app(daemon.context), "127.0.0.1", self._ports[0], "kiosk.listen")
            async with listening(listener):
                self._ready.set()
                await self._end.wait()
            actor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await actor

    async def see(self, doors):
        self.daemon.engine.observe(SwitchesSeen(doors))
        await self.daemon.engine.heartbeat()

    async def stored(self, door):
        """A parcel behind this door; its code is given back."""
        context = self.daemon.context
        others = {name: Seen.UNSEEN for name in self.daemon.engine.site.compartments if name != door}
        await self.see(others)
        resident = context.directory.find("1203")[0].id
        request = DepositRequest(
            by="courier:c", tracking=f"T-{door}", size=Size.S, company="SF", courier="C", resident=resident
        )
        answer = await context.commands.deposit(request)
        assert answer.compartment == door
        await self.see({door: Seen.OPEN})
        await self.see({door: Seen.SHUT})
        await self.see(dict.fromkeys(others, Seen.SHUT))
        query = "select blob from sealed where parcel = ?"
        row = await context.journal.read(lambda db: db.execute(query, [answer.parcel]).fetchone())
        return context.vault.unseal(row[0])[0]
