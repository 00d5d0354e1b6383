"""What stands in templates and static files: no inline code, no act that nobody understands, scripts as released."""

# ruff: noqa: RUF001  Chinese punctuation is what is tested

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from api.kiosk import flow
from api.kiosk.screen_renderer import TEMPLATE_OF, grouped, shortened
from api.templates import clauses

WEB = Path(__file__).parents[2] / "api" / "web"
PAGES = sorted((WEB / "templates" / "kiosk").glob("*.html"))
VENDORED = {
    "signature_pad.umd.min.js": "e3ad651350055083e8f635d07598bc3a96f1e7be075977b49067d28803066af4",
    "htmx.min.js": "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de",
    "htmx-sse.min.js": "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
    "idiomorph-ext.min.js": "a6437e55b1b6a07bc421f0d230266a39399b6826c6ed19e0ed9c63b707444a5f",
}


def test_vendored_scripts_are_as_released():
    for name, digest in VENDORED.items():
        assert hashlib.sha256((WEB / "static" / "vendor" / name).read_bytes()).hexdigest() == digest
    assert "0BSD" in (WEB / "static" / "vendor" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_needs_inline_code_or_another_host(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|https?://", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_every_button_is_understood_and_every_act_has_a_button():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    buttons = set(re.findall(r'name="act" value="([a-z]+)', text)) | set(re.findall(r'act\("([a-z]+)"', text))
    buttons -= {"value"}
    assert buttons == flow.ACTS


def test_every_step_has_its_template():
    for name in TEMPLATE_OF.values():
        assert (WEB / "templates" / "kiosk" / f"{name}.html").is_file()


def test_every_icon_that_is_used_is_drawn():
    drawn = set(re.findall(r'id="i-([a-z]+)"', (WEB / "templates" / "icons.svg.html").read_text(encoding="utf-8")))
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r'icon\("([a-z]+)"', text)) | set(re.findall(r'picture="([a-z]+)"', text))
    assert named - drawn == set()


def test_a_chinese_title_breaks_after_punctuation_only():
    assert str(clauses("请放入包裹，然后推紧柜门")) == (
        '<span class="clause">请放入包裹，</span><span class="clause">然后推紧柜门</span>'
    )
    assert str(clauses("Put it in, then shut")) == "Put it in, then shut"
    assert "<b>" not in str(clauses("<b>，x"))


def test_a_number_is_shown_so_that_it_can_be_compared_with_its_label():
    assert shortened("SF1329884027716") == "SF…27716"
    assert shortened("12345678") == "12345678"
    assert grouped("SF1329884027716") == "SF1 3298 8402 7716"
