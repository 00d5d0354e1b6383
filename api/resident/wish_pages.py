"""What I wish: how I am told, what couriers may do, which door I like, and when I am away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from api.resident.put_off import today_at_site, typed_day
from locker.services.command_service import ResidentDetails
from locker.services.people import Away, wishes
from locker.services.policies import CrmFields

if TYPE_CHECKING:
    from datetime import date

    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import AskedByResident, ResidentPages

# What couriers may do: whether the resident agreed to the locker, and whether a parcel goes from hand to hand only.
COURIER_RULES: dict[str, tuple[bool | None, bool]] = {
    "yes": (True, False),
    "ask": (None, False),
    "never": (False, False),
    "person": (False, True),
}


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    own = WishPages(pages)
    app.add_route("/wishes", pages.own(own.wishes), methods=["GET", "POST"])
    app.add_route("/away", pages.own(own.away), methods=["GET", "POST"])
    app.add_route("/back", pages.own(own.back), methods=["POST"])


class WishPages:
    """Handlers: read, ask, render."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context

    async def wishes(self, asked: AskedByResident) -> Response:
        """How I like to be told, and what couriers may do."""
        person = asked.person
        if asked.http.method == "GET":
            return self._wishes_page(asked)
        form = asked.form
        known = self._context.wishes.of(person.id)
        try:
            consent, in_person = COURIER_RULES[form.get("rules", "")]
            first = form.get("channel", "")
            quiet = _quiet(form.get("from", ""), form.get("to", ""))
            wished = wishes(
                (first,) if first else (),
                quiet,
                at_once="at_once" in form,
                in_person=in_person,
                away=known.away,
                assisted=known.assisted,
                lobby="lobby" in form,
                pilot="pilot" in form,
                crm="crm" in form,
            )
        except (ValueError, KeyError):
            return self._wishes_page(asked, asked.text.translate("my.wishes_wrong"), 422)
        await self._context.wishes.save(person.id, wished, asked.by)
        language = form.get("language", person.language)
        card = ResidentDetails(
            unit=person.unit,
            name=person.name,
            phone=person.phone,
            consent=consent,
            language=language if language in {"zh-CN", "zh-TW", "en"} else person.language,
            email=person.email,
            reach="low" in form,
        )
        await self._context.commands.save_resident(card, asked.by)
        return self._pages.back("/wishes?saved=1")

    def _wishes_page(self, asked: AskedByResident, alarm: str = "", status: int = 200) -> Response:
        wished = self._context.wishes.of(asked.person.id)
        known = {"phone": asked.person.phone, "mail": asked.person.email}
        begin, end = [f"{each // 60:02d}:{each % 60:02d}" for each in wished.quiet or ()] or ["", ""]
        rules = "person" if wished.in_person else {True: "yes", False: "never", None: "ask"}[asked.person.consent]
        asks = self._context.engine.site.policy.ask_consent
        return self._pages.render(
            "wishes", asked, status, tab="wishes", alarm=alarm,
            has_crm=bool(self._context.rules.body(CrmFields).fields), person=asked.person, wished=wished,
            channels=[(name, masked_address(known[name])) for name in wished.order if known[name]],
            begin=begin, end=end, saved="saved" in asked.http.query_params,
            rules="yes" if rules == "ask" and not asks else rules,
            courier_rules=[each for each in COURIER_RULES if asks or each != "ask"],
            may_be_away=self._pages.options.away_days > 0,
        )  # fmt: skip

    async def away(self, asked: AskedByResident) -> Response:
        """From when to when nobody is at home, and what becomes of parcels meanwhile."""
        form, today = asked.form, today_at_site(asked.text)
        latest = today + timedelta(days=self._pages.options.away_days)
        if asked.http.method == "GET":
            return self._away_page(asked, today, latest)
        first, last = typed_day(form.get("first", "")), typed_day(form.get("last", ""))
        if first is None or last is None or last < max(first, today):
            return self._away_page(asked, today, latest, "my.away_wrong")
        if max(first, last) > latest or form.get("then") not in {"later", "keep"}:
            return self._away_page(asked, today, latest, "my.away_long")
        known = self._context.wishes.of(asked.person.id)
        gone = Away(first, last, keep=form["then"] == "keep")
        await self._context.wishes.save(asked.person.id, replace(known, away=gone), asked.by)
        return self._pages.back("/away?saved=1")

    async def back(self, asked: AskedByResident) -> Response:
        """I am at home again."""
        known = self._context.wishes.of(asked.person.id)
        await self._context.wishes.save(asked.person.id, replace(known, away=None), asked.by)
        return self._pages.back("/wishes?saved=1")

    def _away_page(self, asked: AskedByResident, today: date, latest: date, alarm: str = "") -> Response:
        known = self._context.wishes.of(asked.person.id).away
        known = known if known is not None and known.last >= today else None
        form = asked.form
        return self._pages.render(
            "away", asked, 422 if alarm else 200, tab="wishes", known=known,
            first=form.get("first") or (known.first if known else today).isoformat(),
            last=form.get("last") or (known.last.isoformat() if known else ""),
            then=form.get("then") or ("keep" if known is not None and known.keep else "later"),
            today=today.isoformat(), latest=latest.isoformat(), days=self._pages.options.away_days,
            alarm=asked.text.translate(alarm, n=self._pages.options.away_days) if alarm else "",
            saved="saved" in asked.http.query_params,
        )  # fmt: skip


def _quiet(begin: str, end: str) -> tuple[int, int] | None:
    """From and to as a time field of a browser sends them; None when both are empty. Raises ValueError."""
    if not begin and not end:
        return None
    minutes = []
    for text in (begin, end):
        hour, _, minute = text.partition(":")
        if not (hour.isdecimal() and minute[:2].isdecimal() and int(hour) < 24 and int(minute[:2]) < 60):
            raise ValueError("no time of day")
        minutes.append(int(hour) * 60 + int(minute[:2]))
    return minutes[0], minutes[1]


def masked_address(address: str) -> str:
    """The end of a phone, or the begin of a mailbox with its host."""
    name, at, host = address.partition("@")
    return f"{name[:1]}•••@{host}" if at else f"•• {address[-4:]}"
