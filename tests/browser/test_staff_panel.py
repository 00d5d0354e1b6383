"""The staff panel in real Chromium on a simulated cabinet: live, on a phone, in three languages, nothing lost."""

import browser_sign_in
import pytest
from browser_cabinet import Cabinet, until
from browser_screen import ARTEFACTS

WIDTHS = {"390": (390, 844), "800": (800, 600), "1280": (1280, 900)}


class Panel:
    """One browser at the panel, somebody signed in."""

    def __init__(self, chromium, cabinet, width="1280", language="en"):
        self.cabinet = cabinet
        size = WIDTHS[width]
        self.context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
        self.context.add_cookies([{"name": "language", "value": language, "url": cabinet.staff}])
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.at = cabinet.staff
        self.name = f"{width}-{language}"

    def enter(self, name):
        browser_sign_in.enter(self, self.cabinet, name)

    def go(self, path):
        self.page.goto(self.at + path)

    def see(self, text):
        self.page.get_by_text(text).first.wait_for(timeout=20_000)

    def picture(self, name):
        folder = ARTEFACTS / "panel"
        folder.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("document.fonts.ready")
        self.page.wait_for_timeout(150)
        self.page.screenshot(path=str(folder / f"{name}-{self.name}.png"), full_page=True, animations="disabled")


PEOPLE = (
    {"unit": "1203", "name": "Wang Ming", "phone": "+8613800000001", "consent": True, "language": "en"},
    {"unit": "0803", "name": "陳美玲", "phone": "+8613800000004", "consent": True, "language": "zh-TW"},
)


@pytest.fixture(scope="module")
def cabinet(chromium, tmp_path_factory):
    running = Cabinet(tmp_path_factory.mktemp("panel"), residents=PEOPLE)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def account(cabinet, chromium):
    panel = Panel(chromium, cabinet, "390")
    browser_sign_in.set_up(panel, cabinet, "chen.lin", picture=panel.picture)
    assert panel.complaints == []
    panel.context.close()
    return "chen.lin"


@pytest.fixture
def panel(chromium, cabinet, account, request):
    made = Panel(chromium, cabinet, *getattr(request, "param", ()))
    made.enter(account)
    yield made
    made.context.close()


def test_the_map_follows_the_doors_without_a_touch(panel, cabinet):
    door = cabinet.deposit("SF7001", "1203")
    panel.page.locator(f"#door-{door}.is-loaded").wait_for(timeout=20_000)
    cabinet.fault(door, "forced")
    panel.see(f"{door} was opened without an order")
    panel.page.locator(f"#door-{door}.is-check.is-open").wait_for()
    cabinet.push(door)
    panel.see("Look inside, then say what you found.")
    assert panel.complaints == []


def test_a_door_is_opened_looked_into_and_cleared_on_the_live_page(panel, cabinet):
    door = cabinet.deposit("SF7002", "1203")
    panel.go(f"/doors/{door}")
    panel.page.click("#fold-open summary")
    panel.page.click("#form-open [data-fill] >> nth=0")
    panel.page.click("#form-open .btns button")
    panel.see(f"{door} is open")
    cabinet.push(door)
    panel.see(f"What did you find in {door}?")
    panel.picture("door-found")
    panel.page.click("#form-clear-parcel button")
    panel.see(f"{door} holds a parcel for unit 1203")
    assert len(cabinet.pulses(door)) >= 2
    assert panel.complaints == []


def test_what_is_typed_and_opened_stays_while_the_page_changes_around_it(panel, cabinet):
    free = next(each["id"] for each in cabinet.api.get("/compartments").json() if each["use"] == "free")
    panel.go(f"/doors/{free}")
    panel.page.click("#fold-retire summary")
    panel.page.fill("#reason-retire", "my own words")
    before = panel.page.get_attribute("#main", "data-at")
    cabinet.deposit("SF7003", "1203", size="S")
    until(lambda: panel.page.get_attribute("#main", "data-at") != before, "a newer picture")
    assert panel.page.input_value("#reason-retire") == "my own words"
    assert panel.page.eval_on_selector("#fold-retire", "fold => fold.open")
    panel.page.click("#form-retire .btns button")
    panel.see(f"{free} is out of use: my own words")
    panel.page.click("#form-restore button")
    panel.see(f"{free} is free")


def test_QRY_01_the_list_answers_while_one_types(panel, cabinet):
    cabinet.deposit("SF7004", "0803")
    panel.go("/parcels")
    panel.page.fill("#find", "cml")
    panel.page.locator("#found tbody tr").first.wait_for()
    until(lambda: panel.page.locator("#found tbody tr").count() == 1, "one line is left")
    assert "0803" in panel.page.locator("#found").inner_text()
    assert "陳美玲" not in panel.page.content()
    assert "cml" not in panel.page.url
    panel.page.fill("#find", "nobody at all")
    panel.see("No parcel fits")


def test_QRY_01_two_tabs_look_for_two_things_and_going_back_finds_the_same_lines(panel, cabinet):
    cabinet.deposit("SF7005", "0803")
    cabinet.deposit("SF7006", "1203", size="M")
    panel.go("/parcels")
    panel.page.fill("#find", "0803")
    until(lambda: "1203" not in panel.page.locator("#found").inner_text(), "only the one unit")
    other = panel.context.new_page()
    other.goto(f"{panel.at}/parcels")
    assert other.input_value("#find") == ""
    assert "1203" in other.locator("#found").inner_text()
    before = panel.page.get_attribute("#main", "data-at")
    cabinet.deposit("SF7007", "1203", size="M")
    until(lambda: panel.page.get_attribute("#main", "data-at") != before, "a newer picture")
    assert "1203" not in panel.page.locator("#found").inner_text()
    panel.page.locator("#found tbody a").first.click()
    panel.page.wait_for_url("**/parcels/*")
    panel.page.go_back()
    until(lambda: panel.page.input_value("#find") == "0803", "the field says what was looked for")
    until(lambda: "1203" not in panel.page.locator("#found").inner_text(), "and the rows fit it")
    assert panel.complaints == []


