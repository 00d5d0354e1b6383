"""What a code does before, during and after a visit: the sentences of the contract, one test each."""

import pytest
from core_play import Play

from locker.core.events.visit_events import DepositStarted
from locker.core.messages.commands import Collect


def test_a_code_opens_its_own_parcel_and_no_other():
    play = Play()
    mine, other = play.stored(), play.stored()
    told = play.code(mine)
    assert told.openings == ((mine, play.place(mine)),)
    assert play.pulses(play.place(mine)) == play.pulses(play.place(other)) + 1
    assert play.state(other) == "stored"


def test_a_token_opens_the_same_parcel():
    play = Play()
    parcel = play.stored()
    assert play.code(parcel, token=True).openings == ((parcel, play.place(parcel)),)


def test_a_code_is_no_token_and_a_token_no_code():
    play = Play()
    play.stored()

    def ask(hashed, token):
        return Collect(by="kiosk", pickup="k9", hash=hashed, token=token, source="kiosk")

    assert play.refuses(play.ask, ask("code-p1", token=True)) == "unknown-code"
    assert play.refuses(play.ask, ask("token-p1", token=False)) == "unknown-code"


def test_REL_01_a_door_opens_for_nobody_without_a_credential():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    pulses = play.pulses(name)
    assert play.refuses(play.code, "p99") == "unknown-code"
    play.later(1)
    assert play.refuses(play.code, parcel, second="9999") == "unknown-code"
    play.later(3600)
    assert (play.pulses(name), play.state(parcel)) == (pulses, "stored")


@pytest.mark.parametrize("second", ["0001", "1203", " 12 03 "])
def test_REL_03_the_second_item_is_the_end_of_the_phone_or_the_unit(second):
    play = Play()
    parcel = play.stored()
    play.code(parcel, second=second)
    assert play.state(parcel) == "collecting"


@pytest.mark.parametrize("second", ["", " ", "001", "8613800000001", "120"])
def test_any_other_second_item_is_a_wrong_try_and_unknown_code(second):
    play = Play()
    parcel = play.stored()
    assert play.refuses(play.code, parcel, second=second) == "unknown-code"
    assert play.kinds()[-1] == "CodeRejected"


def test_the_second_item_of_any_recipient_of_the_parcel_fits():
    play = Play()
    play.resident("r2", unit="9", phone="+8613800007777")
    parcel = play.stored("M", "r1", "r2")
    play.code(parcel, second="7777")
    assert play.state(parcel) == "collecting"


@pytest.mark.parametrize("end", ["used", "withdrawn", "never known"])
def test_used_returned_and_unknown_codes_are_refused_alike(end):
    play = Play()
    parcel = play.collected() if end == "used" else play.stored() if end == "withdrawn" else "p99"
    if end == "withdrawn":
        play.reopen(parcel, take_back=True)
        play.open_and_shut(play.place(parcel))
    play.later(60)
    assert play.refuses(play.code, parcel) == "unknown-code"
    assert play.refuses(play.code, parcel, token=True) == "unknown-code"


def test_C14_a_code_before_its_parcel_is_stored_is_busy():
    play = Play()
    assert play.refuses(play.code, play.deposit()) == "busy"


def test_a_code_while_staff_are_at_the_door_is_busy():
    play = Play()
    parcel = play.stored()
    play.staff_open(play.place(parcel))
    assert play.refuses(play.code, parcel) == "busy"


def test_a_code_for_an_unseen_door_is_door_unseen_and_costs_nothing():
    play = Play()
    parcel = play.stored()
    play.see(**{play.place(parcel): "unseen"})
    assert play.refuses(play.code, parcel) == "door-unseen"
    assert not play.site.buckets


# --- the visit ------------------------------------------------------------------------------------


def test_a_pickup_pulses_three_times_at_most_five_seconds_apart_then_is_stored_again():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    before = play.pulses(name)
    play.code(parcel)
    for seconds, pulses in ((4.9, 1), (0.1, 2), (4.9, 2), (0.1, 3), (29.9, 3)):
        play.later(seconds)
        assert (play.pulses(name) - before, play.state(parcel)) == (pulses, "collecting")
    play.later(0.1)
    assert play.state(parcel) == "stored"
    assert {"LockFault", "PickupFailed"} <= set(play.kinds())


def test_the_same_code_during_the_visit_is_the_same_pickup_and_adds_no_pulse():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    first = play.code(parcel)
    pulses = play.pulses(name)
    assert play.code(parcel) == first
    assert play.code(parcel, token=True) == first
    play.see(**{name: "open"})
    assert play.code(parcel) == first
    assert play.pulses(name) == pulses


def test_no_pulse_while_the_door_is_seen_open_or_unseen():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    pulses = play.pulses(name)
    play.see(**{name: "unseen"})
    play.later(20)
    assert play.pulses(name) == pulses
    play.see(**{name: "open"})
    play.later(60)
    assert play.pulses(name) == pulses


def test_collected_only_when_its_door_was_seen_open_and_then_shut():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.later(10)
    assert play.state(parcel) == "collecting"
    play.see(**{name: "open"})
    assert play.state(parcel) == "collecting"
    play.see(**{name: "shut"})
    assert play.state(parcel) == "collected"


