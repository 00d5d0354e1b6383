"""Every screen of the touchscreen in usual text: axe-core and a designer's eye find nothing on any of them."""

from __future__ import annotations

import pytest
from browser_every_screen import CUT, HELD, TEMPLATES, Drawing, looked_at, served
from browser_screen import ARTEFACTS, AXE, AXE_RUN, LANGUAGES, SIZES, STILL


@pytest.fixture(scope="module")
def drawing(tmp_path_factory):
    return Drawing(tmp_path_factory.mktemp("drawing"), large=False)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_WCAG_2_2_N8_every_screen_is_whole(drawing, chromium, language, size):
    found = looked_at(drawing, chromium, language, size, "")
    assert not found, "\n".join(found)


def test_every_template_was_looked_at(drawing):
    there = {path.name for path in TEMPLATES.glob("*.html")}
    assert there == {name for name in drawing.drawn if (TEMPLATES / name).exists()}


def test_WCAG_2_2_the_screen_in_the_lobby_is_whole_in_every_language(drawing, chromium):
    context = chromium.new_context(viewport={"width": 1920, "height": 1080})
    served(context, {f"/{language}-{name}": page for (language, name), page in drawing.lobby.items()})
    page = context.new_page()
    found = []
    for language, name in drawing.lobby:
        page.goto(f"{HELD}/{language}-{name}")
        page.evaluate(AXE)
        page.evaluate(STILL)
        # It changes by itself every ten seconds, and nobody touches it.
        found += [f"{language} {name}: {each}" for each in page.evaluate(AXE_RUN) if "meta-refresh" not in each]
        found += [f"{language} {name}: cut" for _ in range(page.evaluate(CUT))]
        folder = ARTEFACTS / "lobby"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.{language}.png")
    context.close()
    assert not found, "\n".join(found)
