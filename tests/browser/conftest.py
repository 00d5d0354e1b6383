from __future__ import annotations

import os
import shutil

import pytest
from browser_cabinet import Cabinet
from browser_screen import Screen

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = os.environ.get("LOCKER_REQUIRE_BROWSER") == "1"
RESIDENTS = (
    {"unit": "1203", "name": "Wang Ming", "phone": "+8613800000001", "consent": True, "language": "en"},
    {"unit": "1208", "name": "赵敏", "phone": "+8613800000002", "consent": None, "language": "zh-CN"},
    {"unit": "1201", "name": "Li Na", "phone": "+8613800000003", "consent": False, "language": "en"},
    {"unit": "0803", "name": "陳美玲", "phone": "+8613800000004", "consent": True, "reach": True, "language": "zh-TW"},
)


@pytest.fixture(scope="module")  # Playwright holds a loop as long as it lives: other folders need theirs
def chromium():
    if CHROMIUM is None:
        message = "no chromium on this machine: install it to run the browser tests (Debian: apt install chromium)"
        if REQUIRED:
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def cabinet(chromium, tmp_path):
    running = Cabinet(tmp_path, residents=RESIDENTS)
    yield running
    running.stop()


@pytest.fixture
def screen(chromium, cabinet, request):
    """A touchscreen before the cabinet. It must have had nothing to complain of in the end."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    failed = request.session.testsfailed
    page = Screen(context.new_page(), cabinet, request.node.name.removeprefix("test_"))
    yield page
    if request.session.testsfailed > failed:
        page.picture("failed")
    context.close()
    assert page.complaints == []
    assert page.found == []
