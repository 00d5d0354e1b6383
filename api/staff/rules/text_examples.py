"""Texts of notices as whoever is told would read them, before they are in force, and what is wrong with them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.i18n import LANGUAGE_NAMES
from api.staff.rules.rule_fields import read
from locker.services.notices import LONGEST_TEXT, NoticeTemplate, changed_templates, rule_text_faults
from locker.services.policies import NoticeTexts, RuleKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.staff.localized_text import LocalizedText
    from locker.services.notices import ExampleNotice, NoticeExamples
    from locker.services.policies import RuleBody


@dataclass(frozen=True, slots=True)
class Reading:
    """One notice in one language. `alarm`: why it would not be sent; `mark`: that the rule has no words for it."""

    language: str
    name: str
    text: str
    facts: str
    alarm: str
    mark: str


@dataclass(frozen=True, slots=True)
class TextExample:
    """One notice in all languages, behind a line that opens."""

    name: str
    readings: Sequence[Reading]


def new_examples(before: RuleBody, after: RuleBody, examples: NoticeExamples, text: LocalizedText) -> list[TextExample]:
    """The notices that would read otherwise than before; none of another rule."""
    if not isinstance(before, NoticeTexts) or not isinstance(after, NoticeTexts):
        return []
    return _examples(changed_templates(before, after), after, examples, text)


def own_examples(body: RuleBody, examples: NoticeExamples, text: LocalizedText) -> list[TextExample]:
    """The notices for which the rule that holds has words; none of another rule."""
    if not isinstance(body, NoticeTexts):
        return []
    return _examples(changed_templates(NoticeTexts(), body), body, examples, text)


def fault_sentences(kind: RuleKind, form: Mapping[str, str], text: LocalizedText) -> list[str]:
    """What is wrong with each text of a filled form, a sentence a fault; none where it cannot be read at all."""
    if kind is not RuleKind.NOTICE_TEXTS:
        return []
    try:
        body = read(kind, form)
    except ValueError:
        return []
    assert isinstance(body, NoticeTexts), "a body is of its kind"
    known = {each.value for each in NoticeTemplate}
    return [
        text.translate(
            f"panel.text_wrong_{fault.kind.value}",
            language=LANGUAGE_NAMES[language],
            name=notice_name(name, text) if name in known else name,
            value=f"{{{fault.value}}}",
            most=LONGEST_TEXT,
        )
        for language, name, fault in rule_text_faults(body)
    ]


def notice_name(template: str, text: LocalizedText) -> str:
    """What people call a notice."""
    return text.translate(f"panel.notice_{template.replace('-', '_')}")


def _examples(
    templates: Iterable[NoticeTemplate], body: NoticeTexts, examples: NoticeExamples, text: LocalizedText
) -> list[TextExample]:
    return [
        TextExample(notice_name(each.value, text), [_reading(one, text) for one in examples.of(each, body)])
        for each in templates
    ]


def _reading(one: ExampleNotice, text: LocalizedText) -> Reading:
    t = text.translate
    way = t("panel.text_by_mail", subject=one.subject) if one.subject else t("panel.text_to_carrier")
    empty = t("panel.list_comma").join(f"{{{name}}}" for name in one.missing)
    return Reading(
        one.language,
        LANGUAGE_NAMES[one.language],
        one.text,
        t("panel.comma").join([t("panel.text_length", n=len(one.text)), way]),
        t("panel.text_not_sent", names=empty) if one.missing else "",
        "" if one.own else t("panel.text_as_delivered"),
    )
