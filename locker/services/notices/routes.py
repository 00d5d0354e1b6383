"""The ways by which a notice can reach somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locker.ports import Messenger
    from locker.services.people.residents import Person


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways to people: to a phone, to a mailbox. Without any, notices wait in the outbox."""

    phone: Messenger | None = None
    mail: Messenger | None = None

    def to(self, person: Person) -> list[tuple[Messenger, str]]:
        """The ways to this person, the phone first."""
        ways = [(self.phone, person.phone), (self.mail, person.email)]
        return [(messenger, address) for messenger, address in ways if messenger is not None and address]

    def to_staff(self, address: str) -> list[tuple[Messenger, str]]:
        """The way to a phone or, with an @, a mailbox of the staff."""
        messenger = self.mail if "@" in address else self.phone
        return [(messenger, address)] if messenger is not None and address else []
