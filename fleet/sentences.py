"""The sentences of the centre's pages, from the gettext catalogues in `locales/`; a message id is a key."""

from __future__ import annotations

import gettext
import io
import re
from datetime import datetime
from functools import cache
from pathlib import Path

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("en", "zh-CN", "zh-TW")
_CAPITAL = re.compile(r"[A-Z]")
_JUDGED = (
    (re.compile(r"it does not see (?P<doors>[^:;]+)$"), "fleet.judged_unseen"),
    (re.compile(r"it is not ready$"), "fleet.judged_deaf"),
    (re.compile(r"it cannot record, so it opens no door$"), "fleet.judged_sealed"),
    (re.compile(r"it was cut short before anything was changed$"), "fleet.judged_cut"),
    (re.compile(r"\S+ idle: somebody is at (?P<doors>[^:;]+)$"), "fleet.judged_visitor"),
)
"""What a locker says when a version was not kept, which is not in the language of the page."""
_CAUSE = re.compile(r"fleet\.why_[a-z_]+")


@cache
def _catalogue(language: str) -> gettext.GNUTranslations:
    with (LOCALES / language / "fleet.po").open("rb") as source:
        catalogue = read_po(source, locale=language.replace("-", "_"))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(language: str, key: str, /, **fills: object) -> str:
    """The sentence of `key`; `n` chooses the plural form."""
    number = fills.get("n")
    catalogue = _catalogue(language)
    text = catalogue.ngettext(key, key, number) if isinstance(number, int) else catalogue.gettext(key)
    return text.format_map(fills) if fills else text


def event_words(language: str, kind: str) -> str:
    """What an event is called; one that has no sentence yet, by its own name in words."""
    key = f"fleet.event_{kind}"
    text = translate(language, key)
    return _CAPITAL.sub(lambda found: f" {found[0].lower()}", kind).strip().capitalize() if text == key else text


def cause(language: str, text: str) -> str:
    """Why something stopped, in the language of the page; unknown words of a locker stay as they are."""
    for pattern, key in _JUDGED:
        if found := pattern.search(text):
            return text[: found.start()] + translate(language, key, **found.groupdict())
    return _CAUSE.sub(lambda found: translate(language, found[0]), text)


def language_of(header: str, chosen: str | None) -> str:
    """The language that was chosen, or the first that a browser asks for and we have."""
    if chosen in LANGUAGES:
        return chosen
    for part in header.split(","):
        tag = part.partition(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-TW" if any(each in tag for each in ("tw", "hk", "hant", "mo")) else "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "en"


def moment(language: str, at: datetime | None) -> str:
    """A time as people of this language write it, in UTC; empty for none."""
    pattern = "M月d日 HH:mm" if language.startswith("zh") else "d MMM, HH:mm"
    return format_datetime(at, pattern, locale=_locale(language)) if at is not None else ""


def number(language: str, value: int) -> str:
    """A number with the separators of the language."""
    return format_decimal(value, locale=_locale(language))


def _locale(language: str) -> str:
    return {"zh-CN": "zh_Hans_CN", "zh-TW": "zh_Hant_TW"}.get(language, "en_GB")
