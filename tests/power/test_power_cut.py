"""The power goes at every point of a recorded run, under five models of what a disk keeps."""

import os
import tempfile
from pathlib import Path

import pytest
from needs import need_gcc
from power_replay import keep, memory, record, replay
from power_walk import brief

STATES = 5_000
DRAWN_AT = 0.25
"""At so many of the cuts the models in which chance decides are judged too; `make soak` judges all of them at all."""
LOST = "what was answered, or pulsed for, is not there"
SEED = int(os.environ.get("POWER_SEED", "1"))


@pytest.fixture
def folder():
    need_gcc()
    with tempfile.TemporaryDirectory(dir=memory()) as made:
        yield Path(made)


def test_STO_05_no_power_cut_loses_what_was_answered_or_moves_a_door_without_an_order(folder):
    cabinet = record(folder)
    verdict = replay(cabinet.log, cabinet.data, cabinet.data, seed=SEED, torn=1, share=DRAWN_AT)
    if verdict.violations:
        keep(folder, SEED)
    assert not verdict.violations, str(verdict)
    assert verdict.states >= STATES, str(verdict)
    assert verdict.pulses >= 15, str(verdict)


def test_the_replay_finds_a_commit_that_does_not_wait_for_the_disk(folder):
    cabinet = record(folder, "no-sync", brief)
    verdict = replay(cabinet.log, cabinet.data, cabinet.data, seed=SEED, torn=0, processes=1, enough=("synced", LOST))
    assert LOST in verdict.broken
    assert any(", synced:" in example for example in verdict.examples)


def test_the_replay_finds_a_pulse_before_its_order(folder):
    cabinet = record(folder, "pulse-first", brief)
    verdict = replay(cabinet.log, cabinet.data, cabinet.data, seed=SEED, torn=0, processes=1, enough=("all", LOST))
    assert LOST in verdict.broken
    assert any(", all:" in example for example in verdict.examples)
