"""Chromium with the policy of the kiosk: the locker's page and nothing else, and nothing leaves it."""

import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest
from tree import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WRAPPER = """#!/bin/sh
# In a mount namespace of its own, so that the policy is nobody else's.
exec unshare -m sh -c 'mount -t tmpfs policies /etc/{name} && mkdir -p /etc/{name}/policies/managed &&
	cp {policy} /etc/{name}/policies/managed/locker.json && exec {chromium} "$@"' chromium "$@"
"""
ELSEWHERE = (
    *("file:///etc/passwd", "file:///", "file:///opt/locker/systemd/kiosk-policy.json", "view-source:{page}"),
    *(
        "chrome://settings",
        "chrome://version",
        "chrome://flags",
        "chrome://downloads",
        "devtools://devtools/inspector.html",
    ),
    *(
        "data:text/html,elsewhere",
        "http://127.0.0.1:8443/",
        "http://127.0.0.1/",
        "{page}@127.0.0.2/",
        "http://example.org/",
    ),
)
TAKE = b"<!doctype html><a id=file href=/file download=taken.txt>file</a><script>file.click()</script>"
PAGE = b"""<!doctype html><title>locker</title><a id=other href=http://127.0.0.1:8443/ target=_blank>other</a>"""


class LockerPage(http.server.BaseHTTPRequestHandler):
    """A page at the kiosk's address that offers ways out."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream" if self.path == "/file" else "text/html")
        if self.path == "/file":
            self.send_header("Content-Disposition", "attachment; filename=taken.txt")
        self.end_headers()
        self.wfile.write(TAKE if self.path == "/take" else PAGE)

    def log_message(self, *_):
        return


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    if os.geteuid() != 0 or CHROMIUM is None or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        warnings.warn("NO ESCAPE WAS TRIED: it takes root, namespaces and Chromium", stacklevel=1)
        pytest.skip("it takes root, namespaces and Chromium")
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("escapes")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), LockerPage)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    listen = f"127.0.0.1:{server.server_port}"
    (folder / "site.toml").write_text(f'[site]\nid = "s"\n[kiosk]\nlisten = "{listen}"\n')
    command = [sys.executable, "-I", "-S", ROOT / "systemd/screen_settings.py", folder / "site.toml", folder]
    subprocess.run(command, check=True)
    browser = folder / "browser"
    name = "chromium" if Path("/etc/chromium").is_dir() else "chromium-browser"
    policy = json.loads((folder / "policy.json").read_text())
    assert policy["DeveloperToolsAvailability"] == 2
    (folder / "policy.json").write_text(json.dumps(policy | {"DeveloperToolsAvailability": 1}))  # we look with these
    browser.write_text(WRAPPER.format(name=name, policy=folder / "policy.json", chromium=CHROMIUM))
    browser.chmod(0o755)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch_persistent_context(
            folder / "profile", executable_path=browser, args=["--no-sandbox"]
        )
        opened = started.new_page()
        opened.address, opened.asked, opened.browser = f"http://{listen}", server.asked, browser
        yield opened
        started.close()
    server.shutdown()


def test_the_page_of_the_locker_is_shown(page):
    page.goto(page.address)
    assert page.title() == "locker"


@pytest.mark.parametrize("address", ELSEWHERE)
def test_no_other_address_is_shown(page, address):
    from playwright.sync_api import Error

    other = page.context.new_page()
    with pytest.raises(Error, match="ERR_BLOCKED_BY_ADMINISTRATOR"):
        other.goto(address.format(page=page.address))
    other.close()


def test_a_link_to_elsewhere_opens_nothing_that_shows_it(page):
    page.goto(page.address)
    page.click("#other")
    page.evaluate("() => fetch('/').then(() => true)")
    assert [other.title() for other in page.context.pages if other != page and "8443" in other.content()] == []


@pytest.mark.parametrize("with_policy", [False, True], ids=["without the policy", "with it"])
def test_nothing_is_downloaded(page, tmp_path, with_policy):
    """Not through the tools of a test, which have a way of their own to take files."""
    page.asked.clear()
    words = ("--headless=new", "--no-sandbox", f"--user-data-dir={tmp_path}/profile", f"{page.address}/take")
    environment = {**os.environ, "HOME": str(tmp_path)}
    with subprocess.Popen(
        [page.browser if with_policy else CHROMIUM, *words], env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        end = time.monotonic() + 60
        while time.monotonic() < end and not (
            list(tmp_path.rglob("taken*")) if not with_policy else _asked_twice(page)
        ):
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
    assert bool(list(tmp_path.rglob("taken*"))) is not with_policy


def _asked_twice(page):
    """The file came, and whatever followed it has come too."""
    return "/file" in page.asked and page.asked[-1] != "/file"
