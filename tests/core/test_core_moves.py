"""A deposit that goes on at another compartment, and a courier who comes back: whose door, whose word."""

import pytest
from core_play import Play, door

from locker.core.events.visit_events import DepositLeaving
from locker.core.messages.commands import Cancel
from locker.core.reasons import NotStored

LOW = {"bottom_mm": 500, "top_mm": 900}


def reachable():
    """A small low door, and of two larger ones the second is low; its resident sits."""
    play = Play(door("A1", "S", **LOW), door("A2", "M"), door("A3", "M", **LOW))
    play.resident("r1", reach=True)
    return play


def test_R19_a_larger_compartment_stays_within_reach_of_its_resident():
    play = reachable()
    assert play.resize(play.deposit("S"), "M").compartment == "A3"


def test_a_lock_that_fails_moves_the_parcel_within_reach_of_its_resident():
    play = reachable()
    parcel = play.deposit("S")
    play.later(40)
    assert (play.place(parcel), play.use("A1")) == ("A3", "retired")


def test_a_courier_who_came_back_changes_the_size_only_once_the_door_was_seen_open():
    play = Play(door("A1", "S"), door("A2", "M"))
    parcel = play.stored("S")
    play.reopen(parcel)
    assert play.refuses(play.resize, parcel, "M") == "not-now"
    play.see(A1="open")
    assert play.resize(parcel, "M").compartment == "A2"


def test_a_stored_parcel_that_was_moved_to_a_lock_that_fails_is_withdrawn_and_not_cancelled():
    play = Play(door("A1", "S"), door("A2", "M"))
    parcel = play.stored("S")
    play.reopen(parcel)
    play.see(A1="open")
    play.resize(parcel, "M")
    play.see(A1="shut")
    play.retire("A1")
    play.later(40)
    assert play.state(parcel) == "withdrawn"


def test_a_courier_cannot_reopen_while_the_resident_is_at_the_door():
    play = Play()
    parcel = play.stored()
    play.code(parcel)
    pulses = play.pulses(play.place(parcel))
    assert play.refuses(play.reopen, parcel) == "not-now"
    assert play.pulses(play.place(parcel)) == pulses


def test_a_courier_cannot_reopen_a_door_that_is_not_seen():
    play = Play()
    parcel = play.stored()
    play.see(**{play.place(parcel): "unseen"})
    assert play.refuses(play.reopen, parcel) == "door-unseen"


def test_the_code_opens_no_door_again_that_is_not_seen_after_the_parcel_was_taken():
    play = Play()
    parcel = play.collected()
    play.see(**{play.place(parcel): "unseen"})
    assert play.refuses(play.code, parcel) == "door-unseen"


def test_a_deposit_whose_door_was_not_seen_for_a_while_leaves_something_to_look_into():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.see(**{name: "shut"})
    play.later(40)
    assert (play.use(name), play.state(parcel), play.place(parcel)) == ("check", "check", name)


def test_why_a_courier_gave_up_is_recorded_at_an_opened_door():
    play = Play()
    parcel = play.deposit()
    play.see(**{play.place(parcel): "open"})
    play.ask(Cancel(by="token:courier", parcel=parcel, reason=NotStored.DAMAGED))
    (leaving,) = [event for event in play.events if isinstance(event, DepositLeaving)]
    assert leaving.reason == NotStored.DAMAGED


@pytest.mark.parametrize("same", [{"code": "code-p1"}, {"token": "token-p1"}])
def test_a_code_or_a_token_that_a_live_parcel_has_is_never_given_to_another(same):
    play = Play()
    play.stored()
    assert play.refuses(play.deposit, **same) == "busy"


def test_only_a_parcel_that_may_leak_goes_to_the_lowest_door():
    doors = (door("A1", bottom_mm=1300, top_mm=1500, openings=0), door("A2", bottom_mm=1230, top_mm=1280, openings=9))
    play = Play(*doors)
    assert play.place(play.deposit()) == "A1"
    play = Play(*doors)
    assert play.place(play.deposit(flags=["liquid"])) == "A2"


def test_an_address_for_mail_is_kept_as_it_was_given():
    play = Play()
    play.resident("r2", email="li@x.example")
    assert play.events[-1].email == "li@x.example"
