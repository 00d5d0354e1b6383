"""What the screen of the cabinet shows while the daemon is not there yet."""

import http.server
import threading
from pathlib import Path

import httpx
from browser_cabinet import free_port

PAGE = Path(__file__).parents[2] / "systemd" / "starting.html"


def test_the_screen_says_that_the_locker_starts_and_goes_on_by_itself(chromium):
    port = free_port()
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{PAGE.as_uri()}#http://127.0.0.1:{port}/|+86%2021%205555%200100")
    assert "is starting" in page.inner_text("body")
    assert page.inner_text("#phone") == "+86 21 5555 0100"
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


def test_the_screen_of_the_cabinet_says_that_it_is_painted_and_no_other_page_does(chromium, cabinet):
    said = {}
    for name, address in (("elsewhere", f"{cabinet.kiosk}/"), ("cabinet", f"{cabinet.kiosk}/?cabinet")):
        page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
        beats = said.setdefault(name, [])
        page.on(
            "request", lambda request, beats=beats: beats.append(request.url) if "/painted" in request.url else None
        )
        with page.expect_response("**/stream"):
            page.goto(address)
        if name == "cabinet":
            with page.expect_request("**/painted", timeout=20_000):
                pass
        assert (
            page.evaluate(
                "document.body.dispatchEvent(new MouseEvent('contextmenu', {bubbles: true, cancelable: true}))"
            )
            is False
        )
        page.context.close()
    assert said["elsewhere"] == []
    assert said["cabinet"]
    assert httpx.get(f"{cabinet.staff}/api/v1/health", verify=False).json()["screen"] == "shown"
