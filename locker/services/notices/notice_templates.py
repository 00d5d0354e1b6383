"""The catalogue of notices: which there are, what each must say, and its words in each language, read from data.

The words stand in `texts/LANGUAGE.toml`. A site may put its own beside them (`[notices] texts`). What lacks a word that
a notice must say is refused when it is read, at the start, not when somebody waits for it.
"""

from __future__ import annotations

import hashlib
import string
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locker.errors import SettingsError
from locker.frozen import dataclass
from locker.services.policies import NoticeTexts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from locker.services.policies import RuleBody

LANGUAGES = ("en", "zh-CN", "zh-TW")
LONGEST_TEXT = 1000
_OWN_TEXTS = Path(__file__).parent / "texts"


class NoticeTemplate(StrEnum):
    """Why somebody is written to."""

    ARRIVAL = "arrival"
    REMINDER = "reminder"
    LAST_WARNING = "last-warning"
    OVERDUE = "overdue"
    MOVED = "moved"
    WITH_STAFF = "with-staff"
    WITHDRAWN = "withdrawn"
    NOT_YOURS = "not-yours"
    RETURNED = "returned"
    COLLECTED = "collected"
    DELEGATE = "delegate"
    CONTACT_OLD = "contact-old"
    CONTACT_NEW = "contact-new"
    CONTACT_CHANGED = "contact-changed"
    STAFF_ALARM = "staff-alarm"
    INCIDENT = "incident"
    SERVICE_CHANGE = "service-change"
    PRE_ARRIVAL = "pre-arrival"
    SURVEY = "survey"
    FOR_CARRIER = "for-carrier"
    HANDED_OVER = "handed-over"
    REPORT = "report"
    CASE_OPENED = "case-opened"
    CASE_NEWS = "case-news"
    CARRIER_CASE = "carrier-case"
    CARRIER_REPORT = "carrier-report"
    BOOKED = "booked"
    COURIER_JOB = "courier-job"
    COURIER_ETA = "courier-eta"

    @property
    def of_case(self) -> bool:
        """True when it tells whoever opened a case what becomes of it."""
        return self in {NoticeTemplate.CASE_OPENED, NoticeTemplate.CASE_NEWS}

    @property
    def broadcast(self) -> bool:
        """True when staff write what it says, for many at once."""
        return self in {NoticeTemplate.INCIDENT, NoticeTemplate.SERVICE_CHANGE}

    @property
    def from_table(self) -> bool:
        """True when what it says stands in the table of broadcasts: staff wrote it, or a report was made of it."""
        return self.broadcast or self is NoticeTemplate.REPORT

    @property
    def to_carrier(self) -> bool:
        """True when a company's system is told, and no person."""
        return self in _TO_CARRIER

    @property
    def has_link(self) -> bool:
        """True when it leads to the recipient's own page."""
        return self.of_waiting_parcel or self in {NoticeTemplate.PRE_ARRIVAL, NoticeTemplate.SURVEY}

    @property
    def tells_code(self) -> bool:
        """True when it holds the code: it is sent only while that code opens a door."""
        return self in _TELL_CODE

    @property
    def of_waiting_parcel(self) -> bool:
        """True when it is pointless once the parcel is gone."""
        return self in _TELL_CODE or self in {NoticeTemplate.MOVED, NoticeTemplate.WITH_STAFF}


_TELL_CODE = frozenset(
    {NoticeTemplate.ARRIVAL, NoticeTemplate.REMINDER, NoticeTemplate.LAST_WARNING, NoticeTemplate.OVERDUE}
)
_TO_CARRIER = frozenset(
    {
        *(NoticeTemplate.FOR_CARRIER, NoticeTemplate.CARRIER_CASE, NoticeTemplate.CARRIER_REPORT),
        NoticeTemplate.COURIER_JOB,
    }
)
_ALL_OF_A_CODE = ("locker", "address", "code", "deadline", "free_hours", "help_phone")

