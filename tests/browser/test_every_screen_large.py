"""Every screen of the touchscreen in large text: axe-core and a designer's eye find nothing on any of them."""

from __future__ import annotations

import pytest
from browser_every_screen import Drawing, looked_at
from browser_screen import LANGUAGES, SIZES


@pytest.fixture(scope="module")
def drawing(tmp_path_factory):
    return Drawing(tmp_path_factory.mktemp("drawing"), large=True)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_WCAG_2_2_R21_every_screen_is_whole_in_large_text(drawing, chromium, language, size):
    found = looked_at(drawing, chromium, language, size, ".large")
    assert not found, "\n".join(found)
