"""A rule's body as fields of a form and back. Pure; the fields follow from the types of the body's class."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_args, get_origin

from api.staff.rules.rule_hours import hours_line, read_hours
from api.staff.rules.rule_lines import LINE_FORMS, read_lines, written_lines
from api.staff.rules.rule_tables import TABLED, read_rule_table, table_lines
from locker.services.policies import BODIES, PROCEDURES, NoticeTexts, PromiseTable, RuleBody, RuleKind, Tariff

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOPS = frozenset(each.kind for each in PROCEDURES)
BY_LANGUAGE = _SOPS | {RuleKind.TERMS, RuleKind.COURIER_BOARD}
"""Kinds with fields of lines, each behind its language."""
LINED = BY_LANGUAGE | TABLED | {RuleKind.NOTICE_TEXTS, RuleKind.PROMISES} | frozenset(LINE_FORMS)
MONEY = frozenset({(RuleKind.TARIFF, "step_price"), (RuleKind.TARIFF, "cap")})


class Widget(StrEnum):
    """How a field is filled in."""

    TICK = "tick"
    NUMBER = "number"
    MONEY = "money"
    LINE = "line"
    CHOICE = "choice"
    TICKS = "ticks"
    LINES = "lines"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class RuleField:
    """One field of a kind of rule; `choices` are words of the body."""

    name: str
    widget: Widget
    choices: tuple[str, ...] = ()


def rule_fields(kind: RuleKind) -> list[RuleField]:
    """The fields of a kind, in the order of its class."""
    return [_field(kind, name, each.annotation) for name, each in BODIES[kind].model_fields.items()]


def _field(kind: RuleKind, name: str, annotation: Any) -> RuleField:
    if (kind, name) in MONEY:
        return RuleField(name, Widget.MONEY)
    if kind is RuleKind.HOURS:
        return RuleField(name, Widget.HOURS)
    if annotation is bool:
        return RuleField(name, Widget.TICK)
    if annotation is int:
        return RuleField(name, Widget.NUMBER)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return RuleField(name, Widget.CHOICE, tuple(each.value for each in annotation))
    if annotation is str:
        return RuleField(name, Widget.LINE)
    of = get_args(annotation)[0] if get_origin(annotation) is tuple else None
    if isinstance(of, type) and issubclass(of, StrEnum):
        return RuleField(name, Widget.TICKS, tuple(each.value for each in of))
    return RuleField(name, Widget.LINES if kind in LINED else Widget.LINE)


def written(body: RuleBody) -> dict[str, str]:
    """What stands in the form for this body: by the field's name, of ticks by `name:choice`."""
    plain, form = body.model_dump(mode="json"), dict[str, str]()
    for field in rule_fields(body.kind):
        value = plain[field.name]
        match field.widget:
            case Widget.TICK:
                form |= {field.name: "1"} if value else {}
            case Widget.TICKS:
                form |= {f"{field.name}:{choice}": "1" for choice in field.choices if choice in value}
            case Widget.MONEY:
                assert isinstance(body, Tariff), "only a tariff has money"
                form[field.name] = money(value, body.decimals)
            case Widget.LINES:
                form[field.name] = "\n".join(_lines(body, plain[field.name]))
            case Widget.HOURS:
                form[field.name] = hours_line(value)
            case _:
                form[field.name] = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return form


def money(amount: int, decimals: int) -> str:
    """An amount of the smallest unit as people write it: 350 is 3.50."""
    return f"{Decimal(amount).scaleb(-decimals):.{decimals}f}"


def read(kind: RuleKind, form: Mapping[str, str]) -> RuleBody:
    """The body that a filled form says. Raises ValueError `FIELD: …`."""
    said: dict[str, Any] = {}
    for field in rule_fields(kind):
        text = form.get(field.name, "").strip()
        match field.widget:
            case Widget.TICK:
                said[field.name] = field.name in form
            case Widget.TICKS:
                said[field.name] = [choice for choice in field.choices if f"{field.name}:{choice}" in form]
            case Widget.NUMBER:
                said[field.name] = _whole(field.name, text)
            case Widget.MONEY:
                said[field.name] = _smallest(field.name, text, form.get("decimals", "2").strip())
            case Widget.LINES:
                said[field.name] = _read_lines(kind, field.name, text, form.get("decimals", "").strip())
            case Widget.HOURS:
                said[field.name] = read_hours(text)
            case Widget.CHOICE:
                said[field.name] = text
            case Widget.LINE:
                said[field.name] = _listed(kind, field.name, text)
    return BODIES[kind].read(json.dumps(said))


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(f"{name}: write a whole number")
    return int(text)


