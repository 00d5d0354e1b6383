"""Every screen of the touchscreen in all that it may say, drawn from the steps themselves, and looked at.

So nobody who adds a screen can forget it; the walks of the other files show them as people come to them.
"""

from __future__ import annotations

import asyncio
import mimetypes
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from browser_screen import ARTEFACTS, AXE, AXE_RUN, FAULTS, LANGUAGES, LEAST_TARGET_REM, PLACES, SIZES, STILL
from kiosk_bench import BEGIN, Bench
from kiosk_screens import BAGGAGE, examples

from api.kiosk.collect_steps import Keypad
from api.kiosk.kept_screen import FILE
from api.kiosk.screen_renderer import ScreenRenderer
from api.kiosk.speech import Speech
from api.kiosk.state import Idle, KioskState
from api.kiosk.touchscreen import Touchscreen
from api.kiosk.values import Dialog, DisplaySettings, HelpCall
from hardware.options import PrinterOptions
from hardware.printers.escpos import EscPosPrinter
from locker.services.incidents import IncidentWords
from locker.services.people import NO_WISHES
from locker.services.policies import AreaContact, EmergencyContacts, NewVersion, OpeningWeek

STATIC = Path(__file__).parents[2] / "api" / "web" / "static"
TEMPLATES = Path(__file__).parents[2] / "api" / "web" / "templates" / "kiosk"
TEXTS = {
    "typed": "4071",
    "code": "40718263",
    "compartment": "A1",
    "full_door": "A1",
    "moved_from": "A2",
    "key": "refused.throttled",
    "tracking": "SF1329884027716",
    "scanned": "SF1329884027716",
    "return_code": "RMA8841207",
    "unit": "12A-1203",
    "name": "Wang **",
    "phone_end": "0001",
    "company": "SF Express",
    "who": "Chen Lin",
    "case": "R1-0187",
    "proof": "lp1:" + "a" * 90,
    "door": "A1",
}
CALL = HelpCall("R1-0001", BEGIN, "Chen Lin")
EASY = DisplaySettings().toggled("easy")
SHEETS = {
    "help": KioskState(Idle(), "en", 499.0, dialog=Dialog.HELP),
    "help-called": KioskState(Idle(), "en", 499.0, dialog=Dialog.HELP, help_call=CALL),
    "help-answered": KioskState(
        Idle(), "en", 499.0, dialog=Dialog.HELP, help_call=replace(CALL, said="I am on my way, in five minutes")
    ),
    "help-refused": KioskState(Idle(), "en", 499.0, dialog=Dialog.HELP, help_refused=True),
    "display": KioskState(Idle(), "en", 499.0, dialog=Dialog.DISPLAY),
    "display-easy": KioskState(Idle(), "en", 499.0, EASY, Dialog.DISPLAY),
    "idle-easy": KioskState(Idle(), "en", 499.0, EASY),
    "timeout": KioskState(Keypad("4071"), "en", -95.0),
}
HELD = "http://kiosk.test"
PARTS = re.compile(r"(?<=>)[^<]+|<(?:rect|path|polygon|circle|use)\b[^>]*>|(?<=\")[^\"]*[ 0-9][^\"]*(?=\")")
"""What differs where only the words do: axe-core reads each build once, in other languages each step."""
FREE_CHOICE = """() => {
  const [paid, free] = ["insure", "uninsured"].map((act) => document.querySelector(`#stage button[value="${act}"]`));
  if (!paid) return [];
  const box = free && free.getBoundingClientRect();
  const same = box && box.width > 0 && Math.abs(box.height - paid.getBoundingClientRect().height) < 1;
  return same ? [] : ["what costs nothing is smaller than what costs, or not there"];
}"""
SHOW = """(html) => {
  document.getElementById("stage").innerHTML = html;
  const sheet = document.querySelector("#stage dialog.sheet");
  if (sheet) { sheet.removeAttribute("open"); sheet.showModal(); }
}"""
LOOK = f"""async ({{language, least, contrast, screens}}) => {{
  document.documentElement.lang = language;
  const measured = new Set(), all = [];
  for (const [html, read] of screens) {{
    ({SHOW})(html);
    await ({STILL})();
    const found = [...({FAULTS})(least), ...({FREE_CHOICE})()];
    const places = contrast ? ({PLACES})().filter((place) => !measured.has(place)) : [];
    for (const place of places) measured.add(place);
    if (read || places.length) found.push(...await ({AXE_RUN})(places.length ? [] : ["color-contrast"]));
    all.push(found);
  }}
  return all;
}}"""
"""Put each screen in its place and look at it, all in one question: asking takes longer than looking.

Contrast is measured in English, in each size and text, where an element stands in a place in which none was before.
"""
CUT = """() => [...document.querySelectorAll("h1, p, td, .free span")].filter((each) => {
  const box = each.getBoundingClientRect();
  return box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || each.scrollWidth > each.clientWidth + 2;
}).length"""
CONTACT = AreaContact(
    area="East", person="Li Hua", phone="+86 138 0000 0001", deputy="Wang Fang", deputy_phone="+86 138 0000 0002"
)
WORDS = IncidentWords("Power cut in building 2", "Service desk, ground floor, until 20:00")


