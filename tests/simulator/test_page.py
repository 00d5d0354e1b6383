"""The cabinet as a page: a person clicks, the doors move, the world's state and the daemon's stand side by side."""

from __future__ import annotations

import pytest
from test_process import Sim, deposit, free_port, until

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    sim = Sim(tmp_path_factory.mktemp("page"))
    own = f"127.0.0.1:{free_port()}"
    sim.file.write_text(f'{sim.file.read_text()}\n[resident]\nlisten = "{own}"\nurl = "http://{own}"\n')
    sim.start()
    yield sim
    sim.end()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as player:
        yield player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def page(sim, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(f"http://127.0.0.1:{sim.world}/")
    page.wait_for_selector("#door-A1[aria-pressed]")
    yield page
    page.close()
    assert [fault for fault in faults if "409" not in fault] == []


def test_a_door_is_forced_filled_emptied_and_shut_by_clicks(sim, page):
    page.click("#door-A2")
    page.wait_for_selector("#door-A2.is-pick")
    page.get_by_text("Force open").click()
    page.wait_for_selector("#door-A2.is-ajar")
    assert page.get_by_role("button", name="A2, ajar, nothing inside").count() == 1
    page.get_by_role("button", name="Put", exact=True).click()
    page.wait_for_selector("#door-A2.has-load")
    page.wait_for_selector("#row-inside >> text=parcel")
    page.get_by_role("button", name="Take", exact=True).click()
    page.wait_for_selector("#door-A2:not(.has-load)")
    page.click("#door-A2")
    page.wait_for_selector("#door-A2:not(.is-ajar):not(.is-open)")
    assert sim.http.get("/doors").json()["A2"] == {"open": False, "latched": True, "coil": False, "load": None}


def test_the_keyboard_moves_a_door(sim, page):
    page.click("#door-A2")
    page.get_by_text("Force open").click()
    page.wait_for_selector("#door-A2.is-ajar")
    page.focus("#door-A2")
    page.keyboard.press("Enter")
    page.wait_for_selector("#door-A2:not(.is-ajar)")


def test_truth_and_belief_differ_in_the_open(sim, page):
    page.click("#door-A1")
    page.get_by_role("checkbox", name="stuck shut").check()
    page.get_by_text("Force open").click()
    page.wait_for_selector("#row-door.differs")
    assert page.locator("#row-door td").all_inner_texts() == ["ajar", "shut"]
    page.get_by_role("checkbox", name="stuck shut").uncheck()
    page.wait_for_selector("#row-door:not(.differs)")
    page.get_by_role("button", name="Push", exact=True).click()
    page.wait_for_selector("#door-A1:not(.is-ajar)")
    assert sim.http.get("/doors").json()["A1"]["open"] is False


def test_a_deposit_fires_a_coil_and_a_phone_rings(sim, page):
    api = sim.api()
    for door in ("A1", "A2"):
        if api.get(f"/compartments/{door}").json()["use"] == "check":
            until(lambda door=door: api.get(f"/compartments/{door}").json()["seen"] == "shut")
            assert api.post(f"/compartments/{door}/clear", json={"content": "empty"}).is_success
    api.put("/residents", json={"unit": "1203", "name": "Wang", "phone": "+8613800000417", "consent": True})
    door = deposit(api, "SF77")["compartment"]
    page.wait_for_selector(f"#door-{door}.is-ajar")
    page.wait_for_selector("#pulses rect.p")
    page.click(f"#door-{door}")
    page.wait_for_selector("#row-inside >> text=SF77")
    page.get_by_role("button", name="Put", exact=True).click()
    page.get_by_role("button", name="Push", exact=True).click()
    page.wait_for_selector(".phone .msg b")
    page.get_by_role("button", name="Show QR to reader").click()
    assert page.inner_text("#said") == ""
    with page.expect_popup() as opened:
        page.click(".phone .msg a")
    assert opened.value.locator("#end").count() == 1
    opened.value.close()


def test_the_levers_move_time_and_wires(sim, page):
    before = sim.http.get("/clock").json()["now"]
    page.get_by_role("button", name="+1 h").first.click()
    until(lambda: sim.http.get("/clock").json()["now"][:13] != before[:13])
    page.get_by_role("checkbox", name="synced").uncheck()
    until(lambda: sim.http.get("/clock").json()["synced"] is False)
    page.get_by_role("checkbox", name="synced").check()
    page.select_option("#wire-1", "unplugged")
    page.click("#door-A1")
    page.wait_for_selector("#row-door >> text=unseen")
    page.select_option("#wire-1", "")
    page.wait_for_selector("#row-door >> text=shut")
    page.select_option("#speed", "5")
    until(lambda: sim.http.get("/clock").json()["speed"] == 5)
    page.select_option("#speed", "1")
    until(lambda: sim.http.get("/clock").json()["speed"] == 1)


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_the_page_fits_its_window(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
