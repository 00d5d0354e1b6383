"""The messengers that the site file names, and which of them can reach somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locker.ports import Messenger
    from locker.services.people import Person


@dataclass(frozen=True, slots=True)
class Messengers:
    """One for phones, one for mailboxes. Without any, notices wait in the outbox."""

    phone: Messenger | None = None
    mail: Messenger | None = None

    def to(self, person: Person) -> list[tuple[Messenger, str]]:
        """What reaches this person, each with the address there: the phone first."""
        both = [(self.phone, person.phone), (self.mail, person.email)]
        return [(messenger, address) for messenger, address in both if messenger is not None and address]

    def to_staff(self, address: str) -> list[tuple[Messenger, str]]:
        """What reaches a phone or, with an @, a mailbox of the staff."""
        messenger = self.mail if "@" in address else self.phone
        return [(messenger, address)] if messenger is not None and address else []