# What a notice must say: its words must have a place for it, and it is not sent while one of these is empty (NTF-03).
REQUIRED_VALUES: Mapping[NoticeTemplate, tuple[str, ...]] = {
    **dict.fromkeys(_TELL_CODE, _ALL_OF_A_CODE),
    NoticeTemplate.MOVED: ("locker", "help_phone"),
    NoticeTemplate.WITH_STAFF: ("locker", "help_phone"),
    NoticeTemplate.WITHDRAWN: ("locker", "help_phone"),
    NoticeTemplate.NOT_YOURS: ("locker", "help_phone"),
    NoticeTemplate.RETURNED: ("locker", "help_phone"),
    NoticeTemplate.COLLECTED: ("locker", "at", "help_phone"),
    NoticeTemplate.DELEGATE: ("locker", "at", "help_phone"),
    NoticeTemplate.CONTACT_OLD: ("locker", "confirmation", "help_phone"),
    NoticeTemplate.CONTACT_NEW: ("locker", "confirmation"),
    NoticeTemplate.CONTACT_CHANGED: ("locker", "help_phone"),
    NoticeTemplate.STAFF_ALARM: ("locker", "what"),
    NoticeTemplate.INCIDENT: ("locker", "what", "help_phone"),
    NoticeTemplate.SERVICE_CHANGE: ("locker", "what", "effective", "help_phone"),
    NoticeTemplate.PRE_ARRIVAL: ("locker", "address", "company", "window", "help_phone"),
    NoticeTemplate.SURVEY: ("locker", "link"),
    NoticeTemplate.FOR_CARRIER: ("locker", "tracking", "what"),
    NoticeTemplate.HANDED_OVER: ("locker", "company", "at", "help_phone"),
    NoticeTemplate.REPORT: ("locker", "what"),
    NoticeTemplate.CASE_OPENED: ("locker", "case", "help_phone"),
    NoticeTemplate.CASE_NEWS: ("locker", "case", "help_phone"),
    NoticeTemplate.CARRIER_CASE: ("locker", "case", "what"),
    NoticeTemplate.CARRIER_REPORT: ("locker", "month", "cases"),
    NoticeTemplate.BOOKED: ("locker", "company", "booked", "number", "until", "help_phone"),
    NoticeTemplate.COURIER_JOB: ("locker", "address", "number", "courier", "until"),
    NoticeTemplate.COURIER_ETA: ("locker", "company", "at", "help_phone"),
}
# What it may say besides; empty where nobody knows it.
OPTIONAL_VALUES: Mapping[NoticeTemplate, tuple[str, ...]] = {
    **dict.fromkeys(_TELL_CODE, ("company", "link", "fee_rule", "kept")),
    NoticeTemplate.MOVED: ("address", "company", "link"),
    NoticeTemplate.WITH_STAFF: ("address", "company", "link", "kept"),
    NoticeTemplate.WITHDRAWN: ("address", "company"),
    NoticeTemplate.NOT_YOURS: ("address", "company"),
    NoticeTemplate.RETURNED: ("address", "company"),
    NoticeTemplate.COLLECTED: ("address", "company"),
    NoticeTemplate.DELEGATE: ("address", "company"),
    NoticeTemplate.CONTACT_OLD: (),
    NoticeTemplate.CONTACT_NEW: ("help_phone",),
    NoticeTemplate.CONTACT_CHANGED: (),
    NoticeTemplate.STAFF_ALARM: ("address", "at"),
    NoticeTemplate.INCIDENT: ("address", "effective", "contact"),
    NoticeTemplate.SERVICE_CHANGE: ("address",),
    NoticeTemplate.PRE_ARRIVAL: ("link",),
    NoticeTemplate.SURVEY: ("address", "company", "help_phone"),
    NoticeTemplate.FOR_CARRIER: ("address", "at", "on", "to"),
    NoticeTemplate.HANDED_OVER: ("address", "number", "promise", "receipt"),
    NoticeTemplate.REPORT: ("address",),
    NoticeTemplate.CASE_OPENED: ("address",),
    NoticeTemplate.CASE_NEWS: ("address",),
    NoticeTemplate.CARRIER_CASE: ("address", "tracking", "at"),
    NoticeTemplate.CARRIER_REPORT: ("address", "company"),
    NoticeTemplate.BOOKED: ("address",),
    NoticeTemplate.COURIER_JOB: ("window", "company"),
    NoticeTemplate.COURIER_ETA: ("address", "changed"),
}


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """The words of one notice in one language. `version` is another for other words, and the same for the same."""

    text: str

    @property
    def version(self) -> str:
        """The first letters of the SHA-256 of the words: nobody need count, and nobody can forget to."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]


Catalogue = dict[str, dict[NoticeTemplate, NoticeWords]]


def read_catalogue(own: Path | None = None) -> Catalogue:
    """Every notice in every language, with those words of the site's `own` folder that differ.

    Raises SettingsError with one line a fault, naming file and notice.
    """
    catalogue: Catalogue = {language: _read(_OWN_TEXTS / f"{language}.toml") for language in LANGUAGES}
    faults = [fault for language in LANGUAGES for fault in _missing(language, catalogue[language])]
    if own is not None:
        try:
            files = sorted(own.glob("*.toml")) if own.is_dir() else None
        except OSError:
            files = None
        if files is None:
            raise SettingsError([f"notices.texts: {own} is no folder that can be read"])
        for file in files:
            if file.stem not in LANGUAGES:
                faults.append(f"notices.texts: {file.name}: name it by a language: {', '.join(LANGUAGES)}")
            else:
                catalogue[file.stem] |= _read(file)
    if faults:
        raise SettingsError(faults)
    return catalogue


def _missing(language: str, words: Mapping[NoticeTemplate, NoticeWords]) -> Iterator[str]:
    for template in NoticeTemplate:
        if template not in words:
            yield f"notices.texts: {language}.toml: {template.value} is missing"


def _read(file: Path) -> dict[NoticeTemplate, NoticeWords]:
    try:
        tables: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise SettingsError([f"notices.texts: {file.name}: cannot be read: {fault}"]) from fault
    words, faults = dict[NoticeTemplate, NoticeWords](), list[str]()
    for name, table in tables.items():
        where = f"notices.texts: {file.name}: {name}"
        if name not in {each.value for each in NoticeTemplate}:
            faults.append(f"{where} is not a known notice")
        elif not isinstance(table, dict) or set(table) != {"text"} or not isinstance(table["text"], str):
            faults.append(f"{where} has one key, text")
        else:
            faults += [f"{where} {fault}" for fault in text_faults(NoticeTemplate(name), table["text"])]
            words[NoticeTemplate(name)] = NoticeWords(table["text"])
    if faults:
        raise SettingsError(faults)
    return words


class TextFaultKind(StrEnum):
    """What is wrong with words of a notice."""

    BRACES = "braces"
    LACKS = "lacks"
    NAMES = "names"
    FORM = "form"
    LONG = "long"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TextFault:
    """One fault; `value`: the name that lacks, or that nobody can fill in."""

    kind: TextFaultKind
    value: str = ""

    def __str__(self) -> str:
        """The fault behind the name of the notice, in English."""
        return _FAULTS[self.kind].format(value=f"{{{self.value}}}", most=LONGEST_TEXT)


_FAULTS = {
    TextFaultKind.BRACES: "has a brace too many or too few",
    TextFaultKind.LACKS: "lacks {value}",
    TextFaultKind.NAMES: "names {value}, which nobody can fill in",
    TextFaultKind.FORM: "gives a form to a value: write the name alone",
    TextFaultKind.LONG: "is longer than {most} letters",
    TextFaultKind.UNKNOWN: "is not a known notice",
}


def text_faults(template: NoticeTemplate, text: str) -> list[TextFault]:
    """What is wrong with these words for this notice: what they must say and do not, and what nobody can fill in."""
    try:
        fields = [(name, form) for _, name, form, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:
        return [TextFault(TextFaultKind.BRACES)]
    required, names = REQUIRED_VALUES[template], {name for name, _ in fields}
    known = {*required, *OPTIONAL_VALUES[template]}
    faults = [TextFault(TextFaultKind.LACKS, name) for name in required if name not in names]
    faults += [TextFault(TextFaultKind.NAMES, name) for name in sorted(names - known)]
    if any(form for _, form in fields):
        faults.append(TextFault(TextFaultKind.FORM))
    if len(text) > LONGEST_TEXT:
        faults.append(TextFault(TextFaultKind.LONG))
    return faults


def rule_text_faults(body: NoticeTexts) -> list[tuple[str, str, TextFault]]:
    """Everything that is wrong with the texts of this rule: in which language, of which notice, and what."""
    known = {each.value for each in NoticeTemplate}
    return [
        (language, name, fault)
        for language, texts in body.texts.items()
        for name, text in texts.items()
        for fault in (text_faults(NoticeTemplate(name), text) if name in known else [TextFault(TextFaultKind.UNKNOWN)])
    ]


def check_texts(body: RuleBody) -> None:
    """Look whether notices can be written with the texts of this rule. Raises ValueError that names the first fault."""
    assert isinstance(body, NoticeTexts), "the rule of texts"
    for language, name, fault in rule_text_faults(body):
        raise ValueError(f"texts.{language}.{name}: {fault}")
