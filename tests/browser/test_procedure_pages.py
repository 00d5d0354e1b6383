"""Procedures in Chromium: the list and some with their drawings large, at both widths, and on paper."""

import pytest
from browser_screen import ARTEFACTS
from test_rule_pages import Office, looked_at
from test_staff_panel import Panel


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("procedures")) as office:
        yield office


@pytest.mark.parametrize(("width", "language"), [("1280", "zh-CN")])
def test_STF_07_procedures_with_their_drawings_are_whole_at_every_width(chromium, office, width, language):
    panel = Panel(chromium, office, width, language)
    panel.enter("he.jun")
    page = panel.page
    page.goto(f"{office.staff}/procedures")
    looked_at(panel, "procedures")
    for name in ("sop-jam", "sop-send"):
        page.goto(f"{office.staff}/procedures/{name}")
        assert page.locator(".guide .pictogram").count() == 5
        looked_at(panel, name)
    page.emulate_media(media="print")
    (ARTEFACTS / "panel").mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(ARTEFACTS / "panel" / f"procedure.{width}.paper.png"), full_page=True)
    assert panel.complaints == []
    panel.context.close()