def test_the_journal_answers_while_one_types_and_chooses(panel, cabinet):
    door = cabinet.deposit("SF7008", "1203", size="L")
    panel.go("/journal")
    panel.page.select_option("#at-door", door)
    until(lambda: "signed in" not in panel.page.inner_text("#lines"), "lines of one door only")
    panel.page.select_option("#at-door", "")
    panel.page.fill("#who", "chen.lin")
    until(lambda: "seen open" not in panel.page.inner_text("#main"), "lines of one person only")
    panel.page.click("#tab-accounts")
    panel.page.locator('#tab-accounts[aria-pressed="true"]').wait_for()
    assert panel.page.input_value("#who") == "chen.lin"
    assert "chen.lin set up an authenticator app" in panel.page.inner_text("#lines")
    assert panel.page.url.endswith("/journal")
    assert panel.complaints == []


def test_WCAG_2_2_1_the_end_of_a_session_is_announced_and_one_press_puts_it_off(panel, cabinet):
    panel.go("/doors/A1")
    panel.page.locator("#live.is-live").wait_for()
    for number, press in enumerate(("click", "Escape")):
        cabinet.advance(13 * 60 + 10)
        panel.page.locator("#ending:modal").wait_for(timeout=20_000)
        assert panel.page.evaluate("document.activeElement.closest('#stay') !== null")
        assert panel.page.inner_text("#ending-left")[:2] in {"1:", "0:"}
        if number == 0:
            panel.picture("ending")
            panel.page.click("#stay button")
        else:
            panel.page.keyboard.press(press)
        panel.page.locator("#ending:not([open])").wait_for(state="attached")
    assert panel.complaints == []


def test_WCAG_2_2_5_a_reason_that_was_typed_survives_the_end_of_the_session_for_its_writer(panel, cabinet):
    panel.go("/doors/A1")
    panel.page.click("#fold-open summary")
    panel.page.fill("#reason-open", "the handle is loose")
    cabinet.advance(16 * 60)
    panel.page.wait_for_url("**/sign-in?*", timeout=30_000)
    browser_sign_in.both_steps(panel, cabinet, "chen.lin")
    panel.page.wait_for_url("**/doors/A1")
    assert panel.page.input_value("#reason-open") == "the handle is loose"
    assert panel.page.is_visible("#reason-open")
    panel.page.reload()
    assert panel.page.input_value("#reason-open") == ""


def test_typing_keeps_the_session(panel, cabinet):
    panel.page.clock.install()
    panel.go("/doors/A1")
    panel.page.click("#fold-open summary")
    with panel.page.expect_request("**/me/stay") as kept:
        panel.page.locator("#reason-open").press_sequentially("abc")
        panel.page.clock.run_for(61_000)
    assert kept.value.method == "POST"


def test_a_dead_daemon_is_said_in_the_header_and_the_last_picture_stays(panel, cabinet):
    panel.page.locator("#live.is-live").wait_for()
    title = panel.page.locator("h1").inner_text()
    cabinet.process.kill()
    cabinet.process.wait()
    panel.page.locator("#live.is-stale").wait_for(timeout=20_000)
    assert "Not live since" in panel.page.locator("#live").inner_text()
    assert panel.page.locator("h1").inner_text() == title
    cabinet.start()
    panel.page.locator("#live.is-live").wait_for(timeout=30_000)


@pytest.mark.parametrize(
    "panel", [("390", "zh-CN"), ("390", "en"), ("800", "zh-TW"), ("1280", "zh-CN"), ("1280", "en")], indirect=True
)
def test_every_page_fits_its_width_and_nothing_on_it_is_too_small_for_a_finger(panel, cabinet):
    items = cabinet.api.get("/parcels").json()["items"]
    if not items:
        cabinet.deposit("SF7009", "1203")
        items = cabinet.api.get("/parcels").json()["items"]
    parcel = items[0]["id"]
    pages = {
        "map": "/",
        "parcels": "/parcels",
        "parcel": f"/parcels/{parcel}",
        "door": "/doors/A1",
        "journal": "/journal",
        "me": "/me",
        "access": "/access",
    }
    cabinet.command("token", "create", "intercom at the gate", "--scope", "read", "pickup", "--days", "30")
    for name, path in pages.items():
        panel.go(path)
        panel.page.locator("#live.is-live").wait_for()
        if name == "access":
            panel.page.locator("#accesstoken-1 summary").click()
        panel.picture(name)
        assert panel.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        if panel.name.startswith("390"):
            assert panel.page.evaluate(_SMALL) == [], name
    assert panel.complaints == []


_SMALL = """() => {
  const found = [];
  for (const e of document.querySelectorAll("button, summary, nav a, .btn, input:not([type=hidden]), .plate")) {
    if (!e.checkVisibility() || e.closest(".sr") || e.matches(".sr") || e.getAttribute("aria-hidden")) continue;
    const r = e.getBoundingClientRect();
    if (r.height < 40 && !e.matches(".list .plate")) found.push(e.className + " " + e.innerText + " " + r.height);
  }
  for (const e of document.querySelectorAll("#cabinet .door")) {
    if (e.getBoundingClientRect().height < 16) found.push(e.id);
  }
  return found;
}"""
