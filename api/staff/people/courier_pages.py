"""Couriers: enrolled, looked at, suspended, let in again, ended by themselves; and what those of a company may do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.localized_text import staff_of
from api.staff.panel import HEADERS
from locker.core.reasons import Refused
from locker.services.people import CompanyRights, PinTaken, Right

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from datetime import datetime

    from starlette.applications import Starlette

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.people import ListedCourier

PATH = "/people/couriers"
_DAYS = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CourierLine:
    """A courier in the list. `works`: may sign in now."""

    id: str
    company: str
    name: str
    facts: tuple[str, ...]
    works: bool
    suspended: bool
    verified: bool


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = CourierPages(panel)
    app.add_route(PATH, panel.signed_in(pages.couriers, Right.PEOPLE), methods=["GET"])
    for name, act in (
        ("enrol", pages.enrol),
        ("renew", pages.renew),
    ):  # a PIN opens doors
        app.add_route(f"{PATH}/{name}", panel.signed_in(act, Right.ACCESS, proved=PATH), methods=["POST"])
    for name, act in (
        ("verify", pages.verify),
        ("suspend", pages.suspend),
        ("end", pages.end),
        ("company", pages.company),
    ):
        app.add_route(f"{PATH}/{name}", panel.signed_in(act, Right.ACCESS), methods=["POST"])


class CourierPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def couriers(self, request: StaffRequest) -> Response:
        """All couriers, by company."""
        return await self._page(request)

    async def _page(self, request: StaffRequest, wrong: str = "", status: int = 200) -> Response:
        couriers, text = self._context.couriers, request.text
        listed = await couriers.listed()
        lines = [courier_line(each, text) for each in listed]
        companies = sorted({each.company for each in listed})
        return self._panel.render(
            "couriers.html",
            request,
            status,
            lines=lines,
            working=sum(each.works for each in lines),
            unseen=sum(each.works and not each.verified for each in lines),
            companies=[(each, couriers.rights(each)) for each in companies],
            changes=Right.ACCESS in request.rights,
            proved=request.session.is_proved(text.now),
            typed=request.form if wrong else {},
            alarm=text.translate(f"panel.courier_wrong_{wrong}") if wrong else "",
        )

    async def enrol(self, request: StaffRequest) -> Response:
        """A new courier, perhaps for some days."""
        form = request.form
        try:
            ends_at = _ends_at(form.get("days", ""), self._context.engine.now())
        except ValueError:
            return await self._page(request, "days", 422)
        company, name, pin = (form.get(each, "").strip() for each in ("company", "name", "pin"))
        return await self._done(request, self._context.couriers.add(company, name, pin, request.by, ends_at))

    async def renew(self, request: StaffRequest) -> Response:
        """Another PIN; who was suspended signs in again."""
        key, pin = request.form.get("key", ""), request.form.get("pin", "").strip()
        return await self._done(request, self._context.couriers.renew(key, pin, request.by))

    async def verify(self, request: StaffRequest) -> Response:
        """Somebody has looked at badge and papers."""
        return await self._done(request, self._context.couriers.verify(request.form.get("key", ""), request.by))

    async def suspend(self, request: StaffRequest) -> Response:
        """Signs in no more."""
        return await self._done(request, self._context.couriers.suspend(request.form.get("key", ""), request.by))

    async def end(self, request: StaffRequest) -> Response:
        """Ends by itself after some days, or does not."""
        try:
            ends_at = _ends_at(request.form.get("days", ""), self._context.engine.now())
        except ValueError:
            return await self._page(request, "days", 422)
        return await self._done(request, self._context.couriers.end(request.form.get("key", ""), ends_at, request.by))

    async def company(self, request: StaffRequest) -> Response:
        """What the couriers of a company may do."""
        name, form = request.form.get("key", ""), request.form
        if name not in {each.company for each in await self._context.couriers.listed()}:
            return self._panel.error_page(request, "panel.bad_field", 422, field="key")
        rights = CompanyRights("puts_in" in form, "takes_out" in form)
        return await self._done(request, self._context.couriers.set_rights(name, rights, request.by))

    async def _done(self, request: StaffRequest, asked: Awaitable[object]) -> Response:
        try:
            await asked
        except PinTaken:
            return await self._page(request, "taken", 409)
        except ValueError:
            return await self._page(request, "fields", 422)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(PATH, 303, HEADERS)


def courier_line(courier: ListedCourier, text: LocalizedText) -> CourierLine:
    """A courier with how the account stands."""
    t, now = text.translate, text.now
    ended = courier.ends_at is not None and courier.ends_at <= now
    facts = []
    if not courier.active:
        facts.append(t("panel.suspended"))
    elif ended and courier.ends_at is not None:
        facts.append(t("panel.courier_ended", at=text.day(text.date_of(courier.ends_at))))
    elif courier.ends_at is not None:
        facts.append(t("panel.courier_until", at=text.day(text.date_of(courier.ends_at))))
    if courier.has_badge:
        facts.append(t("panel.courier_badge"))
    if courier.verified_at is not None:
        day = text.day(text.date_of(courier.verified_at))
        facts.append(t("panel.courier_verified", who=staff_of(courier.verified_by) or courier.verified_by, at=day))
    else:
        facts.append(t("panel.courier_unverified"))
    return CourierLine(
        id=courier.id,
        company=courier.company,
        name=courier.name,
        facts=tuple(facts),
        works=courier.active and not ended,
        suspended=not courier.active,
        verified=courier.verified_at is not None,
    )


def _ends_at(days: str, now: datetime) -> datetime | None:
    """After so many days; None for an empty field. Raises ValueError."""
    if not days.strip():
        return None
    if not _DAYS.fullmatch(days.strip()):
        raise ValueError
    return now + timedelta(days=int(days))
