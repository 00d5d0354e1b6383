"""What a courier is told and may do: the sentences of the contract about deposits, one test each."""

from dataclasses import replace
from datetime import timedelta

import pytest
from core_play import Play, door

from locker.core.model import VisitKind

# --- refusals -------------------------------------------------------------------------------------


def test_a_recipient_who_said_no_is_asked_by_nobody():
    play = Play()
    play.resident("r1", consent=False)
    assert play.refuses(play.deposit) == "consent-needed"
    assert play.refuses(play.deposit, consent="given") == "consent-needed", "a no is never overridden"


def test_silence_is_not_consent_under_ask_and_the_body_fills_it():
    play = Play()
    play.resident("r1", consent=None)
    assert play.refuses(play.deposit) == "consent-needed"
    play.deposit(consent="given")
    play.deposit(consent="addressed-to-locker")


def test_silence_is_consent_under_assume_but_a_no_is_a_no():
    play = Play(ask_consent=False)
    play.resident("r1", consent=None)
    play.deposit()
    play.resident("r1", consent=False)
    assert play.refuses(play.deposit) == "consent-needed"


def test_one_no_in_a_unit_is_a_no_for_its_parcel():
    play = Play()
    play.resident("r2", consent=False)
    assert play.refuses(play.deposit, "M", "r1", "r2") == "consent-needed"


def test_in_person_parcels_are_never_taken():
    play = Play()
    assert play.refuses(play.deposit, flags=["in-person"]) == "in-person-only"


def test_damaged_parcels_are_not_taken():
    play = Play()
    assert play.refuses(play.deposit, damaged=True) == "damaged"


def test_a_parcel_for_nobody_is_unknown_recipient():
    play = Play()
    assert play.refuses(play.deposit, recipients=()) == "unknown-recipient"


@pytest.mark.parametrize("stage", ["depositing", "stored", "collecting", "check"])
def test_REC_04_one_live_parcel_per_number(stage):
    play = Play()
    parcel = play.deposit(label="SF1")
    name = play.place(parcel)
    if stage != "depositing":
        play.open_and_shut(name)
    if stage == "collecting":
        play.code(parcel)
    if stage == "check":
        play.see(**{name: "open"})
    assert play.state(parcel) == stage
    assert play.refuses(play.deposit, label="SF1") == "duplicate-tracking"


@pytest.mark.parametrize("end", ["cancelled", "withdrawn", "collected", "collected, in the grace"])
def test_REC_04_the_number_of_an_ended_parcel_may_be_used_again(end):
    play = Play()
    parcel = play.deposit(label="SF1")
    name = play.place(parcel)
    if end == "cancelled":
        play.cancel(parcel)
    else:
        play.open_and_shut(name)
    if end == "withdrawn":
        play.reopen(parcel, take_back=True)
        play.open_and_shut(name)
    if end.startswith("collected"):
        play.code(parcel)
        play.open_and_shut(name)
        if end == "collected":
            play.later(60)
    play.deposit(label="SF1")
    play.later(60)
    assert play.refuses(play.deposit, label="SF1") == "duplicate-tracking", "the older one's end frees nothing"


def test_too_large_is_a_size_that_the_cabinet_does_not_have():
    play = Play(door("A1", "S"), door("A2", "M"))
    assert play.refuses(play.deposit, "L") == "too-large"
    play.deposit("M")
    assert play.refuses(play.deposit, "M") == "no-space"


def test_no_space_when_the_size_exists_and_is_only_out_of_use():
    play = Play(door("A1", "S"), door("A2", "L"))
    play.retire("A2")
    assert play.refuses(play.deposit, "L") == "no-space"


def test_a_code_that_a_live_parcel_has_is_never_given_twice():
    play = Play()
    play.deposit()
    play.made -= 1  # the next parcel would have the same code and token
    assert play.refuses(play.deposit, label="other") == "busy"


# --- cancel and resize ----------------------------------------------------------------------------


def test_cancel_of_an_opened_deposit_is_FREE_when_seen_shut_by_the_couriers_word():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    told = play.cancel(parcel)
    assert (told.parcel, told.compartment, told.state) == (parcel, name, "cancelled")
    assert play.use(name) == "filling"
    play.see(**{name: "shut"})
    assert play.use(name) == "free"
    assert play.state(parcel) == "cancelled"


def test_a_cancelled_door_that_opens_late_is_FREE_when_shut():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.cancel(parcel)
    play.open_and_shut(name)
    assert play.use(name) == "free"


def test_a_cancelled_door_left_open_is_CHECK_without_a_parcel():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.cancel(parcel)
    play.later(120)
    assert play.use(name) == "check"
    assert not play.site.compartments[name].parcels


@pytest.mark.parametrize("when", ["stored", "cancelled", "in check", "unknown"])
def test_cancel_and_resize_only_while_depositing(when):
    play = Play()
    parcel = "p99" if when == "unknown" else play.stored() if when == "stored" else play.deposit()
    if when == "cancelled":
        play.cancel(parcel)
    if when == "in check":
        play.see(**{play.place(parcel): "open"})
        play.later(120)
    assert play.refuses(play.cancel, parcel) == "not-now"
    assert play.refuses(play.resize, parcel, "M") == "not-now"


