"""Many tabs of the panel in one browser, which has six connections to a host: a click must still open its door."""

import pytest
from browser_cabinet import Cabinet, until
from test_staff_panel import PEOPLE, Panel, account  # noqa: F401  pytest finds the fixture by its name

TABS = 8


@pytest.fixture(scope="module")
def cabinet(chromium, tmp_path_factory):
    running = Cabinet(tmp_path_factory.mktemp("tabs"), residents=PEOPLE)
    yield running
    running.stop()


@pytest.fixture
def panel(chromium, cabinet, account):  # noqa: F811  see above
    made = Panel(chromium, cabinet)
    made.streams = []
    made.context.on("request", lambda asked: made.streams.append(asked) if asked.url.endswith("/live") else None)
    made.enter(account)
    yield made
    made.context.close()


def free_doors(cabinet):
    return [each["id"] for each in cabinet.api.get("/compartments").json() if each["use"] == "free"]


def test_with_eight_tabs_open_a_click_opens_its_door_and_all_tabs_are_live_by_one_stream(panel, cabinet):
    # Playwright hears of requests only while it is asked something.
    until(lambda: panel.page.title() and len(panel.streams) == 1, "the first tab listens")
    doors = free_doors(cabinet)
    tabs = []
    for number in range(TABS):
        tab = panel.context.new_page()
        tab.goto(f"{cabinet.staff}/doors/{doors[number % 3]}", timeout=20_000)
        tabs.append(tab)
    panel.page.close()  # it held the stream: another takes over
    until(lambda: tabs[0].title() and len(panel.streams) == 2, "another tab listens")
    tabs[0].click("#fold-open summary")
    tabs[0].fill("#reason-open", "test of many tabs")
    tabs[0].click("#form-open .btns button")
    until(lambda: cabinet.pulses(doors[0]), "the door is opened")
    tabs[0].get_by_text(f"{doors[0]} is open").first.wait_for(timeout=20_000)
    before = tabs[7].get_attribute("#main", "data-at")
    cabinet.push(doors[0])
    until(lambda: tabs[7].get_attribute("#main", "data-at") != before, "a newer picture in the last tab", 8)
    # The second listener sent a form and loaded its page anew: the third in the row is the last.
    assert len(panel.streams) == 3


def test_where_there_are_no_locks_pages_look_by_themselves(panel, cabinet):
    streams = []
    panel.context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', {value: undefined})")
    tab = panel.context.new_page()
    tab.on("request", lambda asked: streams.append(asked) if asked.url.endswith("/live") else None)
    tab.goto(cabinet.staff + "/")
    before = tab.get_attribute("#main", "data-at")
    until(lambda: tab.get_attribute("#main", "data-at") != before, "a newer picture", 15)
    assert streams == []
