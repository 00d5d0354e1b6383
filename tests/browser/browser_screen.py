"""The touchscreen as a person uses it: by what is written on it."""

from __future__ import annotations

from pathlib import Path

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "screens"
SIZES = {"1280x800": (1280, 800), "800x480": (800, 480)}
LEAST_TARGET_REM = 5.6


class Screen:
    """One page in one browser."""

    def __init__(self, page, cabinet, folder):
        self.page = page
        self.cabinet = cabinet
        self.folder = ARTEFACTS / folder
        self.complaints = []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.goto(cabinet.kiosk)

    def press(self, act):
        self.page.locator(f'button[value="{act}"]').first.click()

    def touch(self, act):
        """A touch of a button that another screen shows: display and language work on every screen."""
        self.page.evaluate(
            """async (act) => {
              const screen = document.querySelector("input[name=screen]").value;
              const answer = await fetch("/touch", {method: "POST", body: new URLSearchParams({screen, act})});
              if (!answer.ok) throw new Error(await answer.text());
            }""",
            act,
        )

    def keys(self, text):
        for key in text:
            self.press(f"key {key}")

    def title(self):
        return self.page.locator("h1").first.inner_text()

    def see(self, text):
        """Wait until a text is on the screen."""
        self.page.get_by_text(text).first.wait_for(timeout=20_000)

    def see_title(self, text):
        self.page.locator("h1", has_text=text).first.wait_for(timeout=20_000)

    def picture(self, name):
        self.page.evaluate("document.fonts.ready")
        self.page.wait_for_timeout(150)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(self.folder / f"{name}.png"), animations="disabled")

    def faults(self):
        """What a designer would send back: what is cut off, too small, or needs scrolling."""
        return self.page.evaluate(_FAULTS, LEAST_TARGET_REM)


_FAULTS = """(least) => {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const [w, h] = [innerWidth, innerHeight];
  const found = [];
  const name = (e) => (e.tagName + "." + e.className + " " + (e.innerText || e.value || "")).slice(0, 60);
  const shown = (e) => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden";
  const sheet = document.querySelector(".sheet");
  const root = document.querySelector(".screen");
  if (root.scrollWidth > w + 1 || root.scrollHeight > h + 1) found.push("the screen scrolls");
  for (const b of (sheet || root).querySelectorAll("button")) {
    if (!shown(b)) continue;
    const r = b.getBoundingClientRect();
    if (r.width < least * rem - 1 || r.height < least * rem - 1)
      found.push(`too small ${Math.round(r.width / rem * 10) / 10}x${Math.round(r.height / rem * 10) / 10}: ${name(b)}`);
    if (r.left < -1 || r.top < -1 || r.right > w + 1 || r.bottom > h + 1) found.push("outside: " + name(b));
    if (b.scrollWidth > b.clientWidth + 2 || b.scrollHeight > b.clientHeight + 2) found.push("cut: " + name(b));
  }
  const words = (sheet || root).querySelectorAll("h1:not(.sr), h2, p, li, dd, dt, td, .cell, .field, .choice b, .told, .plate");
  for (const e of words) {
    if (!shown(e)) continue;
    const r = e.getBoundingClientRect();
    if (r.left < -1 || r.right > w + 1 || r.bottom > h + 1 || r.top < -1) found.push("outside: " + name(e));
    if (e.scrollWidth > e.clientWidth + 2 && getComputedStyle(e).display !== "inline" && !e.closest(".site"))
      found.push("too wide: " + name(e));
  }
  const body = document.querySelector("main"), main = body.getBoundingClientRect();
  const floor = main.bottom - parseFloat(getComputedStyle(body).paddingBottom);
  for (const e of document.querySelectorAll("main h1:not(.sr), main p, main li, main dl, main table, main .keypad, main .keyboard, main .choices, main .boxes, main .opened, main .field, main button, main .code, main .hand > .cabinet, main .other")) {
    if (!shown(e)) continue;
    const r = e.getBoundingClientRect();
    if (r.bottom > floor + 2 || r.top < main.top - 2) found.push("over the edge of the body: " + name(e));
  }
  const boxes = [...document.querySelectorAll("main .say > *, main.typing > *, main.sizes > *")].filter(shown);
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    if (a.contains(b) || b.contains(a)) return;
    const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
    if (p.bottom > q.top + 2 && q.bottom > p.top + 2 && p.right > q.left + 2 && q.right > p.left + 2)
      found.push("overlap: " + name(a) + " | " + name(b));
  }));
  return found;
}"""

LANGUAGES = ("zh-CN", "zh-TW", "en")
MODES = {"": (), "large": ("large",), "large-contrast": ("large", "contrast")}
KEPT = {
    ("1280x800", "en", ""),
    ("1280x800", "zh-CN", ""),
    ("1280x800", "zh-TW", ""),
    ("800x480", "zh-CN", ""),
    ("800x480", "en", ""),
    ("800x480", "zh-TW", "large"),
    ("1280x800", "en", "large-contrast"),
}


def gallery(screen, name):
    """One screen in every size, language and mode: pictures of some, and the faults of all."""
    found = []
    for mode, acts in MODES.items():
        for act in acts:
            screen.touch(act)
        for language in LANGUAGES:
            screen.touch(f"language {language}")
            screen.page.locator(f'.screen[lang="{language}"]').wait_for()
            for size, (width, height) in SIZES.items():
                screen.page.set_viewport_size({"width": width, "height": height})
                found += [f"{name} {size} {language} {mode}: {fault}" for fault in screen.faults()]
                if (size, language, mode) in KEPT:
                    screen.picture(".".join(each for each in (name, size, language, mode) if each))
        for act in acts:
            screen.touch(act)
    screen.touch("language en")
    screen.page.locator('.screen[lang="en"]').wait_for()
    screen.page.set_viewport_size({"width": 1280, "height": 800})
    return found
