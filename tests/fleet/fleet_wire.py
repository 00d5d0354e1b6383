"""The link of a bench to its broker, as the daemon would have it."""

import asyncio
from contextlib import suppress

from links.mqtt_link import Cabinet, MqttLink
from links.mqtt_options import MqttOptions
from locker.services.fleet import EventFeed, cabinet_state


class Wire:
    """The link of one bench, as the daemon would have it."""

    def __init__(self, bench, site, port, take_order=None, **options):
        self.feed = EventFeed(bench.journal, bench.engine, site)
        asked = MqttOptions.model_validate({"broker": f"mqtt://127.0.0.1:{port}", **options})

        async def changed():
            await asyncio.sleep(0.2)

        async def checkpoint():
            return ""

        def state():
            return cabinet_state(bench.engine.site, [], sealed=False, clock_unknown=False)

        cabinet = Cabinet(site, "Tower 3", "test", state, changed, checkpoint, take_order)
        self.link = MqttLink(asked, cabinet, self.feed, lambda: 0.0)
        self.task = None

    def start(self):
        self.task = asyncio.create_task(self.link.run())

    async def stop(self):
        self.task.cancel()
        done, _ = await asyncio.wait({self.task}, timeout=10)
        assert done, "the link does not end"
        with suppress(asyncio.CancelledError):
            await self.task
