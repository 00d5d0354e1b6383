"""What an import of residents would do, row by row, before anything is done. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.services.people.phone_numbers import plain_phone
from locker.text_folding import folded_name, folded_unit, names_nobody, nfkc, visible_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from locker.services.people.residents import Person

COLUMNS = ("unit", "name", "phone", "email", "language", "consent", "low_door")
_WORDS: Mapping[str, str] = {
    "unit": "unit apartment apt flat room 房号 房號 房间 戶號 户号 门牌 門牌 门牌号 單位 单元",
    "name": "name resident fullname full_name 姓名 名字 住户 住戶 收件人",
    "phone": "phone mobile cell tel telephone 手机 手機 手机号 手机号码 手機號碼 电话 電話 联系电话",
    "email": "email e-mail mail 邮箱 電子郵件 信箱 电子邮件 电邮",
    "language": "language lang 语言 語言",
    "consent": "consent 同意 入柜 入櫃 是否入柜 是否入櫃",
    "low_door": "low_door lowdoor low 低柜 低櫃 低处柜门",
}
_HEADINGS = {name: frozenset(words.split()) for name, words in _WORDS.items()}
_LANGUAGES = {
    **dict.fromkeys(("zh-cn", "zh", "chinese", "简体", "简体中文", "中文"), "zh-CN"),
    **dict.fromkeys(("zh-tw", "繁體", "繁體中文", "繁体"), "zh-TW"),
    **dict.fromkeys(("en", "english", "英文", "英语"), "en"),
}
_YES = frozenset({"yes", "y", "true", "1", "是", "同意", "可"})
_NO = frozenset({"no", "n", "false", "0", "否", "不同意", "不可"})
_ASK = frozenset({"", "ask", "询问", "詢問", "每次询问"})
_EXPONENT = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}.*|\d{1,2}[-/](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_ALIKE = str.maketrans("OoIl", "0011")


class RowFault(StrEnum):
    """Why a row stays out."""

    UNIT = "unit"
    UNIT_DAY = "unit-day"
    UNIT_LETTER = "unit-letter"
    NAME = "name"
    PHONE = "phone"
    PHONE_DAMAGED = "phone-damaged"
    EMAIL = "email"
    LANGUAGE = "language"
    CONSENT = "consent"
    TWICE = "twice"


class RowEffect(StrEnum):
    """What a good row does."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of the file, numbered as a spreadsheet does. None: the file says nothing of it, so it stays as it is.

    `known`: the id of the record that it is about. `instead`: what the cell at fault may have meant.
    """

    number: int
    unit: str = field(repr=False)
    name: str = field(repr=False)
    phone: str | None = field(repr=False, default=None)
    email: str | None = field(repr=False, default=None)
    language: str | None = None
    consent: bool | None = None
    says_consent: bool = False
    low_door: bool | None = None
    fault: RowFault | None = None
    instead: str = ""
    effect: RowEffect | None = None
    known: str = ""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Every row of the file, and how many residents are not in it."""

    rows: tuple[ImportRow, ...]
    absent: int

    @property
    def faults(self) -> tuple[ImportRow, ...]:
        """Rows that stay out."""
        return tuple(row for row in self.rows if row.fault is not None)

    def of(self, effect: RowEffect) -> tuple[ImportRow, ...]:
        """Rows that do this."""
        return tuple(row for row in self.rows if row.fault is None and row.effect is effect)

    @property
    def work(self) -> tuple[ImportRow, ...]:
        """Rows that change something."""
        return self.of(RowEffect.NEW) + self.of(RowEffect.CHANGED)


def guessed_columns(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], bool]:
    """What stands in each column, empty for what is not taken; and whether the first row is its heading."""
    heading = [folded_name(cell).replace(" ", "_") for cell in rows[0]]
    found = [next((name for name, words in _HEADINGS.items() if cell in words), "") for cell in heading]
    known = ["" if name in found[:at] else name for at, name in enumerate(found)]
    if {"unit", "name"} & set(known):
        return tuple(known), True
    width = len(rows[0])
    return tuple([*COLUMNS[:3], *[""] * width][:width]), False


