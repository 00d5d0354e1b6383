"""Pages to read: how things are done here, step by step, and what the words of the trade mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.i18n import translate
from api.staff.rules.rule_view import author
from locker.services.policies import PROCEDURES, Procedure, drawn_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.policies import RuleBook, RuleVersion

TERMS = (
    *("waybill", "tracking", "piece", "collection", "real_name", "prohibited", "sorting", "hub", "outlet"),
    *("last_mile", "delivery", "first_delivery", "redelivery", "locker", "compartment", "deposit"),
    *("consent", "pickup_code", "pickup", "delegate", "inspection", "sign_off", "refused", "overdue"),
    *("returned", "detained", "backlog", "misrouted", "damaged", "shortage", "lost", "claim", "insured"),
    *("declared_value", "cod", "volumetric", "consignor", "consignee", "handover", "peak", "sla"),
)
"""Terms of the courier trade, in the order in which a parcel meets them."""


@dataclass(frozen=True, slots=True)
class ProcedureView:
    """One procedure: its steps, each with the name of its drawing, who answers for it, its version and its review."""

    kind: str
    name: str
    steps: Sequence[tuple[str, str]]
    responsible: str
    version: str
    review: str
    loud: bool


@dataclass(frozen=True, slots=True)
class TermView:
    """One term with its meaning, and the same term in the other languages."""

    key: str
    term: str
    others: Sequence[tuple[str, str]]
    meaning: str


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ProcedurePages(panel)
    app.add_route("/procedures", panel.signed_in(pages.procedures), methods=["GET"])
    app.add_route("/procedures/{kind}", panel.signed_in(pages.procedure), methods=["GET"])
    app.add_route("/glossary", panel.signed_in(pages.glossary), methods=["GET"])


class ProcedurePages:
    """Handlers: read, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    async def procedures(self, request: StaffRequest) -> Response:
        """Every procedure that holds now, in the reader's language."""
        views = [procedure_view(each, self._panel.context.rules, request.text) for each in PROCEDURES]
        loud = sum(each.loud for each in views)
        title = request.text.translate("panel.procedures_due" if loud else "panel.procedures_title", n=loud)
        return self._panel.render("procedures.html", request, views=views, title=title)

    async def procedure(self, request: StaffRequest) -> Response:
        """One procedure with its drawings large, to be followed on a phone or printed (STF-07)."""
        asked = request.http.path_params["kind"]
        found = next((each for each in PROCEDURES if each.kind.value == asked), None)
        if found is None:
            return self._panel.error_page(request, "panel.no_page", 404)
        view = procedure_view(found, self._panel.context.rules, request.text)
        return self._panel.render("procedure.html", request, view=view, still=True)

    async def glossary(self, request: StaffRequest) -> Response:
        """Every term, in the reader's language first."""
        return self._panel.render("glossary.html", request, terms=glossary(request.text))


def procedure_view(cls: type[Procedure], rules: RuleBook, text: LocalizedText) -> ProcedureView:
    """One procedure as it holds now."""
    version: RuleVersion | None = rules.holding(cls.kind)
    body = rules.body(cls)
    t = text.translate
    return ProcedureView(
        cls.kind.value,
        t(f"panel.{cls.kind.value}"),
        [drawn_step(line) for line in body.told(text.language)],
        body.responsible or t("panel.procedure_all"),
        t("panel.procedure_version", v=version.version, who=author(version.author, text), why=version.reason)
        if version is not None
        else t("panel.rule_delivered"),
        text.day(version.review_on) if version is not None else "",
        version is not None and version.review_on <= text.date_of(text.now),
    )


def glossary(text: LocalizedText) -> list[TermView]:
    """The terms as this reader sees them: Chinese beside English, English beside Chinese. Pure."""
    views = []
    for key in TERMS:
        others = [(language, translate(language, f"glossary.{key}")) for language in _OTHERS[text.language]]
        views.append(TermView(key, text.translate(f"glossary.{key}"), others, text.translate(f"glossary.{key}_is")))
    return views


_OTHERS = {"en": ("zh-CN", "zh-TW"), "zh-CN": ("en",), "zh-TW": ("en",)}
