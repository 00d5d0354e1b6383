"""Pages of rules: all of them, one with its history, the preview of a version, and adding or taking one back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse

from api.staff.panel import HEADERS
from api.staff.reports.report_words import ReportWords
from api.staff.rules.rule_fields import Widget, read, rule_fields, written
from api.staff.rules.rule_measures import measured
from api.staff.rules.rule_tables import line_sentences
from api.staff.rules.rule_view import changes, choice_name, field_name, list_title, rule_name, rule_row, rule_view
from api.staff.rules.text_examples import fault_sentences, new_examples, own_examples
from locker.core.reasons import Refused
from locker.services.people import Right
from locker.services.policies import BODIES, NewVersion, RuleKind, VersionTaken, WrongLines, holding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.policies import RuleBody

_OF_VERSION = ("reason", "starts_at", "ends_at", "review_on", "version")
_TICKED = frozenset({Widget.TICK, Widget.TICKS})


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = RulePages(panel)
    one = "/rules/{kind}"
    app.add_route("/rules", panel.signed_in(pages.listing), methods=["GET"])
    app.add_route(one, panel.signed_in(pages.show), methods=["GET"])
    app.add_route(f"{one}/write", panel.signed_in(pages.write, Right.RULES), methods=["GET"])
    app.add_route(f"{one}/preview", panel.signed_in(pages.preview, Right.RULES), methods=["POST"])
    app.add_route(f"{one}/add", panel.signed_in(pages.add, Right.RULES), methods=["POST"])
    app.add_route(f"{one}/undo", panel.signed_in(pages.undo, Right.RULES), methods=["POST"])


class RulePages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._rules = panel.context.rules

    async def listing(self, request: StaffRequest) -> Response:
        """Every kind with what holds."""
        rows = [rule_row(kind, self._rules.versions(kind), request.text) for kind in RuleKind]
        changed = sum(self._rules.holding(kind) is not None for kind in RuleKind)
        return self._panel.render(
            "rules.html",
            request,
            rows=rows,
            title=list_title(rows, changed, request.text),
            may_write=Right.RULES in request.rights,
        )

    async def show(self, request: StaffRequest) -> Response:
        """One kind: what holds, its versions."""
        kind = self._kind(request)
        if kind is None:
            return self._panel.error_page(request, "panel.no_page", 404)
        view = rule_view(kind, self._rules.versions(kind), request.text)
        measure = await measured(kind, self._panel.context.reports, ReportWords(request.text))
        return self._panel.render(
            "rule.html",
            request,
            view=view,
            measure=measure,
            examples=own_examples(self._rules.body(BODIES[kind]), self._panel.context.examples, request.text),
            may=Right.RULES in request.rights,
        )

    async def write(self, request: StaffRequest) -> Response:
        """An empty form, filled with what holds."""
        kind = self._kind(request)
        if kind is None:
            return self._panel.error_page(request, "panel.no_page", 404)
        return self._form(request, kind, written(self._rules.body(BODIES[kind])), "")

    async def preview(self, request: StaffRequest) -> Response:
        """What would be different, before it is."""
        kind = self._kind(request)
        if kind is None:
            return self._panel.error_page(request, "panel.no_page", 404)
        try:
            asked = self._asked(request, kind)
            planned = self._rules.planned(asked, request.by, self._panel.context.engine.now())
        except ValueError as wrong:
            return self._form(request, kind, request.form, str(wrong).partition(":")[0], wrong)
        versions = self._rules.versions(kind)
        before = holding(versions, planned.starts_at)
        old = before.body if before is not None else BODIES[kind]()
        return self._panel.render(
            "rule_preview.html",
            request,
            kind=kind.value,
            name=rule_name(kind, request.text),
            version=planned,
            when=request.text.date_and_time(planned.starts_at) if asked.starts_at else "",
            until=request.text.date_and_time(planned.ends_at) if planned.ends_at else "",
            changes=changes(old, asked.body, request.text),
            examples=new_examples(old, asked.body, self._panel.context.examples, request.text),
            form=request.form,
            still=True,
        )

    async def add(self, request: StaffRequest) -> Response:
        """The version is added."""
        kind = self._kind(request)
        if kind is None:
            return self._panel.error_page(request, "panel.no_page", 404)
        try:
            await self._rules.add(self._asked(request, kind), request.by)
        except ValueError as wrong:
            return self._form(request, kind, request.form, str(wrong).partition(":")[0], wrong)
        except VersionTaken:
            return self._panel.error_page(request, "panel.rule_taken", 409)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(f"/rules/{kind.value}", 303, HEADERS)

    async def undo(self, request: StaffRequest) -> Response:
        """The last version is taken back, by adding one; a form that is older than the last version takes nothing."""
        kind = self._kind(request)
        if kind is None:
            return self._panel.error_page(request, "panel.no_page", 404)
        try:
            asked = self._rules.undoing(kind, request.form.get("reason", ""))
            if str(asked.version) != request.form.get("version"):
                return self._panel.error_page(request, "panel.rule_taken", 409)
            await self._rules.add(asked, request.by)
        except VersionTaken:
            return self._panel.error_page(request, "panel.rule_taken", 409)
        except ValueError:
            return self._panel.error_page(request, "panel.rule_no_undo", 409)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(f"/rules/{kind.value}", 303, HEADERS)

    @staticmethod
    def _kind(request: StaffRequest) -> RuleKind | None:
        text = request.http.path_params["kind"]
        return RuleKind(text) if text in set(RuleKind) else None

    def _asked(self, request: StaffRequest, kind: RuleKind) -> NewVersion:
        form = request.form
        body: RuleBody = read(kind, form)
        number = form.get("version", "")
        if not (number.isascii() and number.isdigit() and len(number) <= 6):
            raise ValueError("version: is a number")
        return NewVersion(
            int(number),
            body,
            form.get("reason", ""),
            self._time("starts_at", form.get("starts_at", "")),
            self._time("ends_at", form.get("ends_at", "")),
            _day("review_on", form.get("review_on", "")),
        )

    def _time(self, name: str, text: str) -> datetime | None:
        """A time of day at the site, as browsers send it. Raises ValueError."""
        if not text.strip():
            return None
        try:
            local = datetime.fromisoformat(text.strip())
        except ValueError:
            raise ValueError(f"{name}: is no time") from None
        return local.replace(tzinfo=ZoneInfo(self._panel.context.site.timezone)).astimezone(UTC)

    def _form(
        self, request: StaffRequest, kind: RuleKind, form: dict[str, str], wrong: str, why: ValueError | None = None
    ) -> Response:
        text = request.text
        name = wrong.partition(".")[0]
        known = rule_fields(kind)
        alarm = ""
        if wrong:
            label = field_name(name, text) if name in {each.name for each in known} else ""
            alarm = text.translate_or(_wrong_key(kind, name), "panel.rule_wrong", field=label)
        fields = [
            (each, field_name(each.name, text), [(choice, choice_name(choice, text)) for choice in each.choices])
            for each in known
        ]
        return self._panel.render(
            "rule_write.html",
            request,
            422 if wrong else 200,
            kind=kind.value,
            name=rule_name(kind, text),
            fields=fields,
            form=dict.fromkeys([*_OF_VERSION, *(each.name for each in known if each.widget not in _TICKED)], "")
            | {"version": str(len(self._rules.versions(kind)) + 1)}
            | form,
            alarm=alarm,
            wrong_lines=_wrong_lines(kind, form, name, why, text),
            wrong=name,
            still=True,
        )


def _wrong_key(kind: RuleKind, name: str) -> str:
    """The sentence about what is wrong in this field, or, of a week, between its days."""
    if kind is not RuleKind.HOURS or name in _OF_VERSION:
        return f"panel.rule_wrong_{name}"
    return "panel.rule_wrong_days" if name == "body" else "panel.rule_wrong_hours"


def _wrong_lines(
    kind: RuleKind, form: Mapping[str, str], field: str, why: ValueError | None, text: LocalizedText
) -> list[str]:
    """What is wrong inside a field of many lines, a sentence a fault."""
    if isinstance(why, WrongLines):
        return line_sentences(why.lines, text)
    return fault_sentences(kind, form, text) if field == "texts" else []


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ValueError(f"{name}: is no day") from None
