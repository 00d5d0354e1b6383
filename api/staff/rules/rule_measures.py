"""By what one sees whether a rule works: for each kind a chart of a report, and its finding (KPI-14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.services.policies import RuleKind
from locker.services.reports import KINDS, Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.staff.reports.report_words import ReportWords
    from locker.services.reports import Report, ReportDesk

LAST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Measure:
    """The chart of a report that shows what a rule does."""

    report: str
    chart: str

    @property
    def address(self) -> str:
        """Where it stands."""
        return f"/reports/{self.report}?span=month#{self.chart}"


MEASURES: Mapping[RuleKind, Measure] = {
    RuleKind.TARIFF: Measure("flow", "dwell"),
    RuleKind.WEATHER: Measure("flow", "turned-away"),
    RuleKind.HOURS: Measure("flow", "hours"),
    RuleKind.RETENTION: Measure("quality", "rare"),
    RuleKind.NOTICE_TEXTS: Measure("quality", "costs"),
    RuleKind.PROMISES: Measure("quality", "aims"),
    RuleKind.PEAK: Measure("flow", "days"),
    RuleKind.TERMS: Measure("customers", "repeats"),
    RuleKind.COURIER_BOARD: Measure("quality", "aims"),
    RuleKind.ALLOCATION: Measure("flow", "sizes"),
    RuleKind.ROUNDS: Measure("quality", "doors"),
    RuleKind.EMERGENCY_CONTACTS: Measure("quality", "doors"),
    RuleKind.SALES_EVENTS: Measure("backtest", "weeks"),
    RuleKind.AUTOMATION: Measure("quality", "costs"),
    RuleKind.PILOT: Measure("customers", "ratings"),
    RuleKind.TEAMS: Measure("customers", "ratings"),
    RuleKind.DELIVERY_TIMES: Measure("quality", "aims"),
    RuleKind.CARRIAGE: Measure("flow", "days"),
    RuleKind.DISPATCH: Measure("quality", "times"),
    RuleKind.CRM_FIELDS: Measure("customers", "repeats"),
    RuleKind.SOP_DEPOSIT: Measure("quality", "aims"),
    RuleKind.SOP_PICKUP: Measure("quality", "times"),
    RuleKind.SOP_COMPLAINT: Measure("customers", "repeats"),
    RuleKind.SOP_LOSS: Measure("quality", "rare"),
    RuleKind.SOP_EMERGENCY: Measure("customers", "ratings"),
    RuleKind.SOP_INSPECTION: Measure("quality", "doors"),
    RuleKind.SOP_JAM: Measure("quality", "doors"),
    RuleKind.SOP_POWER: Measure("customers", "ratings"),
    RuleKind.SOP_UNKNOWN: Measure("quality", "aims"),
    RuleKind.SOP_COLLECT: Measure("quality", "times"),
    RuleKind.SOP_SEND: Measure("customers", "ratings"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measure says of the last thirty days, and where to look at it."""

    finding: str
    title: str
    address: str


async def measured(kind: RuleKind, reports: ReportDesk, words: ReportWords) -> Measured:
    """What shows whether this rule works, now."""
    measure, today = MEASURES[kind], reports.today
    span = Span(today - timedelta(days=LAST_DAYS - 1), today)
    return found(measure, await reports.make(KINDS[measure.report], span), words)


def found(measure: Measure, report: Report, words: ReportWords) -> Measured:
    """The finding of the chart that is meant, of the whole report where there is too little for it. Pure."""
    chart = next((each for each in report.charts if each.name == measure.chart), None)
    finding = chart.finding if chart is not None else report.finding
    return Measured(words.sentence(finding), words.say(f"title_{measure.report}"), measure.address)
