"""Another phone or mailbox: asked for here, confirmed by a code to the old address and one to the new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.resident.resident_page import DAY_S, DEVICE_COOKIE
from api.resident.wish_pages import masked_address
from locker.services.contact_service import Confirmed, ContactRefused
from locker.services.people import DEVICE_DAYS

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import AskedByResident, ResidentPages


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    contact = ContactPages(pages)
    app.add_route("/contact", pages.own(contact.contact), methods=["GET", "POST"])
    app.add_route("/contact/codes", pages.own(contact.codes), methods=["POST"])
    app.add_route("/contact/keep", pages.own(contact.keep), methods=["POST"])


class ContactPages:
    """Handlers: read, ask, render."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._contacts = pages.context.contacts

    async def contact(self, asked: AskedByResident) -> Response:
        """Where I am reached, and the wish to be reached elsewhere."""
        if asked.http.method == "GET":
            return await self._page(asked)
        channel = asked.form.get("channel", "")
        try:
            await self._contacts.ask(asked.person, channel, asked.form.get(channel, ""), asked.by)
        except ContactRefused as refused:
            return await self._page(asked, f"my.contact_{refused.fault.value}")
        return self._pages.back("/contact")

    async def codes(self, asked: AskedByResident) -> Response:
        """Both codes, and the new address is taken. Links and devices of before have ended with the old one."""
        answer, device = await self._contacts.confirm(
            asked.person, asked.form.get("old", ""), asked.form.get("new", ""), asked.by
        )
        if answer is not Confirmed.DONE:
            return await self._page(asked, f"my.contact_{answer.value}")
        response = self._pages.back("/contact?saved=1")
        self._pages.set_cookie(response, DEVICE_COOKIE, device, DEVICE_DAYS * DAY_S)
        return response

    async def keep(self, asked: AskedByResident) -> Response:
        """Everything stays as it was."""
        await self._contacts.give_up(asked.person.id)
        return self._pages.back("/contact")

    async def _page(self, asked: AskedByResident, alarm: str = "") -> Response:
        person, form = asked.person, asked.form
        pending = await self._contacts.pending(person.id)
        known = [(name, each) for name, each in (("phone", person.phone), ("mail", person.email)) if each]
        return self._pages.render(
            "contact", asked, 422 if alarm else 200, tab="wishes", alarm=asked.text.translate(alarm) if alarm else "",
            known=[(name, masked_address(each)) for name, each in known],
            old=masked_address(person.phone or person.email), pending=pending,
            new=masked_address(pending.address) if pending else "", form=form,
            saved="saved" in asked.http.query_params,
        )  # fmt: skip
