"""The touchscreen on a slow processor: from a finger on a button to the next screen painted, in a real Chromium."""

import contextlib
import shutil
import sys
import time
from pathlib import Path

from bench_row import Row, at, spread

sys.path.append(str(Path(__file__).parents[1] / "browser"))
sys.path.append(str(Path(__file__).parents[1]))

SLOWER = 4
MOST_S = 0.1
ORDERED_S, VISIT_S = 1.0, 7.0
RESIDENT = {"unit": "1203", "name": "Wang Ming", "phone": "+8613800000001", "consent": True, "language": "en"}
WALK = ["collect", *(f"key {key}" for key in "4071826"), "delete", "lost", "back", "display", "close", "back"]
WALK += ["dropoff", "key 4", "key 7", "delete", "help", "close", "back"]
BETWEEN_MS = 80
"""So soon after a screen a finger may come again."""
PAINTED = """async ([act, between]) => {
  await new Promise((later) => setTimeout(later, between));
  return new Promise((done) => {
  const stage = document.getElementById("stage");
  const began = performance.now();
  new MutationObserver((_, observer) => {
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done((performance.now() - began) / 1000)));
  }).observe(stage, {childList: true, characterData: true, subtree: true});
  const named = `button[value="${act}"]`;
  (document.querySelector(`dialog.sheet ${named}`) || document.querySelector(named)).click();
  });
}"""


@contextlib.contextmanager
def kiosk(folder):
    """A cabinet and a page before it that htmx has taken up; None where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        yield None
        return
    from browser_cabinet import Cabinet
    from playwright.sync_api import sync_playwright

    cabinet = Cabinet(folder, pickup="reopen_seconds = 0", residents=(RESIDENT,))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(cabinet.kiosk, wait_until="load")
            page.locator(".tile").first.wait_for()
            assert page.evaluate("'htmx' in window"), "the page came without its script"
            yield cabinet, page
            browser.close()
    finally:
        cabinet.stop()


def touch_to_paint(folder, size):
    """Walks of touches on a processor that Chromium itself slows four times, as on the board of a locker."""
    with kiosk(folder) as there:
        if there is None:
            return
        _, page = there
        slow = page.context.new_cdp_session(page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        for act in WALK:  # the first walk compiles what the next ones use
            page.evaluate(PAINTED, [act, BETWEEN_MS])
        times = [page.evaluate(PAINTED, [act, BETWEEN_MS]) for _ in range(max(5, size.visits // 10)) for act in WALK]
    yield Row("touch to next screen painted, processor slowed 4 times", spread(times), "100 ms, at p95",
              at(times, 0.95) / MOST_S, 1.0, 1.0, "whoever touches sees an answer at once")  # fmt: skip


def resident_visit(folder, size):
    """Visits of a resident: from the last digit to the order, and all that the machine takes of a visit."""
    with kiosk(folder) as there:
        if there is None:
            return
        cabinet, page = there
        visits = [_visit(cabinet, page, f"SF{number:013}") for number in range(max(3, size.visits // 20))]
    ordered, machine = (list(each) for each in zip(*visits, strict=True))
    yield Row("resident, last digit to the door ordered, on the screen", spread(ordered), "1 s, at p95",
              at(ordered, 0.95) / ORDERED_S, 1.0, 1.0, "nobody wonders whether the code was taken")  # fmt: skip
    yield Row("resident, a whole visit, the machine's own time", spread(machine), "7 s, at p95",
              at(machine, 0.95) / VISIT_S, 1.0, 1.0, "from the first touch to the thanks, hands left out")  # fmt: skip


def _visit(cabinet, page, tracking):
    """Seconds from the last digit to the order, and of the whole visit without what hands do."""
    cabinet.begin()
    door = cabinet.deposit(tracking, RESIDENT["unit"])
    code = cabinet.notice(RESIDENT["phone"])["code"]
    began = time.perf_counter()
    page.locator('button[value="collect"]').click()
    page.locator(".keypad").wait_for()
    for digit in code[:-1]:
        page.locator(f'button[value="key {digit}"]').click()
    last = time.perf_counter()
    page.locator(f'button[value="key {code[-1]}"]').click()
    page.locator(".opened .plate").wait_for()
    ordered = time.perf_counter() - last
    page.locator(".opened .plate.is-lit").wait_for()
    machine = time.perf_counter() - began
    cabinet.hand(door, "take")
    cabinet.push(door)
    shut = time.perf_counter()
    page.locator('button[value="finish"]').click()
    page.locator(".tile").first.wait_for()
    return ordered, machine + time.perf_counter() - shut


ROWS = (touch_to_paint, resident_visit)
