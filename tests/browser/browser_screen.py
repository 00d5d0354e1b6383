"""The touchscreen as a person uses it: by what is written on it."""

from __future__ import annotations

from pathlib import Path

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "screens"
SIZES = {"1280x800": (1280, 800), "800x480": (800, 480)}
LEAST_TARGET_REM = 5.6
FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")


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
        return self.page.evaluate(FAULTS, LEAST_TARGET_REM)


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
