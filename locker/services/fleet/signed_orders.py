"""An order of the operator as it comes over the wire: whether it is theirs, for this cabinet, and for now. Pure.

A DSSE envelope around JSON: `id`, `site`, `action`, `body`, `operator`, `not_after`. The key of the operator stands in
the site file, so a broker, or whoever broke into one, can hold an order back but make none.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from locker.errors import LockerError
from locker.frozen import dataclass
from locker.signed_note import BadNote, opened_envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER_TYPE = "application/vnd.lockerd.order+json"
DOOR_LIFETIME = timedelta(seconds=30)
"""So long at most an order for a door is good: whoever stands before it waits no longer."""
LONGEST_LIFETIME = timedelta(hours=24)
LONGEST = 64 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_NAME = re.compile(r"[a-z][a-z-]{0,31}", re.ASCII)
_FIELDS = frozenset({"id", "site", "action", "body", "operator", "not_after"})


class OrderFault(StrEnum):
    """Why something that came as an order does nothing."""

    GARBLED = "garbled"
    NOT_SIGNED = "not-signed-by-the-operator"
    OTHER_SITE = "for-another-site"
    EXPIRED = "expired"
    TOO_LONG = "good-for-too-long"
    REPEATED = "id-used-before"
    CLOCK = "clock-unknown"
    ACTION = "unknown-action"
    BODY = "body-not-understood"


class BadOrder(LockerError):
    """It does nothing. `order`: its id, once it is known to be the operator's."""

    def __init__(self, fault: OrderFault, order: str = "", where: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.order = order
        self.where = where


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator signed. `sha256`: of what was signed; `envelope`: that and its signature, as they came."""

    id: str
    action: str
    body: Mapping[str, Any]
    operator: str
    not_after: datetime
    sha256: str
    envelope: bytes = field(default=b"", repr=False)


def read_order(message: bytes, operator_key: bytes, site: str) -> Order:
    """The order in a message, if it is one of the operator's for this site. Raises BadOrder."""
    if len(message) > LONGEST:
        raise BadOrder(OrderFault.GARBLED)
    try:
        envelope = json.loads(message)
    except (ValueError, RecursionError):
        raise BadOrder(OrderFault.GARBLED) from None
    try:
        payload = opened_envelope(envelope, operator_key, ORDER_TYPE)
    except BadNote:
        raise BadOrder(OrderFault.NOT_SIGNED) from None
    order, meant = _read(payload)
    if meant != site:
        raise BadOrder(OrderFault.OTHER_SITE, order.id)
    return replace(order, envelope=message)


def check_time(order: Order, now: datetime, longest: timedelta) -> None:
    """Let only an order through that is good now, and not for longer than its kind may be. Raises BadOrder."""
    if now > order.not_after:
        raise BadOrder(OrderFault.EXPIRED, order.id)
    if order.not_after - now > longest:
        raise BadOrder(OrderFault.TOO_LONG, order.id)


def _read(payload: bytes) -> tuple[Order, str]:
    try:
        said: Any = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadOrder(OrderFault.GARBLED) from None
    if not isinstance(said, dict) or set(said) != _FIELDS or not isinstance(said["body"], dict):
        raise BadOrder(OrderFault.GARBLED)
    texts = [said[name] for name in ("id", "site", "action", "operator", "not_after")]
    if not all(isinstance(text, str) and len(text) <= 100 and text.isprintable() for text in texts):
        raise BadOrder(OrderFault.GARBLED)
    try:
        not_after = datetime.fromisoformat(said["not_after"])
    except ValueError:
        raise BadOrder(OrderFault.GARBLED) from None
    if not_after.tzinfo is None or not _ID.fullmatch(said["id"]) or not _NAME.fullmatch(said["action"]):
        raise BadOrder(OrderFault.GARBLED)
    if not said["operator"].strip():
        raise BadOrder(OrderFault.GARBLED)
    digest = hashlib.sha256(payload).hexdigest()
    order = Order(said["id"], said["action"], said["body"], said["operator"], not_after, digest)
    return order, said["site"]
