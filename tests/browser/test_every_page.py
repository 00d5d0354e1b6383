"""Every page of the panel at 1280 and 390 px, en and zh-CN, before the judge of pages and axe: none can be left out.

The list of pages is that of the app's own routes. In a usual run each page is looked at in two of the four
combinations, at both widths and in both languages; LOCKER_EVERY_PAGE=1 looks at all four and keeps the pictures.
"""

import os
import re

import pytest
from browser_panel import faults_of
from browser_screen import STILL
from browser_whole_past import WholePast
from test_staff_panel import Panel

from api.app import static_files
from api.staff.routes import panel_app
from locker.services.policies import PROCEDURES, RuleKind
from locker.services.reports import KINDS

WHOLE = os.environ.get("LOCKER_EVERY_PAGE") == "1"
COMBINATIONS = (("1280", "en"), ("390", "zh-CN"), ("1280", "zh-CN"), ("390", "en"))
SHARES = 6
PATIENCE_MS = 90_000
"""Only a machine that is busy with other things needs more than a second for a page."""
NO_PAGES = {
    "/live": "a stream",
    "/.well-known/security.txt": "text",
    "/machine/security/sbom.json": "JSON",
    "/machine/security/vex.json": "JSON",
    "/rounds/{round}/table.csv": "a table",
    "/reports/{report}/csv": "a table",
    "/pictures/{sha256}": "a picture",
    "/clips/{sha256}/{number}": "a picture",
    "/cases/{number}/photos/{sha256}": "a picture",
    "/rounds/{round}/photos/{sha256}": "a picture",
}
STRANGERS = {"/sign-in": "", "/set-up": "", "/sign-in/code": "he.jun", "/sign-in/enrol": "lu.yan"}
"""Pages for who is not signed in, and who it is that stands between the two steps."""
FORMS = ("tariff", "weather", "notice-texts", "promises", "peak", "allocation", "emergency-contacts", "sop-deposit")
"""Kinds of rules whose pages differ in their fields; the others are looked at where all is."""


def examples(places):
    """What stands in the places of each address; for those that are not named here, by the word in it."""
    kinds = list(RuleKind) if WHOLE else FORMS
    procedures = [each.kind.value for each in PROCEDURES]
    return {
        "/parcels/dispatch/{parcel}": places["booked"],
        "/parcels/{parcel}/label": places["booked"],
        "/clips/{sha256}": places["clip"],
        "/rules/{kind}": kinds,
        "/rules/{kind}/write": kinds,
        "/procedures/{kind}": procedures if WHOLE else procedures[::5],
        "/reports/{report}": [f"{each}?span=month" for each in KINDS],
    }


def page_routes(app):
    """Every address that answers GET with a page."""
    routes = [each.path for each in app.routes if "GET" in (getattr(each, "methods", None) or ())]
    return list(dict.fromkeys(each for each in routes if each not in NO_PAGES))


def addresses(app, places):
    """Every page with something in each of its places. A place that nobody gave an example for is a KeyError."""
    named, found = examples(places), []
    for route in page_routes(app):
        place = re.search(r"{(\w+)}", route)
        values = named.get(route) or (places[place[1]] if place else ("",))
        found += [re.sub(r"{\w+}", str(value), route) for value in values]
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with WholePast(tmp_path_factory.mktemp("pages")) as house:
        house.pages = addresses(panel_app(house.office.bench.context, static_files()), house.places)
        yield house


@pytest.fixture(scope="module")
def readers(chromium, house):
    """One browser a combination, signed in."""
    opened = {}

    def reader(width, language):
        if (width, language) not in opened:
            made = opened[width, language] = Panel(chromium, house, width, language)
            made.context.set_default_timeout(PATIENCE_MS)
            made.page.on("response", lambda said: made.complaints.append(said.url) if said.status >= 400 else None)
        return opened[width, language]

    yield reader
    for each in opened.values():
        each.context.close()


def ask_for(panel, house, path):
    """Go there as whoever it is for."""
    cookie = {"name": "staff", "value": house.session, "url": house.staff}
    if path in STRANGERS:
        panel.page.goto("about:blank")  # a page that renews itself would be told that its session is gone
        panel.context.clear_cookies(name="staff")
        who = STRANGERS[path]
        cookie = {**cookie, "name": "staff-pending", "value": house.between_the_steps(who)} if who else None
    elif path.startswith(("/clips/", "/cases/")):
        house.pictures_shown()
    if cookie:
        panel.context.add_cookies([cookie])
    return panel.page.goto(house.staff + path)


def name_of(path):
    return path.partition("?")[0].strip("/").replace("/", "-") or "map"


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize(("width", "language"), COMBINATIONS)
def test_UX_01_SEC_04_every_page_is_whole_and_axe_finds_nothing(house, readers, width, language, share):
    panel, turn = readers(width, language), COMBINATIONS.index((width, language)) // 2
    wrong = []
    for number, path in enumerate(house.pages):
        if number % SHARES != share or not (WHOLE or number // SHARES % 2 == turn):
            continue
        answer = ask_for(panel, house, path)
        found = faults_of(panel.page)
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
            found.append(f"answers {answer.status}, {answer.headers['content-type']}")
        if panel.page.evaluate("document.documentElement.lang") != language:
            found.append("is in another language")
        found += panel.complaints
        panel.complaints.clear()
        if WHOLE or found:
            panel.page.evaluate(STILL)
            panel.picture(f"page-{name_of(path)}")
        wrong += [f"{path}: {each}" for each in found]
    assert wrong == []
