"""Load of a fleet through the real broker and database:  python tests/bench/fleet_load.py --lockers 10000

First everything at once, as after a week without a network: how many events a second are held. Then at a pace: how long
an event takes until its locker hears that it is committed. It starts mosquitto, PostgreSQL and consumers of its own on
this machine and ends them.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt

sys.path.insert(0, str(Path(__file__).parents[1] / "fleet"))
from fleet_servers import Broker, Postgres, centre_file, consumer

EVENTS_A_DAY = 200
RESEND_SECONDS = 20  # as locker/services/fleet/event_feed.py
KINDS = ("ParcelStored", "DoorOpened", "DoorShut", "UnlockOrdered", "ParcelCollected")


def batch(locker, first, count):
    now = datetime.now(UTC).isoformat()
    return json.dumps(
        [
            {
                "specversion": "1.0",
                "id": f"e-{seq}",
                "source": f"/lockers/{locker}",
                "type": f"lockerd.{KINDS[seq % 5]}",
                "time": now,
                "epoch": "e",
                "seq": seq,
                "actor": "kiosk",
                "rowhash": "ab" * 32,
                "data": {"compartment": f"A{seq % 30}", "parcel": f"p{seq:012}", "visit": f"v{seq:012}"},
            }
            for seq in range(first, first + count)
        ]
    ).encode()


class Fleet:
    """Many lockers over few connections: what each says and hears is as from one of its own."""

    def __init__(self, port, lockers, wires):
        self.port = port
        self.names = [f"load-{n:05}" for n in range(lockers)]
        self.wires = wires
        self.held = dict.fromkeys(self.names, -1)
        self.heard_at = {}
        self.open = {}
        self.resent = 0

    async def run(self, work):
        async with asyncio.TaskGroup() as group:
            listening = [group.create_task(self._listen(number)) for number in range(self.wires)]
            while not all(task.done() or number in self.open for number, task in enumerate(listening)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            try:
                return await work()
            finally:
                for task in listening:
                    task.cancel()

    async def _listen(self, number):
        async with aiomqtt.Client(
            "127.0.0.1",
            self.port,
            identifier=f"load-{number}",
            protocol=aiomqtt.ProtocolVersion.V5,
            max_inflight_messages=1000,
        ) as wire:
            for name in self.names[number :: self.wires]:
                await wire.subscribe(f"lockers/{name}/ack", 1)
            self.open[number] = wire
            async for message in wire.messages:
                name, told = str(message.topic).split("/")[1], json.loads(message.payload)
                self.held[name] = max(self.held[name], told["seq"])
                self.heard_at[name, told["seq"]] = time.monotonic()

    async def say(self, index, leaf, payload):
        await self.open[index % self.wires].publish(f"lockers/{self.names[index]}/{leaf}", payload, 1)

    async def all_held(self, seq, tell=None):
        """Wait until all is held; as a locker does, `tell` again what nobody has acknowledged for so long."""
        held, since = 0, time.monotonic()
        while any(each < seq for each in self.held.values()):
            await asyncio.sleep(0.05)
            if (now_held := sum(self.held.values())) != held:
                held, since = now_held, time.monotonic()
            elif tell is not None and time.monotonic() > since + RESEND_SECONDS:
                since, self.resent = time.monotonic(), self.resent + 1
                await self._each_wire(tell)

    async def everything_at_once(self, events, size):
        hello = json.dumps({"epoch": "e", "head": events, "before": []}).encode()
        while self.held[self.names[0]] < 0:  # until a consumer listens
            await self.say(0, "hello", hello)
            await asyncio.sleep(0.5)
        began = time.monotonic()
        await self._each_wire(lambda _: [("hello", hello)])
        await self.all_held(0)
        greeted = time.monotonic()

        def missing(index):
            held = self.held[self.names[index]]
            return [("ev", batch(self.names[index], first, size)) for first in range(held + 1, events + 1, size)]

        await self._each_wire(missing)
        await self.all_held(events, missing)
        return greeted - began, time.monotonic() - greeted

    async def _each_wire(self, told):
        async def one(number):
            for index in range(number, len(self.names), self.wires):
                for leaf, payload in told(index):
                    await self.say(index, leaf, payload)

        await asyncio.gather(*(one(number) for number in range(self.wires)))

    async def at_a_pace(self, rate, seconds, seq):
        """One event at a time from one locker after another; how long each took to be held, in ms."""
        sent = {}
        began = time.monotonic()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0, began + number / rate - time.monotonic()))
            index = number % len(self.names)
            if number >= len(self.names) and number % len(self.names) == 0:
                seq += 1
            sent[self.names[index], seq] = time.monotonic()
            await self.say(index, "ev", batch(self.names[index], seq, 1))
        end = time.monotonic() + 30
        while not sent.keys() <= self.heard_at.keys() and time.monotonic() < end:  # noqa: ASYNC110  as above
            await asyncio.sleep(0.05)
        took = [(self.heard_at[each] - at) * 1000 for each, at in sent.items() if each in self.heard_at]
        return took, len(sent)


async def measure(asked, port):
    fleet = Fleet(port, asked.lockers, asked.wires)

    async def work():
        greeting, catching_up = await fleet.everything_at_once(asked.events, asked.batch)
        total = asked.lockers * asked.events
        print(f"{asked.lockers} lockers said hello and were answered in {greeting:.1f} s")
        print(f"{total} events held in {catching_up:.1f} s: {total / catching_up:.0f} a second")
        average = 10_000 * EVENTS_A_DAY / 86400
        print(f"{fleet.resent} times what was not acknowledged had to be told again")
        print(f"that is {total / catching_up / average:.0f} times what 10,000 lockers tell: {average:.0f} a second")
        took, sent = await fleet.at_a_pace(asked.rate, asked.seconds, asked.events + 1)
        cut = statistics.quantiles(took, n=100)
        print(f"at {asked.rate} a second: {len(took)} of {sent} held after {cut[49]:.1f} ms, p99 {cut[98]:.1f} ms")

    await fleet.run(work)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lockers", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=20, help="of each locker, in the first part")
    parser.add_argument("--batch", type=int, default=5, help="events in one message")
    parser.add_argument("--consumers", type=int, default=1)
    parser.add_argument("--wires", type=int, default=20, help="connections over which they speak")
    parser.add_argument("--autosave", action="store_true", help="the broker writes its sessions at every change")
    parser.add_argument("--rate", type=float, default=100, help="events a second in the second part")
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    with ExitStack() as ends, tempfile.TemporaryDirectory() as folder:
        database = Postgres()
        ends.callback(database.remove)
        database.start()
        seldom = () if asked.autosave else ("autosave_on_changes false", "autosave_interval 1800")
        broker = Broker(Path(folder) / "broker", ("allow_anonymous true", *seldom))
        ends.callback(broker.kill)
        broker.start()
        for number in range(asked.consumers):
            told = centre_file(Path(folder), broker, database, f"{number}.toml", instance=str(number))
            one = consumer(told)
            ends.callback(one.kill)
            one.start()
        asyncio.run(measure(asked, broker.port))


if __name__ == "__main__":
    main()
