"""Take the pictures of README from the running product: `.venv/bin/python .ci/pictures.py`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from browser_cabinet import Cabinet, until  # noqa: E402  the cabinet of the browser tests

PICTURES = ROOT / "docs" / "pictures"
PASSWORD = "a walk along the river"  # noqa: S105  of an account that lives for a minute
RESIDENT = {"unit": "1203", "name": "Wang Ming", "phone": "+8613800000417", "consent": True, "language": "en"}
OTHERS = [
    {"unit": f"0{floor}02", "name": f"Resident {floor}", "phone": f"+86138000004{floor}0", "consent": True}
    for floor in range(3, 8)
]


def keep(page: Page, name: str) -> None:
    """Write a picture once the page has its fonts and its news."""
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(400)
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


def new_page(browser: Browser, address: str, width: int = 1280, height: int = 800) -> Page:
    """Open an address in a window of its own."""
    page = browser.new_context(viewport={"width": width, "height": height}, locale="en").new_page()
    page.goto(address)
    return page


def take(browser: Browser, cabinet: Cabinet) -> None:
    """Put parcels in, take one out, and look at it from all three places."""
    for number, other in enumerate(OTHERS):
        cabinet.deposit(f"SF10000{number}", other["unit"], "SMSLM"[number])
    door = cabinet.deposit("SF2000417", "1203", "M")
    code = cabinet.notice(RESIDENT["phone"])["code"]
    panel = new_page(browser, cabinet.staff + "/set-up")
    secret = cabinet.command("staff", "add", "chen.lin", "--role", "supervisor").split()[-1]
    for field, text in (("name", "chen.lin"), ("secret", secret), ("password", PASSWORD), ("again", PASSWORD)):
        panel.fill(f"[name={field}]", text)
    panel.click("button.is-main")
    kiosk = new_page(browser, cabinet.kiosk)
    keep(kiosk, "kiosk-idle")
    kiosk.locator('button[value="collect"]').first.click()
    for digit in code:
        kiosk.locator(f'button[value="key {digit}"]').first.click()
    kiosk.locator('button[value="open"]').first.click()
    until(lambda: cabinet.doors()[door]["open"], f"{door} springs open")
    kiosk.wait_for_timeout(1500)
    keep(kiosk, "kiosk-open")
    world = new_page(browser, f"http://127.0.0.1:{cabinet.ports[2]}/", height=900)
    world.wait_for_timeout(1000)
    keep(world, "simulator")
    panel.goto(cabinet.staff)
    panel.wait_for_timeout(500)
    keep(panel, "panel")


def main() -> None:
    """Take all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        cabinet = Cabinet(Path(folder), residents=[RESIDENT, *OTHERS])
        try:
            take(browser, cabinet)
        finally:
            cabinet.stop()


if __name__ == "__main__":
    main()
