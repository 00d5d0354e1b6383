from __future__ import annotations

import contextlib
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


class Browsers:
    """One Chromium while tests of this folder follow each other in a worker; every test opens a context of its own.

    Playwright holds the loop of its thread as long as it lives, and the other folders need theirs: so it goes with the
    last test of this folder.
    """

    def __init__(self):
        self._stack = contextlib.ExitStack()
        self._chromium = None

    def chromium(self):
        if self._chromium is None:
            from playwright.sync_api import sync_playwright

            playwright = self._stack.enter_context(sync_playwright())
            self._chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            self._stack.callback(self._chromium.close)
        return self._chromium

    def close(self):
        self._chromium = None
        self._stack.close()


browsers = Browsers()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    if nextitem is None or nextitem.path.parent != item.path.parent:
        browsers.close()


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        message = "no chromium on this machine: install it to run the browser tests (Debian: apt install chromium)"
        if REQUIRED:
            pytest.fail(message)
        pytest.skip(message)
    return browsers.chromium()


class Shared:
    """The cabinet of a file: started for the first test that wants it, and anew after one that left it untidy.

    `more`: what the file adds to the site, its SITE_MORE.
    """

    def __init__(self, folders, more):
        self._folders = folders
        self._more = more
        self._running = None

    def running(self):
        if self._running is None:
            # Looking at a screen in every size and language takes longer than a minute on a busy machine.
            folder = self._folders.mktemp("cabinet")
            self._running = Cabinet(folder, residents=RESIDENTS, pickup="reopen_seconds = 600", more=self._more)
        self._running.begin()
        return self._running

    def stop(self):
        if self._running is not None:
            self._running.stop()
        self._running = None


@pytest.fixture(scope="module")
def shared(tmp_path_factory, request):
    made = Shared(tmp_path_factory, getattr(request.module, "SITE_MORE", ""))
    yield made
    made.stop()


@pytest.fixture
def cabinet(chromium, shared):
    """The cabinet of the file, as if nobody had ever been there."""
    running = shared.running()
    yield running
    try:
        running.tidy()
    except BaseException:
        shared.stop()
        raise


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
    assert page.found == [], "\n".join(page.found)
