"""Another version by an order of the operator: handed over by the daemon, believed anew and carried out by root.

The daemon may put nothing in place. It lays the signed order down as it came, and a unit of the system starts
`lockerd update --ordered`, which believes the signature and not the daemon: the operator's key stands in the site file,
which root writes. What came of it stands beside the packages, where the daemon reads it, after a restart too.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locker.core.reasons import RefusalReason, Refused
from locker.durable_files import write_file
from locker.errors import SettingsError
from locker.services.fleet import UPDATE, UPDATE_LIFETIME, BadOrder, check_time, read_order
from lockerd.updates.progress import Phase, load_progress

if TYPE_CHECKING:
    from datetime import datetime

    from locker.services.fleet import Order
    from lockerd.settings import Settings
    from lockerd.updates.progress import Progress

REQUEST, OUTCOME, PROGRESS = "update-order.json", "ordered.json", "update.json"
CACHE = Path("/var/cache/locker")
SERVED_BY = Path("/usr/lib/systemd/system/locker-ordered-update.path")
"""The unit that sees an order come; where it is not, nobody would carry one out."""
LONGEST = 64 * 1024
FETCHED_WITHIN = 3 * 3600
"""Whoever fetches for longer was ended by somebody, and nobody waits for it."""
CUT_SHORT = "it was cut short before anything was changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedUpdate:
    """What came of the last order for another version; while it is under way it has not `ended`."""

    order: str
    new: str
    ended: bool = False
    kept: bool = False
    reason: str = ""


def hand_over(data: Path, state: Path, order: Order) -> None:
    """Lay the order down for root, durable when this returns. Raises Refused (not-now) while another is under way."""
    before, last = load_progress(state / PROGRESS), load_ordered(state)
    fetching = last is not None and not last.ended and _age(state / OUTCOME, order.not_after) < FETCHED_WITHIN
    if fetching or (before is not None and not before.phase.ended) or (data / REQUEST).exists():
        raise Refused(RefusalReason.NOT_NOW)
    write_file(data / REQUEST, order.envelope)


def take_over(settings: Settings, now: datetime) -> Order:
    """The order that the daemon laid down, if it is the operator's, for this site and for now; it is gone then.

    Raises SettingsError with what is wrong.
    """
    path = settings.storage.data / REQUEST
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            message = file.read(LONGEST + 1)
        path.unlink()
    except OSError as fault:
        raise SettingsError([f"{path}: no order can be read here: {fault.strerror}"]) from None
    if settings.mqtt is None or not settings.mqtt.updates:
        raise SettingsError(["mqtt.updates: this site takes no other version by an order"])
    try:
        order = read_order(message, settings.mqtt.operator_key_bytes, settings.site.id)
        check_time(order, now, UPDATE_LIFETIME)
    except BadOrder as bad:
        raise SettingsError([f"{path}: is no order for another version: {bad.fault.value}"]) from None
    if order.action != UPDATE:
        raise SettingsError([f"{path}: is no order for another version: {order.action}"])
    return order


def load_ordered(state: Path) -> OrderedUpdate | None:
    """What came of the last one; None when there was none."""
    try:
        told: dict[str, Any] = json.loads((state / OUTCOME).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    known = {each.name for each in fields(OrderedUpdate)}
    return OrderedUpdate(**{name: value for name, value in told.items() if name in known})


def save_ordered(state: Path, update: OrderedUpdate) -> OrderedUpdate:
    """Keep it, durable when this returns."""
    write_file(state / OUTCOME, json.dumps(asdict(update)).encode(), 0o644)
    return update


def outcome_of(order: str, progress: Progress) -> OrderedUpdate:
    """What came of an order whose update has ended."""
    return OrderedUpdate(
        order=order, new=progress.new, ended=True, kept=progress.phase is Phase.GOOD, reason=progress.reason[:200]
    )


def settle(state: Path) -> OrderedUpdate | None:
    """After a power cut, when nothing is under way any more: say of an order that was, what came of it."""
    last, progress = load_ordered(state), load_progress(state / PROGRESS)
    if last is None or last.ended:
        return None
    if progress is not None and progress.order == last.order:
        return save_ordered(state, outcome_of(last.order, progress))
    return save_ordered(state, OrderedUpdate(order=last.order, new=last.new, ended=True, reason=CUT_SHORT))


def _age(path: Path, at: datetime) -> float:
    return at.timestamp() - path.stat().st_mtime


def program_state(version: str, state: Path, *, updates: bool) -> dict[str, Any]:
    """What the centre is told of the program: which one runs, whether orders may bring another, how the last went."""
    told: dict[str, Any] = {"version": version, "updates": updates}
    last = load_ordered(state) if updates else None
    if last is not None and last.ended:
        told["last"] = {"order": last.order, "new": last.new, "kept": last.kept, "reason": last.reason}
    return told
