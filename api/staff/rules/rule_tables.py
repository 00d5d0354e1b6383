"""Rules that are tables: a line for each service, lane or company, as people paste it from a spreadsheet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from locker.services.policies import (
    Carriage,
    Column,
    DeliveryTimes,
    Lane,
    LineFault,
    RuleKind,
    ServiceLevel,
    amount,
    plain,
    read_table,
    whole,
    word,
)

if TYPE_CHECKING:
    from api.staff.localized_text import LocalizedText
    from locker.services.policies import DeliveryTime, RuleBody, WrongLine

TABLED = frozenset({RuleKind.DELIVERY_TIMES, RuleKind.CARRIAGE})
_WHOM = (
    Column("service", word(*(each.value for each in ServiceLevel))),
    Column("lane", word(*(each.value for each in Lane))),
    Column("company", plain(needed=False)),
)
_KEY = tuple(column.name for column in _WHOM)


def read_rule_table(kind: RuleKind, name: str, text: str, decimals: str) -> list[dict[str, Any]]:
    """The lines of a table as its body takes them. Raises WrongLines that names each wrong line."""
    if kind is RuleKind.DELIVERY_TIMES:
        days = (Column("first", whole(0, 60)), Column("last", whole(0, 60)))
        return read_table(name, text, (*_WHOM, *days), _KEY, _in_order)
    coins = amount(int(decimals) if decimals.isascii() and decimals.isdigit() and len(decimals) == 1 else 2)
    grams = whole(1, 1_000_000)
    prices = (Column("first_g", grams), Column("first_price", coins), Column("step_g", grams))
    return read_table(name, text, (*_WHOM, *prices, Column("step_price", coins)), _KEY)


def _in_order(row: Mapping[str, Any]) -> tuple[str, LineFault] | None:
    return ("last", LineFault.ORDER) if row["last"] < row["first"] else None


def table_lines(body: RuleBody) -> list[str]:
    """The lines again, as they are pasted."""
    if isinstance(body, DeliveryTimes):
        return [", ".join((*each.whom, str(each.first), str(each.last))) for each in body.times]
    assert isinstance(body, Carriage), "no other rule is a table"
    return [
        ", ".join(
            (
                *each.whom,
                str(each.first_g),
                _coins(each.first_price, body.decimals),
                str(each.step_g),
                _coins(each.step_price, body.decimals),
            )
        )
        for each in body.prices
    ]


def table_facts(body: RuleBody, text: LocalizedText) -> list[tuple[str, str]]:
    """Each line as people read it: for whom, and what."""
    if isinstance(body, DeliveryTimes):
        return [(_whom(each.whom, text), days_text(each, text)) for each in body.times]
    assert isinstance(body, Carriage), "no other rule is a table"
    return [
        (
            _whom(each.whom, text),
            text.translate(
                "panel.carriage_line",
                first=each.first_g,
                price=_coins(each.first_price, body.decimals),
                step=each.step_g,
                more=_coins(each.step_price, body.decimals),
            ),
        )
        for each in body.prices
    ]


def days_text(time: DeliveryTime, text: LocalizedText) -> str:
    """Within how many days after the hand-over it arrives."""
    return text.translate(f"panel.delivery_days_{time.span}", first=time.first, last=time.last)


def service_name(service: str, text: LocalizedText) -> str:
    """What people call a service or a lane."""
    return text.translate(f"panel.service_{service.replace('-', '_')}")


def _whom(whom: tuple[str, str, str], text: LocalizedText) -> str:
    service, lane, company = whom
    names = [service_name(each, text) for each in (service, lane) if each] + ([company] if company else [])
    return text.translate("panel.comma").join(names) or text.translate("panel.line_for_all")


def _coins(coins: int, decimals: int) -> str:
    return f"{coins / 10**decimals:.{decimals}f}"


def line_sentences(lines: tuple[WrongLine, ...], text: LocalizedText) -> list[str]:
    """What is wrong with a table, a sentence a line."""
    return [
        text.translate(
            f"panel.line_{each.fault.value}",
            line=each.number,
            column=text.translate(f"panel.column_{each.column}") if each.column else "",
            right=each.right,
        )
        for each in lines
    ]
