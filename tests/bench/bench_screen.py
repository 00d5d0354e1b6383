"""The touchscreen on a slow processor: from a finger on a button to the next screen painted, in a real Chromium."""

import shutil
import sys
from pathlib import Path

from bench_row import Row, at, spread

sys.path.append(str(Path(__file__).parents[1] / "browser"))
sys.path.append(str(Path(__file__).parents[1]))

SLOWER = 4
MOST_S = 0.1
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


def touch_to_paint(folder, size):
    """Walks of touches on a processor that Chromium itself slows four times, as on the board of a locker."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return
    from browser_cabinet import Cabinet
    from playwright.sync_api import sync_playwright

    cabinet = Cabinet(folder)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(cabinet.kiosk, wait_until="load")
            page.locator(".tile").first.wait_for()
            page.wait_for_function("window.htmx")
            slow = page.context.new_cdp_session(page)
            slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            for act in WALK:  # the first walk compiles what the next ones use
                page.evaluate(PAINTED, [act, BETWEEN_MS])
            times = [
                page.evaluate(PAINTED, [act, BETWEEN_MS]) for _ in range(max(5, size.visits // 10)) for act in WALK
            ]
            browser.close()
    finally:
        cabinet.stop()
    yield Row("touch to next screen painted, processor slowed 4 times", spread(times), "100 ms, at p95",
              at(times, 0.95) / MOST_S, 1.0, 1.0, "whoever touches sees an answer at once")  # fmt: skip


ROWS = (touch_to_paint,)
