"""What is written at once to an address that somebody wants to change, without the outbox: a code cannot wait."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.ports import DeliveryFault, Undelivered
from locker.services.notices.messengers import send_once
from locker.services.notices.notice_texts import notice_language, notice_text

if TYPE_CHECKING:
    from locker.options import SiteOptions
    from locker.services.notices.messengers import Messengers
    from locker.services.notices.notice_templates import NoticeTemplate
    from locker.services.notices.notice_writer import NoticeWriter
    from locker.services.people import Person


@dataclass(frozen=True, slots=True)
class ContactMessage:
    """One message: why, its id, and the code that it tells."""

    template: NoticeTemplate
    id: str
    confirmation: str = field(default="", repr=False)


class ContactMessages:
    """Sends by the phone where there is one, else by mail; by no other way, and once."""

    def __init__(self, messengers: Messengers, writer: NoticeWriter, site: SiteOptions) -> None:
        self._messengers = messengers
        self._writer = writer
        self._site = site

    async def send(self, person: Person, message: ContactMessage) -> None:
        """Send it to this person. Raises Undelivered."""
        ways = self._messengers.to(person, ("phone",) if person.phone else ("mail",))
        if not ways:
            raise Undelivered(DeliveryFault.NO_WAY, "the site file names no way that reaches this address")
        language = notice_language(person.language, self._site.languages)
        data = {"locker": self._site.name, "help_phone": self._site.help_phone, "confirmation": message.confirmation}
        words = self._writer.words(language, message.template)
        text = notice_text(message.template, words, language, data, self._site.timezone)
        sent = {"text": text, "template": message.template.value, "language": language, "data": data, "id": message.id}
        await send_once(ways[0].messenger, {"to": ways[0].address, **sent})
