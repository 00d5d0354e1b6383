"""The messengers that the site file names, and which of them can reach somebody."""

from __future__ import annotations

import logging
import traceback
from dataclasses import field
from typing import TYPE_CHECKING, NamedTuple

from locker.frozen import dataclass
from locker.ports import DeliveryFault, Messenger, Undelivered
from locker.services.notices.staff_alarm import STAFF_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locker.services.people import Person

log = logging.getLogger(__name__)


class Way(NamedTuple):
    """One way to reach somebody: by which channel, by which messenger, under which address."""

    channel: str
    messenger: Messenger
    address: str


@dataclass(frozen=True, slots=True)
class Messengers:
    """One for phones, one for mailboxes, one for the group of staff; those of carriers and of public channels by name.

    Without any, notices wait in the outbox.
    """

    phone: Messenger | None = None
    mail: Messenger | None = None
    group: Messenger | None = None
    carriers: Mapping[str, Messenger] = field(default_factory=dict)
    public: Mapping[str, Messenger] = field(default_factory=dict)

    def to(self, person: Person, order: Sequence[str]) -> list[Way]:
        """What reaches this person, each with the address there, in this order of channels."""
        both = {"phone": (self.phone, person.phone), "mail": (self.mail, person.email)}
        ways = [(name, *both[name]) for name in order if name in both]
        return [Way(name, messenger, address) for name, messenger, address in ways if messenger and address]

    def to_carrier(self, company: str) -> list[Way]:
        """What reaches the system of the company that brought a parcel."""
        messenger = self.carriers.get(company)
        return [Way("carrier", messenger, company)] if messenger is not None else []

    def to_public(self, channel: str) -> list[Way]:
        """What posts to an official account or another channel that everybody reads."""
        messenger = self.public.get(channel)
        return [Way("public", messenger, channel)] if messenger is not None else []

    def to_staff(self, address: str) -> list[Way]:
        """What reaches a phone, a mailbox (with an @) or the group of the staff."""
        name = "mail" if "@" in address else "group" if address == STAFF_GROUP else "phone"
        messenger: Messenger | None = getattr(self, name)
        return [Way(name, messenger, address)] if messenger is not None and address else []


async def send_once(messenger: Messenger, message: Mapping[str, object]) -> None:
    """Send by this messenger. Raises Undelivered, whatever goes wrong: one message must not end the daemon."""
    try:
        await messenger.send(message)
    except Undelivered:
        raise
    except Exception as fault:  # noqa: BLE001  the top of this message
        raise fault_inside(fault) from None


def fault_inside(fault: Exception) -> Undelivered:
    """An error of our own as a reason to try later. Only its kind and place are told: its text may hold a number."""
    frames = traceback.extract_tb(fault.__traceback__)[-3:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
    log.error("a notice met a fault of the program: %s at %s", type(fault).__name__, places)
    return Undelivered(DeliveryFault.INSIDE, type(fault).__name__)
