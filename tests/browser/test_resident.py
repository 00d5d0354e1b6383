"""The resident's own page on a phone and on a desk: walked without JavaScript, looked at in three languages."""

from __future__ import annotations

import pytest
from browser_cabinet import Cabinet, free_port, until
from browser_screen import ARTEFACTS, axe_findings
from PIL import Image

PHONE = "+8613800000001"
RESIDENTS = ({"unit": "1203", "name": "Wang Ming", "phone": PHONE, "consent": True, "language": "en"},)
WIDTHS = (390, 1280)
NARROW = (320, 195)
"""A small old phone, and a common one with the page at 200 %."""
LANGUAGES = ("en", "zh-CN", "zh-TW")
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, label.opt")]
  .filter((each) => each.offsetParent && !each.closest("label.opt > *") && !each.closest(".sr"))
  .map((each) => [each, (each.closest("label.opt") || each).getBoundingClientRect()])
  .filter(([, box]) => box.height < 24 || box.width < 24)
  .map(([each]) => each.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def cabinet(chromium, tmp_path_factory):
    port = free_port()
    listener = f'[resident]\nlisten = "127.0.0.1:{port}"\nurl = "http://127.0.0.1:{port}"\nregistration = true\n'
    camera = '[camera]\nkind = "picamera2"\n'
    running = Home(tmp_path_factory.mktemp("home"), residents=RESIDENTS, pickup=listener + camera)
    running.fetch(running.deposit("SF7099", "1203"))
    running.deposit("SF7100", "1203")
    running.link = running.notice(PHONE)["link"]
    running.deposit("SF7101", "1203")
    yield running
    running.stop()


class Home(Cabinet):
    """The cabinet of the residents' pages."""

    def fetch(self, door):
        """Collect what is behind this door with the code of the last notice."""
        code = self.notice(PHONE)["code"]
        assert self.api.post("/pickups", json={"code": code}).status_code == 201
        until(lambda: self.doors()[door]["open"], f"{door} springs open")
        self.hand(door, "take")
        self.push(door)


class Phone:
    def __init__(self, chromium, width=390, **more):
        self.context = chromium.new_context(viewport={"width": width, "height": 844}, **more)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))

    def let_in(self, cabinet):
        self.page.goto(cabinet.link)
        self.page.fill("#end", "0001")
        self.page.click(".go button")
        self.page.locator("section.pass").wait_for()
        self.home = self.page.url


def a_photo(folder):
    path = folder / "IMG_1.jpg"
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(path)
    return path


def send_something(page, number):
    page.click(".tabs >> text=Send")
    page.click("text=Send something")
    page.click("text=A return")
    page.click(".is-sizes label >> nth=0")
    page.fill("#return_code", number)
    page.click("text=Make the drop-off code")
    page.locator("section.pass .code").wait_for()


def report_something(page, folder):
    page.click(".tabs >> text=History")
    page.click("text=collected")
    page.click("text=Report")
    page.click("text=Something else")
    page.set_input_files("#picture", a_photo(folder))
    page.fill("#words", "The box was wet")
    page.click("text=Report it")
    page.get_by_text("You hear from us by").wait_for()


def test_UX_07_a_walk_without_javascript(cabinet, chromium, tmp_path):
    phone = Phone(chromium, java_script_enabled=False)
    phone.let_in(cabinet)
    page = phone.page
    assert cabinet.link.rsplit("/", 1)[1] not in page.url
    page.click("text=More time")
    page.click("text=Keep it longer")
    page.get_by_text("Kept until").first.wait_for()
    page.click("text=Ask somebody")
    page.fill("#name", "Aunt Mei")
    page.click("text=Make the code")
    page.get_by_text("Aunt Mei can collect until").first.wait_for()
    page.click("text=Take the code back")
    send_something(page, "RT-7701")
    page.click(".tabs >> text=Wishes")
    page.fill("#from", "22:00")
    page.fill("#to", "08:00")
    page.click("text=Save")
    page.get_by_text("Saved").wait_for()
    page.click("text=I am away")
    page.fill("#last", page.locator("#last").get_attribute("max"))
    page.click("text=Save these days")
    page.click("text=I am at home again")
    report_something(page, tmp_path)
    shown = page.locator(".shots img")
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 640  # it may still be coming
    phone.context.close()


def test_UX_07_every_page_is_whole_at_every_width_in_three_languages_and_axe_finds_nothing(cabinet, chromium, tmp_path):
    phone = Phone(chromium)
    gate = Phone(chromium)
    gate.page.goto(cabinet.link)
    phone.let_in(cabinet)
    at_home = phone.home.rstrip("/")
    parcel = phone.page.locator('a[href$="/report"]').get_attribute("href").removesuffix("/report")
    phone.page.locator(".trail img").first.wait_for()
    send_something(phone.page, "RT-7702")
    report_something(phone.page, tmp_path)
    walked = {
        "home": "", "parcel": parcel, "extend": f"{parcel}/extend", "delegate": f"{parcel}/delegate",
        "report": f"{parcel}/report", "send": "/send", "send_new": "/send/new", "wishes": "/wishes", "away": "/away",
        "history": "/history", "erase": "/erase", "help": "/help", "ask": "/ask", "contact": "/contact",
        "feed": "/home",
    }  # fmt: skip
    for name, page, link in (
        ("booking", "/send", "/send/p"),
        ("past", "/history", "/parcels/"),
        ("case", "", "/cases/"),
    ):
        phone.page.goto(f"{at_home}{page}")
        walked[name] = phone.page.locator(f'a[href^="{link}"]').last.get_attribute("href")
    pages = [(name, phone, path) for name, path in walked.items()] + [
        ("gate", gate, "/gate"),
        ("gone", gate, "/p/x"),
        ("join", gate, "/join"),
    ]
    found = []
    for name, who, path in pages:
        for language in LANGUAGES:
            who.page.goto(f"{at_home}{path}?lang={language}")
            for width in (*WIDTHS, *NARROW):
                who.page.set_viewport_size({"width": width, "height": 844})
                where = f"{name} {language} {width}"
                if who.page.evaluate(TOO_WIDE) > 0:
                    found.append(f"{where}: wider than the phone")
                if width == 320:
                    found += [f"{where}: {each}" for each in axe_findings(who.page)]
                if width in {390, 320}:
                    found += [f"{where}: small {each}" for each in who.page.evaluate(SMALL)]
                if width == 390 or (width in {320, 195} and language == "en"):
                    folder = ARTEFACTS / "resident"
                    folder.mkdir(parents=True, exist_ok=True)
                    who.page.screenshot(path=str(folder / f"{name}.{language}.{width}.png"), full_page=True)
    assert not found, "\n".join(found)
    assert [each for each in phone.complaints + gate.complaints if "404" not in each] == []
    phone.context.close()
    gate.context.close()