def with_everything(context):
    """A cabinet that has what not every cabinet has: a screen with fewer buttons only has more room."""
    printer = EscPosPrinter(PrinterOptions(device="/dev/null"))
    return replace(context, printer=printer, kiosk=context.kiosk.model_copy(update={"unknown_unit": "DESK"}))


class Drawing:
    """All screens as HTML: `pages` by language, each a dict of name to HTML. `whole`: the page around them."""

    def __init__(self, folder, *, large):
        self._display = DisplaySettings(large=large)
        self.pages = {language: {} for language in LANGUAGES}
        self.lobby = {}
        with ThreadPoolExecutor(1) as elsewhere:  # the browser's driver owns the loop of this thread
            elsewhere.submit(asyncio.run, self._draw(folder)).result()

    async def _draw(self, folder):
        for work in (self._draw_all, self._draw_left_behind):
            home = folder / work.__name__
            home.mkdir()
            async with Bench(home) as bench:
                bench.context = with_everything(bench.context)
                self._renderer = ScreenRenderer(bench.context, Speech(home / "speech"))
                await work(bench)

    async def _draw_all(self, bench):
        await bench.stored("SF1")
        (person,) = bench.context.directory.find("1203")
        await bench.context.wishes.save(person.id, replace(NO_WISHES, lobby=True), "staff:x")
        self._screen = Touchscreen(bench.context)
        self.whole = self._renderer.page(self._screen, KioskState(Idle(), "en", 499.0))
        self._add(dict(examples(TEXTS)) | SHEETS)
        self._add_lobby("usual")
        await bench.context.rules.add(NewVersion(1, OpeningWeek(daily=["07:00-13:00"]), "painted"), "staff:x")
        self._add({"idle-closed": Idle(), "idle-easy-closed": SHEETS["idle-easy"]})
        self._add_lobby("closed")
        await bench.context.rules.add(NewVersion(2, OpeningWeek(daily=["00:00-24:00"]), "done"), "staff:x")
        words = dict.fromkeys(LANGUAGES, WORDS)
        await bench.context.incidents.declare(words, BEGIN + timedelta(hours=2), "staff:x")
        self._add({"idle-incident": Idle(), "idle-easy-incident": SHEETS["idle-easy"]})
        self._add_lobby("incident")
        await bench.context.rules.add(NewVersion(1, EmergencyContacts(areas=(CONTACT,)), "new team"), "staff:x")
        self._add({"help-contact": SHEETS["help"]})
        bench.engine.seal("the disk is full")
        self._add({"sealed-incident": Idle()})
        bench.context.incidents.now = None
        self._add({"sealed": Idle()})
        self._add_lobby("sealed")
        self.drawn = {name.removeprefix("kiosk/") for _, name in self._renderer._templates.cache}

    async def _draw_left_behind(self, bench):
        courier = await (await bench.browser().load()).sign_in()
        await bench.open(await courier.deposit_door())
        (bench.context.journal.folder / FILE).unlink(missing_ok=True)  # the screen itself is lost
        self._screen = Touchscreen(bench.context)
        await self._screen.begin()
        self._add({"idle-left-behind": Idle()})
        self.drawn |= {name.removeprefix("kiosk/") for _, name in self._renderer._templates.cache}

    def _add_lobby(self, name):
        for language in LANGUAGES:
            self.lobby[language, name] = self._renderer.lobby(self._screen.locker(), language, 0, BEGIN)

    def _add(self, steps):
        for language, there in self.pages.items():
            for name, each in steps.items():
                state = each if isinstance(each, KioskState) else KioskState(each, "en", 499.0, **BAGGAGE)
                display = state.display if state.display.easy else self._display
                self._screen._state = state = replace(state, language=language, display=display)
                drawn = self._renderer.screen(self._screen, state)
                if drawn not in there.values():
                    there[name] = drawn


def served(context, pages):
    """Answer this browser from the tree: pages by path, and what they refer to."""

    def answer(route):
        path = route.request.url.removeprefix(HELD)
        if path in pages:
            route.fulfill(body=pages[path], content_type="text/html; charset=utf-8")
        elif path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0])
        else:
            route.fulfill(status=404)

    context.route("**", answer)


def looked_at(drawing, chromium, language, size, kind):
    """What axe-core or a designer would send back of all screens in this language and size; pictures of these."""
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, has_touch=True)
    served(context, {"/": re.sub(r"<script.*?</script>", "", drawing.whole)})
    page = context.new_page()
    page.goto(HELD)
    page.evaluate(AXE)
    found, pages, read = [], drawing.pages[language], set()
    asked = {"language": language, "least": LEAST_TARGET_REM, "contrast": language == "en", "screens": []}
    for name, drawn in pages.items():
        build = name if name.islower() else PARTS.sub("", drawn) if language == "en" else name.partition("-")[0]
        asked["screens"].append((drawn, build not in read))
        read.add(build)
    for (name, drawn), said in zip(pages.items(), page.evaluate(LOOK, asked), strict=True):
        found += [f"{name}: {each}" for each in said]
        if said:
            folder = ARTEFACTS / "every_screen"
            folder.mkdir(parents=True, exist_ok=True)
            page.evaluate(SHOW, drawn)
            page.evaluate(STILL)
            page.screenshot(path=folder / f"{name}.{size}.{language}{kind}.png")
    context.close()
    return found