def test_three_failed_visits_in_ten_minutes_then_not_now_then_again():
    play = Play()
    parcel = play.stored()
    for _ in range(3):
        play.code(parcel)
        play.later(40)
        assert play.state(parcel) == "stored"
    assert play.refuses(play.code, parcel) == "not-now"
    assert play.refuses(play.code, parcel, token=True) == "not-now"
    play.later(600)
    play.code(parcel)


def test_visits_that_succeed_are_not_counted():
    play = Play(reopen_seconds=600)
    parcel = play.collected()
    for _ in range(5):
        play.code(parcel)
        play.open_and_shut(play.place(parcel))
    assert play.state(parcel) == "collected"


# --- the grace ------------------------------------------------------------------------------------


def test_R7_in_the_grace_the_same_code_opens_the_same_door_again():
    play = Play(reopen_seconds=60)
    parcel = play.collected()
    name = play.place(parcel)
    pulses = play.pulses(name)
    play.later(59)
    assert play.code(parcel).openings == ((parcel, name),)
    assert play.pulses(name) == pulses + 1


def test_a_reopening_that_succeeds_starts_the_grace_anew_at_its_shutting():
    play = Play(reopen_seconds=60)
    parcel = play.collected()
    name = play.place(parcel)
    play.later(50)
    play.code(parcel)
    play.see(**{name: "open"})
    play.later(30)
    play.see(**{name: "shut"})
    play.later(59)
    assert play.use(name) == "emptying"
    play.later(1)
    assert play.use(name) == "free"


def test_once_collected_a_parcel_stays_so():
    play = Play(reopen_seconds=60)
    parcel = play.collected()
    name = play.place(parcel)
    play.code(parcel)
    assert play.state(parcel) == "collected"
    play.later(40)
    assert play.state(parcel) == "collected"
    play.later(3600)
    assert (play.use(name), play.state(parcel)) == ("free", "collected")
    assert "PickupFailed" not in play.kinds()


def test_a_collected_parcel_is_in_no_compartment_while_its_grace_runs():
    from locker.core.messages.answers import compartment_answer

    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    assert compartment_answer(play.site, name).parcels == (parcel,)
    play.open_and_shut(name)
    told = compartment_answer(play.site, name)
    assert (told.use, told.parcels) == ("emptying", ())


def test_reopenings_that_fail_are_three_in_ten_minutes_too():
    play = Play(reopen_seconds=600)
    parcel = play.collected()
    for _ in range(3):
        play.code(parcel)
        play.later(40)
    assert play.refuses(play.code, parcel) == "not-now"


def test_no_grace_when_the_time_is_nought():
    play = Play(reopen_seconds=0)
    parcel = play.collected()
    play.later(0)
    assert play.refuses(play.code, parcel) == "unknown-code"


def test_the_next_parcel_gets_the_compartment_only_after_the_grace():
    play = Play(reopen_seconds=60)
    play.retire("A2")
    play.retire("A3")
    play.collected()
    assert play.refuses(play.deposit) == "no-space"
    play.later(60)
    play.deposit()


# --- overdue --------------------------------------------------------------------------------------


def test_a_parcel_is_overdue_once_and_only_when_the_clock_is_believed():
    play = Play(free_hours=1)
    play.stored()
    play.later(7200, synced=False)
    assert "ParcelOverdue" not in play.kinds()
    play.later(30)
    play.later(3600)
    assert play.kinds().count("ParcelOverdue") == 1


def test_a_parcel_that_was_overdue_stays_so_after_a_failed_pickup():
    play = Play(free_hours=1)
    parcel = play.stored()
    play.later(3600)
    play.code(parcel)
    play.later(40)
    assert play.site.parcels[parcel].overdue


# --- requirements ---------------------------------------------------------------------------------


def test_REC_01_a_deposit_needs_a_recipient_of_the_directory_and_tells_who():
    play = Play()
    assert play.refuses(play.deposit, recipients=()) == "unknown-recipient"
    play.deposit()
    started = next(event for event in play.events if isinstance(event, DepositStarted))
    assert started.recipients == ("r1",)


def test_REC_03_the_life_of_a_parcel_is_in_the_events_received_stored_released():
    play = Play()
    parcel = play.collected()
    play.later(60)
    life = [type(e).__name__ for e in play.events if getattr(e, "parcel", "") == parcel]
    assert life == ["DepositStarted", "ParcelStored", "PickupStarted", "ParcelCollected"]


@pytest.mark.parametrize("leave", ["cancel", "take back", "left open"])
def test_REL_06_nothing_that_a_courier_does_makes_a_parcel_collected(leave):
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.reopen(parcel, take_back=leave == "take back")
    play.see(**{name: "open"})
    if leave == "cancel":
        play.cancel(parcel)
    if leave == "left open":
        play.later(120)
    play.see(**{name: "shut"})
    play.later(3600)
    assert "ParcelCollected" not in play.kinds()
    assert play.state(parcel) in {"withdrawn", "check"}


def test_REL_06_an_interrupted_deposit_found_empty_is_withdrawn_never_collected():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.restart()
    play.see(**{name: "shut"})
    play.clear(name, "empty")
    assert play.state(parcel) == "withdrawn"
