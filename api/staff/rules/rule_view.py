"""Rules as the panel shows them: what holds, what is to come, what there was, and how two versions differ. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.staff.rules.rule_fields import BY_LANGUAGE, RuleField, Widget, money, rule_fields, said_lines
from api.staff.rules.rule_hours import told_hours
from api.staff.rules.rule_lines import LINE_FORMS, written_lines
from api.staff.rules.rule_tables import TABLED, table_facts
from locker.services.policies import BODIES, NoticeTexts, RuleBody, Tariff, Teams, differences, holding, to_come
from locker.services.policies import RuleKind as Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.staff.localized_text import LocalizedText
    from locker.services.policies import RuleKind, RuleVersion

_STAFF = "staff:"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One kind in the list of all. `loud`: somebody should look at it again by now."""

    kind: str
    name: str
    holds: str
    next: str
    review: str
    loud: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the list of a kind; `mark` where it holds or is to come."""

    number: int
    when: str
    who: str
    reason: str
    mark: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """The page of one kind."""

    kind: str
    name: str
    title: str
    facts: Sequence[tuple[str, str]]
    owner: str
    review: str
    versions: Sequence[VersionRow]
    undo: str


@dataclass(frozen=True, slots=True)
class Change:
    """One place where what will hold differs from what held."""

    what: str
    before: str
    after: str


def rule_row(kind: RuleKind, versions: Sequence[RuleVersion], text: LocalizedText) -> RuleRow:
    """What holds of one kind, in a line."""
    t, now = text.translate, text.now
    holds, ahead = holding(versions, now), to_come(versions, now)
    due = holds is not None and holds.review_on <= text.date_of(now)
    following = t("panel.rule_next", v=ahead[0].version, at=text.date_and_time(ahead[0].starts_at)) if ahead else ""
    return RuleRow(
        kind.value,
        rule_name(kind, text),
        _holds(holds, text),
        following,
        text.day(holds.review_on) if holds is not None else "",
        due,
    )


def list_title(rows: Sequence[RuleRow], changed: int, text: LocalizedText) -> str:
    """The state of all rules in one sentence."""
    loud = sum(row.loud for row in rows)
    if loud:
        return text.translate("panel.rules_due", n=loud)
    return text.translate("panel.rules_changed", n=changed) if changed else text.translate("panel.rules_as_delivered")


def rule_name(kind: RuleKind, text: LocalizedText) -> str:
    """What people call a kind."""
    name = text.translate(f"panel.rule_{kind.value}")
    return name[:1].upper() + name[1:]


def rule_view(kind: RuleKind, versions: Sequence[RuleVersion], text: LocalizedText) -> RuleView:
    """One kind: what holds, every version the newest first, and what undoing would take back."""
    now, t = text.now, text.translate
    holds, ahead = holding(versions, now), to_come(versions, now)
    body = holds.body if holds is not None else BODIES[kind]()
    last = versions[-1] if versions else None
    can_undo = last is not None and (last.ends_at is None or last.ends_at > now)
    return RuleView(
        kind.value,
        rule_name(kind, text),
        _title(kind, holds, ahead, text),
        body_facts(body, text),
        author(holds.author, text) if holds is not None else t("panel.rule_owner_none"),
        text.day(holds.review_on) if holds is not None else t("panel.rule_review_none"),
        [_version(each, holds, ahead, text) for each in reversed(versions)],
        t("panel.rule_undo_sure", v=last.version) if can_undo and last is not None else "",
    )


def _title(kind: RuleKind, holds: RuleVersion | None, ahead: Sequence[RuleVersion], text: LocalizedText) -> str:
    t, name = text.translate, rule_name(kind, text)
    if ahead and (holds is None or holds.ends_at is None or holds.ends_at >= ahead[0].starts_at):
        number = ahead[0].version
        return t("panel.rule_title_next", name=name, v=number, at=text.date_and_time(ahead[0].starts_at))
    if holds is None:
        return t("panel.rule_title_none", name=name)
    if holds.ends_at is not None:
        return t("panel.rule_title_until", name=name, v=holds.version, at=text.date_and_time(holds.ends_at))
    return t("panel.rule_title", name=name, v=holds.version)


def _holds(holds: RuleVersion | None, text: LocalizedText) -> str:
    if holds is None:
        return text.translate("panel.rule_delivered")
    since, who = text.date_and_time(holds.starts_at), author(holds.author, text)
    if holds.ends_at is not None:
        until = text.date_and_time(holds.ends_at)
        return text.translate("panel.rule_holds_until", v=holds.version, who=who, at=until)
    return text.translate("panel.rule_holds", v=holds.version, who=who, at=since)


def _version(
    version: RuleVersion, holds: RuleVersion | None, ahead: Sequence[RuleVersion], text: LocalizedText
) -> VersionRow:
    t = text.translate
    since = text.date_and_time(version.starts_at)
    if version.ends_at is not None:
        when = t("panel.rule_from_until", at=since, until=text.date_and_time(version.ends_at))
    else:
        when = t("panel.rule_from", at=since)
    mark = t("panel.rule_in_force") if version is holds else t("panel.rule_to_come") if version in ahead else ""
    return VersionRow(version.version, when, author(version.author, text), version.reason, mark)


def author(by: str, text: LocalizedText) -> str:
    """Who wrote a version, as people read it."""
    if by.startswith(_STAFF):
        return by.removeprefix(_STAFF)
    if by.startswith("token:"):
        return text.translate("panel.by_token", name=by.removeprefix("token:"))
    return text.translate("panel.by_itself" if by == "cabinet" else "panel.by_command_line")


def body_facts(body: RuleBody, text: LocalizedText) -> list[tuple[str, str]]:
    """What a body says, field by field."""
    plain = body.model_dump(mode="json")
    decimals = body.decimals if isinstance(body, Tariff) else 0
    return [
        (field_name(field.name, text), shown(field, plain[field.name], decimals, text))
        for field in rule_fields(body.kind)
        if field.widget is not Widget.LINES
    ] + _line_facts(body, text)


def _line_facts(body: RuleBody, text: LocalizedText) -> list[tuple[str, str]]:
    if isinstance(body, NoticeTexts):
        return [
            (f"{language}, {template}", said)
            for language, texts in body.texts.items()
            for template, said in texts.items()
        ]
    if isinstance(body, Teams):
        comma = text.translate("panel.list_comma")
        return [
            (each.name, f"{comma.join(choice_name(one, text) for one in each.queues)}: {comma.join(each.members)}")
            for each in body.teams
        ]
    plain = body.model_dump(mode="json")
    lined = [each.name for each in rule_fields(body.kind) if each.widget is Widget.LINES]
    if body.kind in LINE_FORMS:
        lines = [line for name in lined for line in written_lines(body.kind, plain[name])]
        return [(name, rest) for name, _, rest in (_headed(line) for line in lines)]
    if body.kind in BY_LANGUAGE:
        return [
            (f"{field_name(name, text)}, {language}", line)
            for name in lined
            for language, line in said_lines(plain[name])
        ]
    if body.kind in TABLED:
        return table_facts(body, text)
    if body.kind is Kind.PROMISES:
        return [
            (each["name"], f"{each['within']} {text.translate('panel.rule_unit_' + each['unit'])} {each['company']}")
            for each in body.model_dump(mode="json")["promises"]
        ]
    return []


def _headed(line: str) -> tuple[str, str, str]:
    """A line of an entry: what it is called, and what it says."""
    return line.partition(": ") if ": " in line else line.partition(" ")


def field_name(name: str, text: LocalizedText) -> str:
    """What people call a field."""
    return text.translate(f"panel.rule_field_{name}")


def choice_name(choice: str, text: LocalizedText) -> str:
    """What people call a word of a body; sizes are called so."""
    return text.translate(f"panel.rule_choice_{choice}") if choice.islower() else choice


def shown(field: RuleField, value: object, decimals: int, text: LocalizedText) -> str:
    """One value as people read it."""
    if field.widget is Widget.HOURS:
        assert value is None or isinstance(value, list), "hours of a day are a list, or not said"
        return told_hours(field.name, value, text)
    if isinstance(value, bool):
        return text.translate("panel.yes" if value else "panel.no")
    if field.widget is Widget.MONEY and isinstance(value, int):
        return money(value, decimals)
    if isinstance(value, list):
        words = [choice_name(each, text) if field.choices else str(each) for each in value]
        return text.translate("panel.list_comma").join(words) or text.translate("panel.rule_none")
    return choice_name(str(value), text) if field.choices else str(value)


def changes(before: RuleBody, after: RuleBody, text: LocalizedText) -> list[Change]:
    """What is different, each place with what stood and what will stand there."""
    fields = {each.name: each for each in rule_fields(before.kind)}
    decimals = [each.decimals if isinstance(each, Tariff) else 0 for each in (before, after)]
    rows = []
    for each in differences(before, after):
        name, _, rest = each.path.partition(".")
        told = [
            text.translate("panel.rule_none")
            if value is None and fields[name].widget is not Widget.HOURS
            else shown(fields[name], value, places, text)
            for value, places in zip((each.before, each.after), decimals, strict=True)
        ]
        rows.append(Change(rest.replace(".", " ") if rest else field_name(name, text), *told))
    return rows
