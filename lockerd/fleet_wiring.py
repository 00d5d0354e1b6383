"""What is told to the operator of many lockers, wired to the rest of the daemon."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from locker.core.reasons import RefusalReason, Refused
from locker.services.fleet import EventFeed, OrderActions, OrderDesk, cabinet_state, stir_on_events
from locker.services.policies import RuleKind
from lockerd.updates.ordered import CACHE, SERVED_BY, hand_over, program_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from links.mqtt_options import MqttOptions
    from locker.engine import Engine
    from lockerd.daemon import Daemon

RESTART_AFTER_S = 2.0
LOOK_AGAIN_S = 60.0
"""So long at most a state that no event tells of (a warning of the machine) stays untold."""


def restart_soon(engine: Engine, end: Callable[[], None]) -> None:
    """End the program when the answer has left and nobody is at a door. Raises Refused while somebody is."""
    if engine.site.visits:
        raise Refused(RefusalReason.BUSY)

    def look() -> None:
        if engine.site.visits:
            asyncio.get_running_loop().call_later(RESTART_AFTER_S, look)
        else:
            end()

    asyncio.get_running_loop().call_later(RESTART_AFTER_S, look)


async def tell_the_fleet(daemon: Daemon, options: MqttOptions) -> None:
    """Hold the connection to the broker until cancelled. Raises SettingsError."""
    from links.mqtt_link import Cabinet, MqttLink  # noqa: PLC0415  only where a site has a broker
    from links.mqtt_options import operator_key  # noqa: PLC0415  see above

    context, engine = daemon.context, daemon.engine
    site = context.site
    desk, updates = None, options.updates and SERVED_BY.exists()
    if options.operator_key:
        restart = partial(restart_soon, engine, partial(os.kill, os.getpid(), signal.SIGTERM))
        update = partial(hand_over, daemon.settings.storage.data, CACHE) if updates else None
        actions = OrderActions(context.commands, context.mass_openings, context.rules, restart, update)
        desk = OrderDesk(daemon.journal, engine, actions, operator_key(options.operator_key), site.id)
        await desk.load()

    def state() -> dict[str, Any]:
        warnings = [":".join(filter(None, (each.subject.value, each.about))) for each in context.health.warnings]
        sealed = engine.sealed is not None
        rules = {kind.value: len(context.rules.versions(kind)) for kind in RuleKind}
        unknown = engine.clock_disbelieved
        program = program_state(context.version, CACHE, updates=updates)
        return cabinet_state(
            engine.site,
            warnings,
            name=site.name,
            sealed=sealed,
            clock_unknown=unknown,
            rules=rules,
            program=program,
        )

    async def checkpoint() -> str:
        return await daemon.journal.read(_newest_checkpoint)

    taken = desk.take if desk is not None else None
    happened = asyncio.Event()

    async def changed() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_S):
                await happened.wait()
        happened.clear()

    cabinet = Cabinet(site.id, site.name, context.version, state, changed, checkpoint, taken)
    feed = EventFeed(daemon.journal, engine, site.id)
    async with asyncio.TaskGroup() as group:
        group.create_task(stir_on_events(engine, happened), name="changes for the fleet")
        await MqttLink(options, cabinet, feed, random.SystemRandom().random).run()


def _newest_checkpoint(db: Database) -> str:
    row = db.execute("select note from checkpoint order by size desc limit 1").fetchone()
    return "" if row is None else str(row[0])
