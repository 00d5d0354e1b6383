"""Rows: a new card in a Pi that has no network and a dead clock."""

import json

import pytest


def test_OB_06_a_new_card_starts_without_network_and_clock(first, measured):
    facts = first.facts
    assert facts["routes"] == ""
    assert facts["synced"] == "no"
    assert facts["date"] < "2026-11"
    health = json.loads(facts["health"])
    assert (health["status"], health["unseen"]) == ("ok", [])
    assert facts["failed"] == ""
    measured += [
        f"power to ready {facts['ready']:.0f} s, {facts['own']:.0f} s of its own",
        f"of it kernel and systemd {facts['far end']:.0f} s",
    ]


def test_no_coil_moves_in_the_first_start(first, measured):
    assert {pin for _, pin, *_ in first.facts["coils"]} == {9, 10, 11}
    assert {level for _, _, level, _ in first.facts["coils"]} == {0}
    measured.append("3 coils watched from before the daemon on")


def test_the_network_that_comes_later_is_taken(first, measured):
    measured.append(f"API reached {first.facts['network'] and first.facts['reached']:.0f} s after power")
    assert first.facts["network"]["status"] == "ok"
    assert [status for _, status, _ in first.answered] == [201] * len(first.answered)


def test_memory_of_the_machine_at_rest(first, measured):
    used, rss = first.facts["memory"].split("\n")
    megabytes, available = used.split()
    measured += [f"{megabytes} MB used of 1024, {available} MB available", f"lockerd {int(rss) // 1024} MB"]
    assert int(rss) // 1024 <= 120
    assert pytest.approx(int(megabytes), abs=300) == 200
