"""Before and after a change of how things are done: the same shares side by side, and whether they differ. Pure."""

from __future__ import annotations

from dataclasses import replace

from locker.services.reports.facts import Grain
from locker.services.reports.quality import WHATS as QUALITY_WHATS
from locker.services.reports.quality import mean_rating, shares, slowest
from locker.services.reports.report import Chart, Form, Ground, Report, ReportKind, Row, Share, said

_COMPARED = ("within-72", "delayed", "deposit-first", "pickup-first", "abandoned", "waited")
_BETTER_WHEN_LESS = frozenset({"delayed", "abandoned", "waited"})


def process_change(ground: Ground) -> Report:
    """The days before and as many from the change on."""
    after, before = shares(ground), shares(replace(ground, facts=ground.before))
    rows = [
        Row(
            said(f"reports.aim_{name}"),
            (before[name], after[name], said(f"reports.change_{_verdict(name, before[name], after[name])}")),
        )
        for name in _COMPARED
    ]
    rows.append(_complaints(ground))
    rows.append(Row(said("reports.time_pickup"), (slowest(ground.before), slowest(ground.facts), "")))
    scores = tuple(
        None if (m := mean_rating(facts)) is None else round(m, 1) for facts in (ground.before, ground.facts)
    )
    rows.append(Row(said("reports.rating"), (*scores, "")))
    verdicts = [_verdict(name, before[name], after[name]) for name in _COMPARED]
    better, worse = verdicts.count("better"), verdicts.count("worse")
    if better or worse:
        finding = said("reports.change", better=better, worse=worse, of=len(_COMPARED))
    else:
        finding = said("reports.change_nothing")
    columns = ("reports.before", "reports.after", "reports.difference")
    chart = Chart("change", finding, Form.TABLE, columns, tuple(rows), said("reports.change_hint"))
    return Report("change", finding, (chart,))


def _complaints(ground: Ground) -> Row:
    """Complaints among parcels that were stored."""
    pairs = [
        Share(ground.count("case", "complaint", before=before), ground.count("stored", before=before))
        for before in (True, False)
    ]
    verdict = said(f"reports.change_{_verdict('abandoned', *pairs)}")
    return Row(said("reports.complaints_of"), (*pairs, verdict))


def _verdict(name: str, before: Share, after: Share) -> str:
    """Better or worse where the intervals do not touch; else it may be chance."""
    if before.of == 0 or after.of == 0:
        return "unknown"
    if after.rate.low > before.rate.high:
        return "worse" if name in _BETTER_WHEN_LESS else "better"
    if after.rate.high < before.rate.low:
        return "better" if name in _BETTER_WHEN_LESS else "worse"
    return "chance"


CHANGE = ReportKind("change", dict.fromkeys((*QUALITY_WHATS, "case"), Grain.WHOLE), process_change)
