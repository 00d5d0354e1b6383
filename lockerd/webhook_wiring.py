"""Events to programs outside by signed webhooks, wired as the site file names them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from locker.journal.codec import KINDS
from locker.services.fleet import EventHook, EventHooks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from links.options import WebhookOptions
    from locker.engine import Engine
    from locker.journal.store import Journal
    from lockerd.daemon import Daemon


def webhook_faults(options: Sequence[WebhookOptions]) -> Iterator[str]:
    """One line a fault: names that stand twice, kinds that no event is of."""
    names = Counter(each.name for each in options)
    for number, each in enumerate(options):
        if names[each.name] > 1:
            yield f"webhook[{number}].name: {each.name} stands more than once"
        for kind in each.kinds:
            if kind not in KINDS:
                yield f"webhook[{number}].kinds: no event is of the kind {kind}, see docs/events.md"


def event_hooks(options: Sequence[WebhookOptions], journal: Journal, engine: Engine, site: str) -> EventHooks:
    """What the API shows and replays; nothing is sent yet."""
    return EventHooks([EventHook(journal, engine, site, each.name, each.kinds) for each in options])


async def run_webhook(daemon: Daemon, options: WebhookOptions, number: int) -> None:
    """Send to one of them until cancelled. Raises SettingsError."""
    from links.messengers import signer  # noqa: PLC0415  it brings an HTTP client, only where a site has webhooks
    from links.webhook_messenger import open_webhook  # noqa: PLC0415  see above

    sign = signer(options.secret, daemon.engine.now)
    async with open_webhook(options.url, f"webhook[{number}].url", sign, "the far end") as messenger:
        await daemon.context.hooks.named(options.name).run(messenger)
