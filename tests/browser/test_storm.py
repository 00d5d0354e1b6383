"""Everybody at once: two panels, a phone, a kiosk, programs at the stream, some that never read; and then a restart.

Order and counts are judged, never seconds: a deadline only bounds a failure.
"""

import json
import socket
import threading
from pathlib import Path

import httpx
import pytest
from browser_cabinet import Cabinet, until
from browser_screen import Screen
from test_staff_panel import PEOPLE, Panel, account  # noqa: F401  pytest finds the fixture by its name

NEVER_READ = 24
LATER_EVENTS = 6
"""So many lines of other doors may stand in the journal between the order for a door and the sight of it."""


@pytest.fixture(scope="module")
def cabinet(chromium, tmp_path_factory):
    running = Cabinet(tmp_path_factory.mktemp("storm"), residents=PEOPLE)
    running.deposit("SF9000", "0803")
    assert running.notice("+8613800000004")["code"]  # the daemon keeps its connection to the phone company for the next
    running.quiet = descriptors(running)
    yield running
    running.stop()


class Follower(threading.Thread):
    """A program that follows the events, and comes back where it was whenever its stream breaks."""

    def __init__(self, cabinet):
        super().__init__(daemon=True)
        self._url, self._headers = cabinet.staff + "/api/v1/events/stream", dict(cabinet.api.headers)
        self.events, self.connections, self.ended = [], 0, threading.Event()

    def run(self):
        last = ""
        while not self.ended.is_set():
            resume = {"Last-Event-ID": last} if last else {}
            try:
                with httpx.stream("GET", self._url, headers=self._headers | resume, timeout=5) as answer:
                    self.connections += answer.status_code == 200
                    for line in answer.iter_lines():
                        if line.startswith("id:"):
                            last = line[3:].strip()
                        if line.startswith("data:"):
                            self.events.append(json.loads(line[5:]))
                        if self.ended.is_set():
                            return
            except httpx.HTTPError:
                self.ended.wait(0.1)


def never_reading(cabinet, port, path):
    """A client that asks for a stream and takes nothing of it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.connect(("127.0.0.1", port))
    bearer = cabinet.api.headers["Authorization"]
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {bearer}\r\n\r\n".encode())
    return client


def descriptors(cabinet):
    return len(list(Path(f"/proc/{cabinet.process.pid}/fd").iterdir()))


def storm(cabinet):
    _, staff, _ = cabinet.ports
    return [never_reading(cabinet, staff, "/api/v1/events/stream?after=0") for _ in range(NEVER_READ)]


def open_by_panel(panel, cabinet, door):
    before = len(cabinet.pulses(door))
    panel.go(f"/doors/{door}")
    panel.page.click("#fold-open summary")
    panel.page.fill("#reason-open", "test of a storm")
    panel.page.click("#form-open .btns button")
    until(lambda: len(cabinet.pulses(door)) == before + 1, f"{door} is opened once")


def collect_at(kiosk, cabinet, code):
    kiosk.press("collect")
    kiosk.keys(code)  # it opens at its last digit
    door = until(lambda: kiosk.page.locator(".opened .plate").count() and kiosk.door(), "the kiosk names the door")
    until(lambda: cabinet.doors()[door]["open"], f"{door} springs open")
    return door


def test_doors_open_promptly_through_a_storm_and_a_restart_and_nothing_is_lost(chromium, cabinet, account):  # noqa: F811
    panels = [Panel(chromium, cabinet, width) for width in ("1280", "1280", "390")]
    for each in panels:
        each.enter(account)
    touch = chromium.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    kiosk, follower = Screen(touch.new_page(), cabinet, "storm"), Follower(cabinet)
    follower.start()
    silent = storm(cabinet)
    free = [each["id"] for each in cabinet.api.get("/compartments").json() if each["use"] == "free"]

    stored = cabinet.deposit("SF9001", "1203")
    open_by_panel(panels[0], cabinet, free[-1])
    open_by_panel(panels[2], cabinet, free[-2])
    assert collect_at(kiosk, cabinet, cabinet.notice("+8613800000001")["code"]) == stored
    for door in (stored, free[-1], free[-2]):
        cabinet.push(door)

    later = cabinet.deposit("SF9002", "1203")
    code = until(
        lambda: [m["data"]["code"] for m in cabinet.world.get("/phones/8613800000001").json()][1:], "the second code"
    )[0]
    cabinet.process.kill()
    cabinet.process.wait()
    cabinet.start()
    silent += storm(cabinet)  # all of them come back at once
    panels[1].go("/")
    open_by_panel(panels[1], cabinet, free[-3])
    for each in (panels[0], panels[2]):
        each.page.locator("#live.is-live").wait_for(timeout=60_000)
    kiosk.page.locator("#gone:not([open])").wait_for(state="attached", timeout=60_000)
    assert collect_at(kiosk, cabinet, code) == later
    for door in (later, free[-3]):
        cabinet.push(door)

    told = cabinet.api.get("/events", params={"limit": 10000}).json()
    until(lambda: follower.events and follower.events[-1]["seq"] >= told[-1]["seq"], "the follower has all of it")
    seqs = [event["seq"] for event in follower.events]
    assert seqs == list(range(seqs[0], seqs[-1] + 1)), "nothing twice, nothing left out"
    assert follower.connections >= 2
    orders = [event for event in told if event["kind"] == "UnlockOrdered"]
    assert len(orders) == 8
    for order in orders:
        door = order["data"]["compartment"]
        seen = next(
            e
            for e in told
            if e["seq"] > order["seq"] and e["kind"] == "DoorOpened" and e["data"]["compartment"] == door
        )
        assert seen["seq"] - order["seq"] <= LATER_EVENTS, (door, order["seq"], seen["seq"])

    follower.ended.set()
    for each in silent:
        each.close()
    for each in panels:
        each.context.close()
    touch.close()
    cabinet.deposit("SF9003", "1203")  # an event wakes the follower's thread, which then ends
    follower.join(30)
    until(lambda: descriptors(cabinet) <= cabinet.quiet, f"every descriptor is given back, {cabinet.quiet} as at first")
