"""Rows: the mains plug of the whole machine, in the middle of what a person orders."""

import os
import random
import threading
import time

import httpx
import pytest
from pi_audit import audited
from pi_card import copy_of, data_partition
from pi_places import MADE, say

CUTS = int(os.environ.get("PI_CUTS", "10"))
WATCHED = [9, 10, 11]
MOST_LATE = 6


@pytest.fixture(scope="module")
def story(first, machine):
    """Some lives of one card: each is started, watched, asked for a door, and cut. What each life showed."""
    chance = random.Random(10)
    card = copy_of(first.card, MADE / "run" / "cuts.img")
    lives = []
    for number in range(CUTS + 1):
        pi = machine("cuts", card=card)
        pi.wait_far_end()
        pi.far_end("watch", pins=WATCHED)
        pi.shut_every_door()
        life = {"ready": pi.wait_ready(), "own": pi.own()}
        pi.wait_network()
        door = chance.choice(["A1", "A2", "A3"])
        life["before the order"] = [level for _, _, level, _ in pi.pins]
        if number == CUTS:
            life["first door"] = _first_door(pi)
            lives.append(life)
            break
        if pi.compartment(door)["use"] == "check":
            pi.ask("POST", f"/compartments/{door}/clear", {"content": "empty"})
        life["order"] = _order_and_cut(pi, door, chance.uniform(0.0, 1.0), in_pulse=bool(number % 2))
        life["audit"] = audited(data_partition(card, MADE / "run" / "cut-data.img"))
        lives.append(life)
        say(f"life {number + 1}: {life}")
    return lives


def _order_and_cut(pi, door, after, *, in_pulse):
    """Order a door and take the plug out a moment after, or while its coil is on; how far it had come by then."""
    answers, late = [], 0

    def order():
        try:
            answers.append(pi.ask("POST", f"/compartments/{door}/open", {"reason": "commissioning"})[0])
        except httpx.HTTPError as cut:
            answers.append(type(cut).__name__)

    asking = _begun(order)
    if in_pulse:
        while not _seen(lambda: any(level for _, level in pi.coil_edges(door))):
            asking.join()
            late += 1
            assert late < MOST_LATE, f"{late} orders moved no coil: {answers}, {pi.journal('lockerd')}"
            asking = _begun(order)
    else:
        time.sleep(after)
    coil = [level for _, level in pi.coil_edges(door)]
    pi.cut()
    asking.join()
    return {"after": "coil" if in_pulse else round(after, 2), "answer": answers[-1], "coil": coil[-1], "late": late}


def _begun(work):
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _seen(condition, within=30):
    """True as soon as it is so. An order whose turn on the wire comes too late moves nothing, which is a fault of none
    but a machine that gets no processor; then it is ordered anew.
    """
    until = time.monotonic() + within
    while not (seen := condition()) and time.monotonic() < until:
        time.sleep(0.01)
    return seen


def _first_door(pi):
    before = len(pi.pins)
    for _ in range(MOST_LATE):
        pi.order_open("A2")
        if _seen(lambda: any(level for _, level in pi.coil_edges("A2", before))):
            break
    return pi.coil_edges("A2", before)[0][0]


def test_real_power_cuts_pulse_no_coil_through_the_restart(story, measured):
    for life in story:
        assert set(life["before the order"]) == {0}, life
    orders = [life["order"] for life in story[:-1]]
    measured.append(f"{len(orders)} cuts, {sum(order['answer'] == 201 for order in orders)} after the answer, "
                    f"{sum(order['coil'] == 1 for order in orders)} with the coil on; "
                    f"{sum(order['late'] for order in orders)} orders came too late to move one")  # fmt: skip
    assert len(orders) == CUTS
    assert sum(order["coil"] == 1 for order in orders) >= CUTS // 4


def test_every_data_partition_is_sound_after_its_cut(story, measured):
    events = [life["audit"] for life in story[:-1]]
    assert events == sorted(events)
    measured.append(f"journal of ext4 replayed and audit clean {len(events)} times, {events[0]} to {events[-1]} events")


def test_time_from_power_to_the_first_door(story, measured):
    ready, own = sorted(life["ready"] for life in story), sorted(life["own"] for life in story)
    measured += [f"ready after {ready[0]:.0f} to {ready[-1]:.0f} s, median {ready[len(ready) // 2]:.0f} s",
                 f"{own[0]:.0f} to {own[-1]:.0f} s of its own, median {own[len(own) // 2]:.0f} s",
                 f"first coil {story[-1]['first door']:.0f} s after power"]  # fmt: skip
