"""Whom the cabinet lets in, for those who may shut somebody out: tokens of machines, couriers, sessions of staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from api.staff.panel import HEADERS
from locker.core.reasons import Refused
from locker.services.people import Right, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.people import Account, ListedCourier, ListedSession, ListedToken


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One who is let in. `key` names it in a form.

    `sure`: what is to be read before it is shut out; empty where one press may do it, None where nothing is to do.
    """

    key: str
    name: str
    facts: str
    sure: str | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A member of staff in the list."""

    name: str
    role: str
    facts: str
    active: bool


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""
    pages = AccessPages(panel)
    app.add_route("/access", panel.signed_in(pages.lists, Right.ACCESS), methods=["GET"])
    app.add_route("/access/token", panel.signed_in(pages.revoke, Right.ACCESS), methods=["POST"])
    app.add_route("/access/courier", panel.signed_in(pages.suspend, Right.ACCESS), methods=["POST"])
    app.add_route("/access/session", panel.signed_in(pages.end_session, Right.ACCESS), methods=["POST"])


class AccessPages:
    """Handlers: read, ask, render. What has ended already is only shown so: two may press at once."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def lists(self, request: StaffRequest) -> Response:
        """All who are let in."""
        context, text = self._context, request.text
        return self._panel.render(
            "access.html",
            request,
            tokens=[token_row(each, text) for each in await context.tokens.listed()],
            staff=[account_row(each, text) for each in await context.staff.accounts()],
            roles=[each.value for each in Role],
            couriers=[courier_row(each, text) for each in await context.couriers.listed()],
            sessions=session_rows(await context.staff.sessions.listed(), request.session.hash, text, named=True),
        )

    async def revoke(self, request: StaffRequest) -> Response:
        """A token lets nobody in any more."""
        try:
            await self._context.tokens.revoke(request.form.get("key", ""), request.by)
        except ValueError:  # somebody else was quicker
            return self._again()
        except Refused:
            return self._sealed(request)
        return self._again()

    async def suspend(self, request: StaffRequest) -> Response:
        """A courier signs in no more."""
        try:
            await self._context.couriers.suspend(request.form.get("key", ""), request.by)
        except Refused:
            return self._sealed(request)
        return self._again()

    async def end_session(self, request: StaffRequest) -> Response:
        """A session of anybody ends."""
        await self._context.staff.end_session(request.form.get("key", ""), request.by)
        return self._again()

    def _again(self) -> Response:
        return RedirectResponse("/access", 303, HEADERS)

    def _sealed(self, request: StaffRequest) -> Response:
        return self._panel.error_page(request, "panel.refused_sealed", 503)


def token_row(token: ListedToken, text: LocalizedText) -> AccessRow:
    """A token with its scopes, its end and when it was last used."""
    t = text.translate
    if token.ends_at is None:
        ends = t("panel.token_no_end")
    else:
        ends = t("panel.token_ended" if token.ended else "panel.token_ends", at=text.date_and_time(token.ends_at))
    facts = [
        *([token.company] if token.company else []),
        t("panel.list_comma").join(t(f"panel.scope_{scope}") for scope in token.scopes),
        t("panel.token_made", at=text.date_and_time(token.created_at)),
        ends,
        t("panel.last_used", at=text.date_and_time(token.used_at)) if token.used_at else t("panel.not_used"),
    ]
    return AccessRow(token.name, token.name, t("panel.comma").join(facts), t("panel.revoke_sure", name=token.name))


def account_row(account: Account, text: LocalizedText) -> AccountRow:
    """A member of staff with role, end and how far the account is set up."""
    t = text.translate
    ends = [t("panel.token_ends", at=text.date_and_time(account.ends_at))] if account.ends_at else []
    state = [] if account.ready and account.active else [t("panel.not_set_up" if account.active else "panel.disabled")]
    facts = t("panel.comma").join([t(f"panel.role_{account.role}"), *ends, *state])
    return AccountRow(account.name, account.role.value, facts, account.active)


def courier_row(courier: ListedCourier, text: LocalizedText) -> AccessRow:
    """A courier and the company."""
    t, name = text.translate, courier.name
    if not courier.active:
        return AccessRow(courier.id, name, courier.company + t("panel.comma") + t("panel.suspended"), None)
    return AccessRow(courier.id, name, courier.company, t("panel.suspend_sure", name=name))


def session_rows(
    sessions: Sequence[ListedSession], mine: str, text: LocalizedText, *, named: bool = False
) -> list[AccessRow]:
    """Running sessions, the last used first; with `named` each begins with whose it is."""
    return [_session_row(each, mine, text, named=named) for each in sessions]


def _session_row(session: ListedSession, mine: str, text: LocalizedText, *, named: bool) -> AccessRow:
    t, is_mine = text.translate, session.hash == mine
    browser = session.device.browser or t("panel.browser_unknown")
    facts = [
        *([browser] if named else []),
        *([session.device.address] if session.device.address else []),
        t("panel.session_since", at=text.date_and_time(session.began_at)),
        t("panel.session_this") if is_mine else t("panel.last_used", at=text.date_and_time(session.used_at)),
    ]
    name = session.staff if named else browser
    return AccessRow(session.hash, name, t("panel.comma").join(facts), None if is_mine else "")
