"""What a site is asked by its rules, and what a decision carries with it."""

from datetime import timedelta

import pytest
from core_play import Play

from locker.core.doors.deadlines import next_deadline
from locker.core.evolve.site_updates import changed, with_parcel, with_visit
from locker.core.messages.commands import Retire
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import may_reopen_until


@pytest.fixture
def play():
    return Play(door_open_seconds=90, reopen_seconds=45)


def of_a_journal_of_before(play, name):
    """The visit at this door, without what it began with."""
    play.site = with_visit(play.site, name, door_open_seconds=None, reopen_seconds=None)


def test_a_visit_of_a_journal_of_before_goes_by_what_the_site_says_now(play):
    name = play.place(play.collecting())
    play.see(**{name: "open"})
    of_a_journal_of_before(play, name)
    assert next_deadline(play.site) == play.now + timedelta(seconds=90)
    play.folded = play.site
    play.see(**{name: "shut"})
    assert next_deadline(play.site) == play.now + timedelta(seconds=45)


def test_a_parcel_of_a_journal_of_before_opens_again_as_long_as_the_site_says_now(play):
    parcel = play.deposit()
    assert may_reopen_until(play.site, play.site.parcels[parcel]) is None, "it was never stored"
    play.open_and_shut(play.place(parcel))
    play.site = play.folded = with_parcel(play.site, parcel, reopen_seconds=None)
    assert may_reopen_until(play.site, play.site.parcels[parcel]) == play.now + timedelta(seconds=45)
    play.later(44)
    assert play.reopen(parcel).state == "depositing"


def test_a_parcel_of_a_journal_of_before_lies_here_as_long_as_the_site_says_when_it_is_stored(play):
    parcel = play.deposit()
    play.site = play.folded = with_parcel(play.site, parcel, free_hours=None)
    play.open_and_shut(play.place(parcel))
    assert play.site.parcels[parcel].deadline == play.now + timedelta(hours=72)


@pytest.mark.parametrize("kind", ["pickup", "reopened"])
def test_a_lock_fault_tells_of_every_pulse_that_was_given_asked_for_or_not(play, kind):
    parcel = play.stored()
    name = play.place(parcel)
    if kind == "pickup":
        play.code(parcel)
        play.site = play.folded = with_visit(play.site, name, asked=1)
    else:
        play.reopen(parcel)
        play.later(16)
        play.reopen(parcel)
    play.later(31)
    (fault,) = [event for event in play.events if type(event).__name__ == "LockFault"]
    assert fault.pulses == {"pickup": 2, "reopened": 4}[kind]


def test_what_changed_is_what_has_another_value_is_new_or_is_gone():
    same = [1]
    assert changed({"a": same, "b": [2]}, {"a": same, "b": [2], "c": [3]}) == ["b", "c"], (
        "another value is not the same"
    )
    assert changed({"a": same, "b": [2]}, {"a": same}) == ["b"]
    assert changed({"a": same}, {"a": same}) == []


def test_a_decision_carries_the_site_before_it_and_the_moment_at_which_it_was_made(play):
    before = play.site
    done = play.do(Retire(by="staff:t", compartment="A1", reason="dirty"))
    assert (done.before, done.at) == (before, play.now)
    assert done.before is before
    assert done.site.compartments["A1"].use.value == "retired"


def test_a_refusal_says_what_must_be_known_first():
    refused = Refused(RefusalReason.FIELDS_MISSING, missing=("unit",))
    assert refused.missing == ("unit",)
    assert (refused.retry_after, refused.record, refused.item) == (None, None, None)