@pytest.mark.parametrize("opened", [False, True])
def test_resize_goes_on_at_another_compartment_and_the_first_is_FREE_again(opened):
    play = Play(door("A1", "S"), door("A2", "L"))
    parcel = play.deposit("S")
    if opened:
        play.see(A1="open")
    told = play.resize(parcel, "L")
    assert (told.compartment, told.state) == ("A2", "depositing")
    assert play.pulses("A2") == 1
    if opened:
        play.see(A1="shut")
    else:
        play.later(30)
    assert play.use("A1") == "free"
    assert play.pulses("A1") == 1
    play.open_and_shut("A2")
    assert play.state(parcel) == "stored"


def test_resize_to_nothing_keeps_the_first_compartment():
    play = Play(door("A1", "S"), door("A2", "M"))
    parcel = play.deposit("S")
    assert play.refuses(play.resize, parcel, "XL") == "too-large"
    play.retire("A2")
    assert play.refuses(play.resize, parcel, "M") == "no-space"
    play.open_and_shut("A1")
    assert play.state(parcel) == "stored"


def test_resize_never_offers_the_same_compartment_again():
    play = Play(door("A1", "L"))
    parcel = play.deposit("S")
    assert play.refuses(play.resize, parcel, "L") == "no-space"


def test_cold_parcels_stay_cold_when_resized_or_moved():
    cold = {"features": frozenset({"cold"})}
    play = Play(door("A1", "S", **cold), door("A2", "M"), door("A3", "L", **cold), door("A4", "XL", **cold))
    parcel = play.deposit("S", flags=["cold"])
    assert play.resize(parcel, "M").compartment == "A3"
    play.later(40)
    assert play.place(parcel) == "A4"


# --- pulses ---------------------------------------------------------------------------------------


def test_a_deposit_pulses_three_times_at_most_five_seconds_apart():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    for seconds, pulses in ((4.9, 1), (0.1, 2), (4.9, 2), (0.1, 3), (29.9, 3)):
        play.later(seconds)
        assert (play.pulses(name), play.place(parcel)) == (pulses, name)
    play.later(0.1)
    assert play.place(parcel) != name, "30 s after the last pulse"
    assert play.pulses(name) == 3


def test_no_pulse_after_the_door_was_seen_open():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(60)
    assert play.pulses(name) == 1


def test_a_lost_pulse_is_recorded_and_the_rule_goes_on():
    from locker.core.messages.observations import PulseFailed

    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.do(PulseFailed(name, "the board does not answer"))
    assert play.kinds()[-1] == "PulseLost"
    play.later(5)
    assert play.pulses(name) == 2


def test_every_deposit_event_has_the_order_after_the_compartment_was_taken():
    play = Play()
    play.deposit()
    assert play.kinds()[-2:] == ["DepositStarted", "UnlockOrdered"]


# --- clearing a CHECK ------------------------------------------------------------------------------


def test_clear_parcel_after_an_interrupted_deposit_is_stored_with_its_code_valid():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(120)
    play.see(**{name: "shut"})
    assert play.clear(name, "parcel").use == "loaded"
    assert play.state(parcel) == "stored"
    play.code(parcel)


def test_clear_empty_after_an_interrupted_deposit_is_withdrawn():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(120)
    play.see(**{name: "shut"})
    play.clear(name, "empty")
    assert (play.use(name), play.state(parcel)) == ("free", "withdrawn")
    assert play.refuses(play.code, parcel) == "unknown-code"


def test_clear_after_a_forced_door():
    for content, use, state in (("empty", "free", "withdrawn"), ("parcel", "loaded", "stored")):
        play = Play()
        parcel = play.stored()
        name = play.place(parcel)
        play.open_and_shut(name)
        play.clear(name, content)
        assert (play.use(name), play.state(parcel)) == (use, state)


def test_clear_empty_after_an_interrupted_pickup_is_collected_by_the_word_of_staff():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(120)
    play.see(**{name: "shut"})
    play.clear(name, "empty")
    assert (play.use(name), play.state(parcel)) == ("free", "collected")
    assert any(getattr(event, "by_word", False) for event in play.events)


def test_clear_parcel_after_an_interrupted_pickup_is_stored_with_its_code_valid():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(120)
    play.see(**{name: "shut"})
    play.clear(name, "parcel")
    assert (play.use(name), play.state(parcel)) == ("loaded", "stored")
    play.code(parcel)


@pytest.mark.parametrize(
    ("minutes", "hours"), [(0, 72), (71 * 60, 72), (72 * 60, 72), (72 * 60 + 1, 73), (100 * 60 - 1, 100), (6000, 100)]
)
def test_what_is_to_be_kept_longer_lies_here_so_many_whole_hours_and_never_less_than_promised(minutes, hours):
    play = Play()
    parcel = play.stored(keep_until=play.now + timedelta(minutes=minutes))
    known = play.site.parcels[parcel]
    assert known.free_hours == hours
    assert isinstance(known.free_hours, int)
    assert known.deadline == play.now + timedelta(hours=hours)


def test_nobody_changes_a_deposit_whose_visit_is_missing_or_is_another_s():
    """No rule of today leaves such a record: refused, and nothing guessed."""
    play = Play()
    parcel = play.deposit()
    name, going = play.place(parcel), play.site
    for visits in ({}, {name: replace(going.visits[name], kind=VisitKind.PICKUP)}):
        play.site = replace(going, visits=visits)
        assert play.refuses(play.cancel, parcel) == "not-now"
        assert play.refuses(play.resize, parcel, "L") == "not-now"
