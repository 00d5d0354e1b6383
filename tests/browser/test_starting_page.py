"""What the screen of the cabinet shows while the daemon is not there yet."""

import http.server
import threading
from pathlib import Path

from browser_cabinet import free_port

PAGE = Path(__file__).parents[2] / "systemd" / "starting.html"


def test_the_screen_says_that_the_locker_starts_and_goes_on_by_itself(chromium):
    port = free_port()
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{PAGE.as_uri()}#http://127.0.0.1:{port}/")
    assert "is starting" in page.inner_text("body")
    page.wait_for_timeout(100)  # it has looked at least once in vain
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.wait_for_url(f"http://127.0.0.1:{port}/", timeout=20_000)
        server.shutdown()
    page.context.close()


def test_the_starting_page_finds_the_real_kiosk(chromium, cabinet):
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{PAGE.as_uri()}#{cabinet.kiosk}/")
    page.wait_for_url(f"{cabinet.kiosk}/", timeout=20_000)
    page.locator('button[value="collect"]').first.wait_for()
    page.context.close()