def _smallest(name: str, text: str, decimals: str) -> int:
    try:
        amount = Decimal(text.replace(",", ".")).scaleb(_whole("decimals", decimals))
        good = amount == amount.to_integral_value() and 0 <= amount < 10**9
    except ArithmeticError:
        good = False
    if not good:
        raise ValueError(f"{name}: write an amount")
    return int(amount)


def _listed(kind: RuleKind, name: str, text: str) -> Any:
    """A line as its field takes it: text, or several words or numbers with spaces between."""
    default = BODIES[kind].model_fields[name].default
    if isinstance(default, str):
        return text
    words = text.replace(",", " ").replace("\uff0c", " ").split()
    return [int(word) if word.isascii() and word.isdigit() else word for word in words]


def _lines(body: RuleBody, plain: Any) -> list[str]:
    if body.kind in LINE_FORMS:
        return written_lines(body.kind, plain)
    if body.kind in BY_LANGUAGE:
        return [f"{language}: {line}" for language, line in said_lines(plain)]
    if isinstance(body, NoticeTexts):
        return [
            f"{language} {template}: {' '.join(text.split())}"
            for language, texts in body.texts.items()
            for template, text in texts.items()
        ]
    if body.kind in TABLED:
        return table_lines(body)
    assert isinstance(body, PromiseTable), "no other body is written in lines"
    return [f"{each.name} {each.within} {each.unit.value} {each.company}".strip() for each in body.promises]


def said_lines(plain: Mapping[str, str | list[str]]) -> list[tuple[str, str]]:
    """What a field by language says, line by line, each with its language."""
    found = [(language, [said] if isinstance(said, str) else said) for language, said in plain.items()]
    return [(language, line) for language, lines in found for line in lines]


def _read_lines(kind: RuleKind, name: str, text: str, decimals: str) -> Any:
    if kind in LINE_FORMS:
        return read_lines(kind, name, text)
    if kind in TABLED:
        return read_rule_table(kind, name, text, decimals)
    if kind in BY_LANGUAGE:
        return _read_by_language(name, text, several=kind is not RuleKind.COURIER_BOARD)
    return _read_texts(text) if kind is RuleKind.NOTICE_TEXTS else _read_promises(text)


def _read_by_language(name: str, text: str, *, several: bool) -> dict[str, Any]:
    lines: dict[str, list[str]] = {}
    for line in filter(str.strip, text.splitlines()):
        language, colon, said = line.partition(":")
        if not colon or not said.strip():
            raise ValueError(f"{name}: a line is a language, a colon and what it says")
        lines.setdefault(language.strip(), []).append(said.strip())
    if several:
        return dict(lines)
    if any(len(said) > 1 for said in lines.values()):
        raise ValueError(f"{name}: one line for each language")
    return {language: said[0] for language, said in lines.items()}


def _read_texts(text: str) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for line in filter(str.strip, text.splitlines()):
        head, colon, said = line.partition(":")
        language, _, template = head.strip().partition(" ")
        if not colon or not template:
            raise ValueError("texts: a line is a language, a template, a colon and the text")
        texts.setdefault(language, {})[template.strip()] = said.strip()
    return texts


def _read_promises(text: str) -> list[dict[str, Any]]:
    promises = []
    for line in filter(str.strip, text.splitlines()):
        parts = line.split(maxsplit=3)
        if len(parts) < 3:
            raise ValueError("promises: a line is a name, a number, a unit and a company")
        promise = {"name": parts[0], "within": _whole("promises", parts[1]), "unit": parts[2]}
        promises.append(promise | ({"company": parts[3].strip()} if len(parts) == 4 else {}))
    return promises
