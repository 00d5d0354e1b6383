"""From an order to the wire and from the wire to the map: coils on pins, bytes on a bus, edges, sweeps, rest."""

import asyncio
import os
import signal
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

from bench_cabinet import site
from bench_far import HERE, Commits, Ear, Hops, cabinet, dumped, free_port, process
from bench_row import Row, over, spread
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

import lockerd
from hardware.clock import SystemClock
from locker.core.model import Seen, Size, Use
from locker.services.command_service import DepositRequest, ResidentDetails

FIRST_PIN, PIN_DOORS = 2, 12
AT_REST = 0.15  # the pulse before is over, its door is shut and the line is quiet


class TimedPin(MockPin):
    """A pin that remembers when its coil was last energised; an input is the switch of a shut door."""

    fired: ClassVar[dict[str, int]] = {}

    def _change_state(self, value):
        changed = super()._change_state(value)
        if changed and value and self.function == "output":
            self.fired[self.info.name] = time.monotonic_ns()
        return changed

    def _set_pull(self, value):
        super()._set_pull(value)
        if value == "up":
            self.drive_low()  # a shut door, from the first look


def code_to_metal(folder, size):
    """A code is accepted: when is the first coil energised, when is the first unlock byte on the bus?"""
    doors = PIN_DOORS if size.visits > 100 else 4
    link = folder / "bus"
    with process([str(HERE / "bench_board.py"), str(link), "115200", "24"]) as board:
        Device.pin_factory = MockFactory(pin_class=TimedPin)
        try:
            times = asyncio.run(WiredDaemon(folder, doors, link, board.stdout).run())
        finally:
            Device.pin_factory.reset()
            Device.pin_factory = None
    against = f"bare commit {spread(times['bare'])}"
    yield Row("code accepted → first coil edge on GPIO", spread(times["pin"]), against,
              over(times["pin"], times["bare"]), 1.5, 1.5, "decided, durable, on its pin", stands=4)  # fmt: skip
    yield Row("code accepted → first unlock byte on a bus", spread(times["bus"]), "the same",
              over(times["bus"], times["bare"]), 1.5, 1.5, "115200 baud; after any look", stands=4)  # fmt: skip


class WiredDaemon:
    """The whole daemon in this process, with real drivers: doors P on pins, doors B on a board."""

    def __init__(self, folder, doors, link, told):
        self._folder, self._doors, self._link, self._told = folder, doors, link, told
        self._file = folder / "wires.toml"
        lines = [f'[site]\nid = "m"\nname = "M"\n[storage]\ndata = "{folder / "wires"}"\nvolatile = true\n']
        lines += [f'[kiosk]\nlisten = "127.0.0.1:{free_port()}"\n[staff]\nlisten = "127.0.0.1:{free_port()}"\n']
        lines += ['[pickup]\nreopen_seconds = 0\nconsent = "assume"\n']
        lines += ['[[bank]]\nname = "pins"\nkind = "gpio"\npulse_ms = 100\nsupply = "one"\npause_ms = 0\n']
        lines += [
            f'[[bank]]\nname = "bus"\nkind = "cb8a"\nport = "{link}"\nbaud = 115200\nsupply = "two"\npause_ms = 0\n'
        ]
        for n in range(doors):
            lock = FIRST_PIN + 2 * n
            lines += [f'[[compartment]]\nid = "P{n}"\nsize = "S"\nbank = "pins"\nlock = {lock}\nswitch = {lock + 1}\n']
            lines += [f'[[compartment]]\nid = "B{n}"\nsize = "L"\nbank = "bus"\nchannel = {n + 1}\n']
        self._file.write_text("".join(lines))

    async def run(self):
        made = asyncio.get_running_loop().create_future()
        daemon = asyncio.create_task(
            lockerd.run(lockerd.load_settings(self._file), SystemClock(), ready=made.set_result)
        )
        await asyncio.wait([made, daemon], return_when=asyncio.FIRST_COMPLETED)
        self._daemon = made.result()
        self._heard = {}
        threading.Thread(target=self._listen, daemon=True).start()
        hands = asyncio.create_task(self._hands())
        try:
            return await self._measure()
        finally:
            for task in (hands, daemon):
                task.cancel()
            await asyncio.wait([daemon])

    def _listen(self):
        for line in self._told:
            _, lock, at = line.split()
            self._heard[int(lock)] = int(at)

    def _switch(self, n):
        return Device.pin_factory.pin(f"GPIO{FIRST_PIN + 2 * n + 1}")

    async def _hands(self):
        """Doors on pins spring open when pulsed and are shut by hand."""
        while True:
            for n in range(self._doors):
                at = TimedPin.fired.get(f"GPIO{FIRST_PIN + 2 * n}")
                age = time.monotonic_ns() - at if at else 1e12
                self._switch(n).drive_high() if 20e6 < age < 120e6 else self._switch(n).drive_low()
            await asyncio.sleep(0.01)

    async def _measure(self):
        commands, engine, vault = self._daemon.context.commands, self._daemon.engine, self._daemon.context.vault
        await self._until(lambda: all(c.seen is Seen.SHUT for c in engine.site.compartments.values()))
        await commands.save_resident(
            ResidentDetails(unit="1", name="Wang", phone="+8613800000001", consent=True), "bench"
        )
        for n in range(self._doors):
            for size in (Size.S, Size.L):
                asked = {"tracking": f"{size}{n}", "unit": "1", "size": size, "company": "SF", "courier": "Li"}
                await commands.deposit(DepositRequest(by="bench", **asked))
        await self._until(lambda: all(c.use is Use.LOADED for c in engine.site.compartments.values()))
        commits, bare, times = Commits(self._folder), [], {"P": [], "B": []}
        sealed = dict(self._daemon.journal.db.execute("select parcel, blob from sealed").fetchall())
        for name in [f"{kind}{n}" for n in range(self._doors) for kind in "PB"]:
            await asyncio.sleep(AT_REST)
            bare.append(await asyncio.to_thread(commits.one))
            await asyncio.sleep(AT_REST)
            bare.append(await asyncio.to_thread(commits.one))
            await asyncio.sleep(AT_REST)
            code = vault.unseal(sealed[engine.site.compartments[name].parcel])[0]
            began = time.monotonic_ns()
            await commands.pickup(source="kiosk", by="bench", code=code)
            edge = await self._edge(name, began)
            times[name[0]].append((edge - began) / 1e9)
            await self._until(lambda door=name: engine.site.compartments[door].use is Use.FREE)
        return {"bare": bare, "pin": times["P"], "bus": times["B"]}

    async def _edge(self, name, began):
        n = int(name[1:])
        marks, key = (TimedPin.fired, f"GPIO{FIRST_PIN + 2 * n}") if name[0] == "P" else (self._heard, n + 1)
        await self._until(lambda: marks.get(key, 0) > began)
        return marks[key]

    async def _until(self, true):
        deadline = time.monotonic() + 60
        while not true():
            if time.monotonic() > deadline:
                raise SystemExit("a door never moved")
            await asyncio.sleep(0.005)


