"""Who uses the locker, by pseudonym alone: how many, how often, who comes again, and who complained. Pure.

Nobody is named, no group is smaller than `FEWEST_IN_A_GROUP`: a smaller one is not told.
"""

from __future__ import annotations

from collections import Counter

from locker.services.reports.facts import Grain
from locker.services.reports.quality import mean_rating
from locker.services.reports.report import (
    Chart,
    Form,
    Ground,
    Report,
    ReportKind,
    Row,
    Share,
    bars,
    by,
    said,
)

WHATS = ("user", "complainer", "rating", "case")
FEWEST_IN_A_GROUP = 5
_OFTEN = (("1", 1, 1), ("2-3", 2, 3), ("4-9", 4, 9), ("10", 10, 10**9))


def customers(ground: Ground) -> Report:
    """The people behind the parcels, as numbers."""
    users, earlier = by(ground.facts, "user", "who"), by(ground.before, "user", "who")
    again = sum(users[who] > 1 or who in earlier for who in users)
    complained = by(ground.facts, "complainer", "who")
    free = Share(len(users) - sum(who in complained for who in users), len(users))
    returning = Share(again, len(users))
    if len(users) < FEWEST_IN_A_GROUP:
        return Report(
            "customers", said("reports.customers_few", n=FEWEST_IN_A_GROUP), (), note=said("reports.customers_note")
        )
    finding = said("reports.customers", n=len(users), again=again)
    loyalty = (
        Row(said("reports.returning"), (returning,)),
        Row(said("reports.complaint_free"), (free,)),
    )
    return Report(
        "customers",
        finding,
        (
            Chart("loyalty", said("reports.loyalty", n=free.n, of=free.of), Form.WHISK, ("reports.counted",), loyalty),
            _activity(users),
            _repeats(complained),
            _ratings(ground),
        ),
        note=said("reports.customers_note"),
    )


def _activity(users: Counter[str]) -> Chart:
    counted = {name: sum(low <= n <= high for n in users.values()) for name, low, high in _OFTEN}
    shown = {name: n for name, n in counted.items() if n == 0 or n >= FEWEST_IN_A_GROUP}
    labels = {name: said(f"reports.often_{name.replace('-', '_')}") for name, _, _ in _OFTEN}
    top = max(counted, key=lambda name: counted[name])
    return Chart(
        "activity", said("reports.activity", often=labels[top]), Form.BARS, ("reports.people",), bars(shown, labels)
    )


def _repeats(complained: Counter[str]) -> Chart:
    """People who complained, and who did so more than once."""
    repeated = sum(n > 1 for n in complained.values())
    rows = (
        Row(said("reports.complained"), (len(complained),)),
        Row(said("reports.complained_again"), (repeated,)),
    )
    finding = said("reports.repeats", n=repeated, of=len(complained)) if complained else said("reports.repeats_none")
    return Chart("repeats", finding, Form.TABLE, ("reports.people",), rows)


def _ratings(ground: Ground) -> Chart:
    counted = by(ground.facts, "rating", "part")
    mean, before = mean_rating(ground.facts), mean_rating(ground.before)
    rows = bars({str(score): counted[str(score)] for score in range(5, 0, -1)})
    if mean is None:
        finding = said("reports.ratings_none")
    elif before is None:
        finding = said("reports.ratings", mean=round(mean, 1), n=sum(counted.values()))
    else:
        key = (
            "reports.ratings_up"
            if mean > before
            else "reports.ratings_down"
            if mean < before
            else "reports.ratings_same"
        )
        finding = said(key, mean=round(mean, 1), before=round(before, 1), n=sum(counted.values()))
    return Chart("ratings", finding, Form.BARS, ("reports.times",), rows)


CUSTOMERS = ReportKind("customers", dict.fromkeys(WHATS, Grain.WHOLE), customers)
