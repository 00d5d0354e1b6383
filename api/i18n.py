"""The sentences of all screens, from the gettext catalogues in `locales/`.

A message id is a key such as "collect.keypad_title", not an English sentence: one English word may need two
translations, English may be rewritten without touching the others, and the code of a refusal is its own key.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("zh-CN", "zh-TW", "en")
LANGUAGE_NAMES: Mapping[str, str] = {"zh-CN": "简体", "zh-TW": "繁體", "en": "English"}


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """All .po files of one language as one catalogue, compiled in memory: nobody needs a build step."""
    if language not in LANGUAGES:
        raise ValueError(f"no sentences in {language}")
    combined = gettext.NullTranslations()
    for path in sorted((LOCALES / language).glob("*.po")):
        with path.open("rb") as source:
            catalogue = read_po(source, locale=language.replace("-", "_"))
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        combined.add_fallback(gettext.GNUTranslations(compiled))
    return combined


def translate(language: str, key: str, /, **fills: object) -> str:
    """The sentence of `key` in `language`, with `{name}` filled in from `fills`.

    `n` among the fills chooses the plural form where the catalogue has one. A key without a sentence comes
    back as itself, so that a screen never fails for a word; a test holds that none is missing.
    """
    number = fills.get("n")
    catalogue = _catalogue(language)
    text = catalogue.ngettext(key, key, number) if isinstance(number, int) else catalogue.gettext(key)
    if text == key:
        text = catalogue.gettext(key)
    return text.format_map(fills) if fills else text