def edge_to_stream(folder, size):
    """A switch changes; somebody who follows the stream hears of it. Edge by edge, each with its own event."""
    hops, took, bare = Hops(folder), [], []
    with cabinet(folder / "edge") as (asker, child, _):
        ear, heard, more = Ear(asker.port, asker.token), [], threading.Condition()

        def listen():
            for at, kind, _ in ear.hear():
                if kind in {"DoorOpened", "DoorShut"}:
                    with more:
                        heard.append(at)
                        more.notify()

        threading.Thread(target=listen, daemon=True).start()
        for number in range(max(40, size.visits // 2)):
            time.sleep(0.02)
            bare.append(hops.one())
            time.sleep(0.02)
            with more:
                child.send_signal(signal.SIGUSR1)
                if not more.wait_for(lambda n=number: len(heard) > n, timeout=10):
                    raise SystemExit("an edge was never told")
        edges = [m[1] for m in dumped(child, folder / "edge")["marks"] if m[0] == "edge"]
    if len(edges) != len(heard):
        raise SystemExit(f"{len(edges)} edges became {len(heard)} events")
    took = [(told - edge) / 1e9 for edge, told in zip(edges, heard, strict=True)]
    yield Row("switch edge → event on the stream", spread(took), f"bare queue hop + commit {spread(bare)}",
              over(took, bare), 1.5, 1.5, "what the map shows is now", stands=3.2)  # fmt: skip


def bus_sweep(_, __):
    """Every switch of 76 doors on four boards, as often as the wire allows."""
    sys.path.insert(0, str(HERE.parent / "hardware"))
    from hardware_sweep import measure

    told = measure()
    yield Row("bus sweep of 76 doors at 9600 baud", f"{told['sweep_ms']:.1f} ms",
              f"bytes and the prescribed gaps of 3.5 characters, {told['wire_ms']:.1f} ms", told["ratio"], 1.25, 1.25,
              f"against bytes alone, {told['bytes_ms']:.1f} ms: {told['ratio_without_gaps']:.2f}")  # fmt: skip


def idle(folder, size):
    """The CPU time of a quiet cabinet with 76 polled doors on four boards."""
    seconds = 10 if size.visits > 100 else 2
    link, file = folder / "bus", folder / "idle.toml"
    file.write_text(site(folder / "idle", 76, (free_port(), free_port()), 4, port=str(link)))
    (folder / "idle").mkdir()
    boards = process([str(HERE / "bench_board.py"), str(link), "9600", "50", "50", "50", "50"])
    with boards, process(["-m", "lockerd", "run", "--config", str(file)]) as child:
        time.sleep(3)
        shares = [cpu(child.pid, seconds / 4) for _ in range(4)]
    yield Row("idle CPU with 76 polled doors", "", "one core of this machine", statistics.median(shares) * 100, 3, 3,
              "four boards, each asked every 0.4 s", unit=" %")  # fmt: skip


def cpu(pid, seconds):
    began, before = time.perf_counter(), ticks(pid)
    time.sleep(seconds)
    return (ticks(pid) - before) / os.sysconf("SC_CLK_TCK") / (time.perf_counter() - began)


def ticks(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


ROWS = (code_to_metal, edge_to_stream, bus_sweep, idle)
