"""No sentence is missing in any language, none is left over, and all fill in the same things."""

# ruff: noqa: RUF001  Chinese punctuation is what is tested

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from api.cabinet_drawing import HEIGHTS
from api.i18n import LANGUAGES, LOCALES, translate
from api.kiosk.courier.hand_over import REASONS
from api.kiosk.courier.round_steps import CourierWord
from api.kiosk.courier.steps import Hindrance
from api.kiosk.values import ProblemKind
from locker.core.model import Seen, Use
from locker.core.parcel_words import MissingReason
from locker.core.reasons import RefusalReason
from locker.options import SiteOptions

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "api" / "web" / "templates"
MADE = {
    *(f"refused.{code.value}" for code in RefusalReason),
    *(f"use.{use.value}" for use in Use),
    *(f"seen.{seen.value}" for seen in Seen),
    *(f"report.{wrong.value}" for wrong in ProblemKind),
    *(f"check.{stop}{what.value}" for what in Hindrance for stop in ("", "stop_")),
    *(f"where.{side}{n}" for side in ("left", "right") for n in ("", "_n")),
    *(f"round.why_{why.value}" for why in MissingReason),
    *(f"cancel.{why.value}" for why in REASONS),
    *(f"tell.{word.value}" for word in CourierWord),
    *("care.liquid", "care.fragile"),
    *("where.nth", "where.above", "where.below", "where.head"),
    *(word for _, word in HEIGHTS),
}
GROUPS = "|".join(
    (
        *("common", "idle", "collect", "dropoff", "door", "report", "help", "display", "timeout", "outage", "gone"),
        *(
            "refused",
            "label",
            "putback",
            "all",
            "lost",
            "check",
            "rating",
            "lobby",
            "cancel",
            "terms",
            "tell",
            "pieces",
        ),
        *("fetch", "overdue", "outbound", "round", "receipt", "badge", "weather", "right"),
        *("incident", "inspect", "sign", "easy", "slip", "care"),
    )
)
KEY = re.compile(rf"""["']((?:{GROUPS})\.[a-z0-9_-]+)["']""")


def catalogue(name, language):
    with (LOCALES / language / f"{name}.po").open("rb") as source:
        return {
            message.id if isinstance(message.id, str) else message.id[0]: message
            for message in read_po(source)
            if message.id
        }


def texts(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def filled(message):
    return {field for text in texts(message) for _, field, _, _ in string.Formatter().parse(text) if field}


def used():
    found = set(MADE)
    for path in [*(TEMPLATES / "kiosk").glob("*.html"), *(ROOT / "api" / "kiosk").rglob("*.py")]:
        found |= set(KEY.findall(path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_UX_04_no_sentence_of_the_kiosk_is_missing(language):
    there = set(catalogue("kiosk", language)) | set(catalogue("cabinet", language))
    assert used() - there == set()
    assert there - used() == set()


@pytest.mark.parametrize("name", sorted({path.stem for path in LOCALES.glob("*/*.po")}))
def test_every_catalogue_is_complete_and_alike_in_all_languages(name):
    all_three = {language: catalogue(name, language) for language in LANGUAGES}
    keys = {language: set(messages) for language, messages in all_three.items()}
    assert keys["zh-CN"] == keys["zh-TW"] == keys["en"]
    for key in keys["en"]:
        fills = [filled(all_three[language][key]) for language in LANGUAGES]
        assert fills[0] == fills[1] == fills[2], key
        for language in LANGUAGES:
            assert all(text.strip() for text in texts(all_three[language][key])), (key, language)
            assert not all_three[language][key].fuzzy, (key, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_keep_to_the_house_style(language):
    for key, message in catalogue("kiosk", language).items():
        for text in texts(message):
            assert "!" not in text, key
            assert "！" not in text, key
            if language == "en":
                assert not re.search(r"\b(please|error|invalid|retrieve|pick up)\b", text, re.IGNORECASE), key
            else:
                assert not re.search(r"[一-鿿][,;:?]", text), key


def test_every_code_of_a_refusal_has_its_sentence_in_each_language():
    for language in LANGUAGES:
        for code in RefusalReason:
            assert translate(language, f"refused.{code.value}", n=3) != f"refused.{code.value}"


def test_one_second_is_not_one_seconds():
    assert translate("en", "timeout.hint", n=1) == "This screen closes in 1 second. Nothing is lost."
    assert translate("en", "timeout.hint", n=2) == "This screen closes in 2 seconds. Nothing is lost."
    assert translate("zh-CN", "timeout.hint", n=1) == "本页面将在 1 秒后关闭，包裹不受影响。"


def test_a_key_without_a_sentence_is_shown_as_it_is_and_never_fails():
    assert translate("en", "nothing.here", n=1) == "nothing.here"
    with pytest.raises(ValueError, match="fr"):
        translate("fr", "common.back")


@pytest.mark.parametrize("path", sorted((ROOT / "api" / "kiosk").rglob("*.py")), ids=lambda path: path.name)
def test_no_sentence_stands_in_the_code_of_the_kiosk(path):
    strings = [
        node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)
    ]
    chinese = [text for text in strings if isinstance(text, str) and re.search(r"[一-鿿]", text)]
    assert chinese == []


def test_a_name_has_its_own_word_in_a_language_or_stays_as_it_is():
    site = SiteOptions(id="x", name="Riverside Court", names={"SF Express": {"zh-CN": "顺丰速运"}})
    assert site.called("SF Express", "zh-CN") == "顺丰速运"
    assert site.called("SF Express", "en") == "SF Express"
    assert site.called("JD", "zh-CN") == "JD"
