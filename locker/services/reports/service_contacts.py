"""The service looked at from every side: touchpoints by stage, channel, pair, element and mode; who decides. Pure."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.services.reports.facts import Grain
from locker.services.reports.quality import harmed, mean_rating
from locker.services.reports.report import (
    Chart,
    Form,
    Ground,
    Report,
    ReportKind,
    Row,
    Share,
    by,
    count,
    said,
    seconds,
)
from locker.services.reports.touchpoints import Element, Mode, Pair, Party, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

WHATS = ("touch", "decided", "rating", "staff-door", "stored", "ended", "speed", "message", "case", "looked-inside")
CHANNELS = ("kiosk", "page", "panel", "phone", "mail", "api", "cabinet", "staff")
_PLACE = {Stage: 0, Pair: 1, Element: 2, Mode: 3}


def contacts(ground: Ground) -> Report:
    """Where people and the service touched, and whose word decided."""
    touches = by(ground.facts, "touch", "part")
    total = sum(touches.values())
    modes = _of(touches, Mode)
    alone = modes[Mode.SELF.value]
    finding = said("reports.touch", n=total, share=round(100 * alone / total)) if total else said("reports.touch_none")
    charts = (
        _part("stages", touches, Stage),
        _channels(ground),
        _part("pairs", touches, Pair),
        _part("elements", touches, Element),
        _modes(ground, touches),
        _balance(ground),
        _back_stage(ground),
    )
    return Report("contacts", finding, charts, note=said("reports.touch_note"))


def _of(touches: Counter[str], kind: type[StrEnum]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for part, n in touches.items():
        counted[part.split(".")[_PLACE[kind]]] += n
    return counted


def _part(name: str, touches: Counter[str], kind: type[StrEnum]) -> Chart:
    """Every word of a kind is listed, also one that never was."""
    return _bars(name, _of(touches, kind), [each.value for each in kind], kind.__name__.lower())


def _bars(name: str, counted: Counter[str], words: Iterable[str], prefix: str) -> Chart:
    words = list(words)
    most, total = max((counted[word] for word in words), default=0), sum(counted[word] for word in words)
    rows = tuple(
        Row(
            said(f"reports.{prefix}_{word}"),
            (counted[word], Share(counted[word], total)),
            bar=counted[word] / most if most else 0.0,
            strong=counted[word] == most and most > 0,
        )
        for word in words
    )
    top = max(words, key=lambda word: counted[word])
    word = said(f"reports.{prefix}_{top}")
    finding = (
        said(f"reports.{name}_most", word=word, n=counted[top], of=total) if total else said("reports.none_counted")
    )
    return Chart(name, finding, Form.BARS, ("reports.times", "reports.share"), rows)


def _channels(ground: Ground) -> Chart:
    """Touches by channel; notices count for the phone or mailbox that took them, calls for the phone."""
    counted = by(ground.facts, "touch", "channel")
    counted.update(by(ground.facts, "message", "channel"))
    renamed = Counter({channel: counted[channel] for channel in CHANNELS})
    renamed["page"] += counted["resident"]
    renamed["api"] += counted["program"] + counted["carrier"]
    renamed["staff"] += counted["courier"] + counted["group"]
    return _bars("channels", renamed, CHANNELS, "channel")


def _modes(ground: Ground, touches: Counter[str]) -> Chart:
    """Four ways of service: how often, what each costs staff, and how it was found."""
    modes = _of(touches, Mode)
    minutes = seconds(ground.facts, "staff-door") / 60
    ratings = {Mode.SELF: mean_rating(ground.facts, "kiosk"), Mode.REMOTE: mean_rating(ground.facts, "page")}
    work = {Mode.ASSISTED: round(minutes), Mode.SELF: 0}
    rows = tuple(
        Row(
            said(f"reports.mode_{mode.value}"),
            (modes[mode.value], work.get(mode), None if (score := ratings.get(mode)) is None else round(score, 1)),
        )
        for mode in Mode
    )
    total = sum(modes.values())
    share = Share(modes[Mode.SELF.value], total)
    key = "reports.modes_self" if total else "reports.none_counted"
    columns = ("reports.times", "reports.minutes_at_doors", "reports.rating")
    return Chart("modes", said(key, n=share.n, of=share.of), Form.TABLE, columns, rows, said("reports.modes_hint"))


def _balance(ground: Ground) -> Chart:
    """Whose word decided: the rules of the house, staff at their discretion, or the customer."""
    decided = by(ground.facts, "decided", "part")
    counted: Counter[str] = Counter()
    for part, n in decided.items():
        counted[part.split(".")[0]] += n
    return _bars("balance", counted, [each.value for each in Party], "party")


def _back_stage(ground: Ground) -> Chart:
    """What no customer sees: parcels that stay whole, how soon they come, how often somebody looks."""
    stored = count(ground.year, "stored")
    hurt = harmed(ground.year, "damaged")
    announced = ground.count("speed")
    hours = round(seconds(ground.facts, "speed") / announced / 3600, 1) if announced else None
    rows = (
        Row(said("reports.back_whole"), (Share(stored - hurt, stored),)),
        Row(said("reports.back_hurt"), (Share(hurt, stored),)),
        Row(said("reports.back_speed"), (hours,)),
        Row(said("reports.back_looked"), (ground.count("looked-inside"),)),
    )
    finding = said("reports.back_finding", n=hurt, of=stored) if stored else said("reports.none_counted")
    return Chart("back-stage", finding, Form.TABLE, ("reports.counted",), rows)


CONTACTS = ReportKind("contacts", dict.fromkeys(WHATS, Grain.WHOLE), contacts, year=("stored", "case-closed"))
