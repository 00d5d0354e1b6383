"""The page of automation: what each rule looks at and how it stands now, and every firing with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.services.people import Right
from locker.services.policies import Automation

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.duty import Firing
    from locker.services.policies import AutomationRule


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""
    page = AutomationPage(panel)
    app.add_route("/automation", panel.signed_in(page.show), methods=["GET"])


class AutomationPage:
    """Handler: read, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def show(self, request: StaffRequest) -> Response:
        """Rules, how they stand, what fired."""
        text, automations = request.text, self._context.automations
        body = self._context.rules.body(Automation)
        measured = await automations.measured()
        standing = {each.rule for each in await automations.standing()}
        active = {each.name for each in body.active}
        key = (
            "panel.automation_off" if body.off else "panel.automation_title" if body.rules else "panel.automation_none"
        )
        return self._panel.render(
            "automation.html",
            request,
            title=text.translate(key, n=len(active)),
            rules=[
                (each.name, rule_sentence(each, text), measured[each.when], _state(each, active, standing, text))
                for each in body.rules
            ],
            firings=[
                (text.date_and_time(each.at), firing_sentence(each, text)) for each in await automations.firings()
            ],
            may_write=Right.RULES in request.rights,
        )


def rule_sentence(rule: AutomationRule, text: LocalizedText) -> str:
    """What a rule does, in words."""
    t = text.translate
    when = t(f"panel.trigger_{rule.when.value}")
    return t("panel.automation_rule", when=when, least=rule.least, then=t(f"panel.effect_{rule.then.value}"))


def firing_sentence(firing: Firing, text: LocalizedText) -> str:
    """Why a rule fired, and what it did."""
    t = text.translate
    return t(
        "panel.automation_fired",
        name=firing.rule,
        when=t(f"panel.trigger_{firing.when}"),
        value=firing.value,
        least=firing.least,
        then=t(f"panel.effect_{firing.then}"),
        version=firing.version,
    )


def _state(rule: AutomationRule, active: set[str], standing: set[str], text: LocalizedText) -> str:
    word = "rests" if rule.name not in active else "reached" if rule.name in standing else "waits"
    return text.translate(f"panel.automation_{word}")