def plan_import(
    rows: Sequence[Sequence[str]], columns: Sequence[str], *, heading: bool, residents: Iterable[Person],
    dialled: Callable[[str], str],
) -> ImportPlan:  # fmt: skip
    """What each row would do. `dialled`: a number as this cabinet keeps it."""
    people = {(folded_unit(each.unit), folded_name(each.name)): each for each in residents}
    units = {unit for unit, _ in people}
    seen: dict[tuple[str, str], int] = {}
    planned = []
    for number, cells in enumerate(rows[1:] if heading else rows, 2 if heading else 1):
        row = _row(number, dict(zip(columns, cells, strict=False)), units, dialled)
        key = (folded_unit(row.unit), folded_name(row.name))
        if row.fault is None and key in seen:
            row = _faulty(row, RowFault.TWICE, str(seen[key]))
        if row.fault is None:
            seen[key] = number
            row = _with_effect(row, people.get(key))
        planned.append(row)
    return ImportPlan(tuple(planned), sum(key not in seen for key in people))


def _row(number: int, cells: Mapping[str, str], units: set[str], dialled: Callable[[str], str]) -> ImportRow:
    # A leading apostrophe is how our own table keeps a spreadsheet from reckoning.
    said = {name: cells.get(name, "").removeprefix("'").strip() for name in COLUMNS}
    row = ImportRow(number, visible_name(said["unit"]), visible_name(said["name"]))
    fault, instead = _fault(row, said, units)
    if fault is not None:
        return _faulty(row, fault, instead)
    consent, low = said["consent"].casefold(), said["low_door"].casefold()
    return ImportRow(
        number,
        row.unit,
        row.name,
        phone=dialled(said["phone"]) if said["phone"] else None,
        email=said["email"] or None,
        language=_LANGUAGES.get(said["language"].casefold()),
        consent=True if consent in _YES else False if consent in _NO else None,
        says_consent=bool(consent),
        low_door=True if low in _YES else False if low in _NO else None,
    )


def _fault(row: ImportRow, said: Mapping[str, str], units: set[str]) -> tuple[RowFault | None, str]:
    phone, unit = said["phone"], folded_unit(row.unit)
    alike = folded_unit(row.unit.translate(_ALIKE))
    faults: tuple[tuple[bool, RowFault, str], ...] = (
        (not 1 <= len(row.unit) <= 40, RowFault.UNIT, ""),
        (bool(_DAY.fullmatch(row.unit)), RowFault.UNIT_DAY, row.unit),
        (unit not in units and alike != unit and alike in units, RowFault.UNIT_LETTER, row.unit.translate(_ALIKE)),
        (names_nobody(row.name) or len(row.name) > 60, RowFault.NAME, ""),
        (bool(_EXPONENT.fullmatch(nfkc(phone))), RowFault.PHONE_DAMAGED, phone),
        (bool(phone) and not 5 <= len(plain_phone(phone).lstrip("+")) <= 15, RowFault.PHONE, ""),
        (bool(said["email"]) and not _MAIL.fullmatch(said["email"]), RowFault.EMAIL, ""),
        (bool(said["language"]) and said["language"].casefold() not in _LANGUAGES, RowFault.LANGUAGE, ""),
        (said["consent"].casefold() not in _YES | _NO | _ASK, RowFault.CONSENT, said["consent"][:20]),
    )
    return next(((fault, instead) for wrong, fault, instead in faults if wrong), (None, ""))


def _faulty(row: ImportRow, fault: RowFault, instead: str) -> ImportRow:
    return ImportRow(row.number, row.unit, row.name, fault=fault, instead=instead)


def _with_effect(row: ImportRow, known: Person | None) -> ImportRow:
    """What the row does to the record of this unit and name, and how that would look afterwards."""
    if known is None:
        return _settled(row, RowEffect.NEW, "", None)
    now = (known.phone, known.email, known.language, known.consent, known.reach)
    then = (
        row.phone if row.phone is not None else known.phone,
        row.email if row.email is not None else known.email,
        row.language or known.language,
        row.consent if row.says_consent else known.consent,
        row.low_door if row.low_door is not None else known.reach,
    )
    return _settled(row, RowEffect.SAME if now == then else RowEffect.CHANGED, known.id, known)


def _settled(row: ImportRow, effect: RowEffect, resident: str, known: Person | None) -> ImportRow:
    return ImportRow(
        row.number,
        row.unit,
        row.name,
        phone=row.phone if row.phone is not None else known.phone if known else "",
        email=row.email if row.email is not None else known.email if known else "",
        language=row.language or (known.language if known else None),
        consent=row.consent if row.says_consent or known is None else known.consent,
        low_door=row.low_door if row.low_door is not None else known.reach if known else False,
        effect=effect,
        known=resident,
    )
