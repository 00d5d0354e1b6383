"""The touchscreen as a person uses it: by what is written on it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from playwright.sync_api import TimeoutError as NotYet

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "screens"
SIZES = {"1280x800": (1280, 800), "800x480": (800, 480)}
LEAST_TARGET_REM = 5.6
LANGUAGES = ("zh-CN", "zh-TW", "en")
LOOKS = (("", "zh-CN"), ("", "en"), ("", "zh-TW"), ("large", "zh-TW"), ("large-contrast", "en"))
"""How a walk looks at each screen that it comes to; `test_every_screen_large.py` has the rest of the large ones."""
KEPT = {
    ("1280x800", "en", ""),
    ("1280x800", "zh-CN", ""),
    ("800x480", "zh-TW", ""),
    ("800x480", "zh-TW", "large"),
    ("1280x800", "en", "large-contrast"),
}
STILL = """async () => {
  await document.fonts.ready;
  const ends = document.getAnimations().filter((each) => each.effect.getComputedTiming().iterations !== Infinity);
  for (const each of ends) each.finish();
}"""
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
AXE_RUN = """async (without) => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const rules = Object.fromEntries((without || []).map((rule) => [rule, {enabled: false}]));
  const said = await axe.run(document, {runOnly: {type: "tag", values: tags}, rules, resultTypes: ["violations"]});
  return said.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}`));
}"""
PLACES = """() => {
  const styled = ({name}) => /^(class|role|type|open|disabled|data-|aria-(?!label))/.test(name);
  const named = (e) => e.tagName + [...e.attributes].filter(styled).map((a) => `[${a.name}=${a.value}]`).join("");
  const place = (e) => e ? `${place(e.parentElement)} ${named(e)}` : "";
  const seen = [...document.body.querySelectorAll("*:not(svg *)")].filter((e) => e.checkVisibility());
  return [...new Set(seen.map(place))];
}"""
"""Where elements stand, as styles see it: what they are, and what all around them are."""
JUDGED = {("", "en"), ("", "zh-CN"), ("large", "zh-TW"), ("large-contrast", "en")}
"""In which mode and language axe-core reads each screen."""
FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
_measured = set()


def axe_findings(page):
    """What axe-core says of a page against WCAG 2.2 AA.

    Most of its time goes into contrast, which hangs on what the styles see and on no word: it is measured where an
    element stands in a place in which none was seen in this width before.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)  # as the debugger does: the page's own policy allows no script of others
    page.evaluate(STILL)
    places = {(page.viewport_size["width"], place) for place in page.evaluate(PLACES)}
    known = places <= _measured
    _measured.update(places)
    return page.evaluate(AXE_RUN, ["color-contrast"] if known else [])


class Screen:
    """One page in one browser."""

    def __init__(self, page, cabinet, folder):
        self.page = page
        self.cabinet = cabinet
        self.folder = ARTEFACTS / folder
        self.complaints = []
        self.found = []
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

    def door(self):
        """The number on the plate."""
        return self.page.locator(".opened .plate").first.inner_text()

    def choose(self):
        """Touch the first resident of the list."""
        self.page.locator('button[value^="choose "]').first.click()

    def gone(self, selector):
        self.page.locator(selector).wait_for(state="detached")

    def see(self, text):
        """Wait until a text is on the screen."""
        self.page.get_by_text(text).first.wait_for(timeout=20_000)

    def see_title(self, text):
        self.page.locator("h1", has_text=text).first.wait_for(timeout=20_000)

    def picture(self, name):
        self.page.evaluate(STILL)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(self.folder / f"{name}.png"), animations="disabled")

    def faults(self):
        """What a designer would send back: what is cut off, too small, or needs scrolling."""
        return self.page.evaluate(FAULTS, LEAST_TARGET_REM)

    def violations(self):
        """What axe-core says against WCAG 2.2 AA."""
        return axe_findings(self.page)

    def look(self, name):
        """One screen in every size, language and mode: pictures of some, and the faults of all."""
        for at, (mode, language) in enumerate(LOOKS):
            self.shown(mode, language)
            if (mode, language) in JUDGED:
                self.found += [f"{name} {language} {mode}: {violation}" for violation in self.violations()]
            for size in sorted(SIZES, reverse=at % 2 == 1):  # there and back: the second size is the next look's first
                width, height = SIZES[size]
                if self.page.viewport_size != {"width": width, "height": height}:
                    self.page.set_viewport_size({"width": width, "height": height})
                self.found += [f"{name} {size} {language} {mode}: {fault}" for fault in self.faults()]
                if (size, language, mode) in KEPT:
                    self.picture(".".join(each for each in (name, size, language, mode) if each))
        self.shown("", "en")
        self.page.set_viewport_size({"width": 1280, "height": 800})

    def shown(self, mode, language):
        """Touch what leads to this mode and language, until the screen is in it.

        A touch of a screen that a door has just changed is left out: it was meant for what stood there before.
        """
        for _ in range(2):
            try:
                return self._asked_for(mode, language)
            except NotYet:
                continue
        return self._asked_for(mode, language)

    def _asked_for(self, mode, language):
        now = self.page.locator(".screen")
        if (now.get_attribute("data-text") == "large") != ("large" in mode):
            self.touch("large")
        if (now.get_attribute("data-theme") == "contrast") != ("contrast" in mode):
            self.touch("contrast")
        if now.get_attribute("lang") != language:
            self.touch(f"language {language}")
        large = '[data-text="large"]' if "large" in mode else ":not([data-text])"
        contrast = '[data-theme="contrast"]' if "contrast" in mode else ":not([data-theme])"
        self.page.locator(f'.screen[lang="{language}"]{large}{contrast}').wait_for(timeout=10_000)
