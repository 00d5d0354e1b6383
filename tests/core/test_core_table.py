"""Every row of the table of compartments: what it accepts, and what doors, time and faults do to it."""

import pytest
from core_play import Play
from core_uses import USES, check, retired

# --- FREE -----------------------------------------------------------------------------------------


def test_FREE_takes_a_deposit_and_is_FILLING():
    play = Play()
    parcel = play.deposit()
    assert play.use(play.place(parcel)) == "filling"
    assert play.state(parcel) == "depositing"
    assert play.pulses(play.place(parcel)) == 1


@pytest.mark.parametrize("seen", ["open", "unseen"])
def test_FREE_takes_no_deposit_unless_seen_shut(seen):
    play = Play(seen=seen)
    assert play.refuses(play.deposit) == "no-space"


def test_FREE_opened_without_an_order_was_forced_and_is_CHECK():
    play = Play()
    play.see(A1="open")
    assert play.use("A1") == "check"
    assert play.kinds()[-3:] == ["DoorOpened", "DoorForced", "ContentUnknown"]
    play.see(A1="shut")
    assert play.use("A1") == "check", "an open-shut cycle outside a visit is never FREE"


@pytest.mark.parametrize("use", ["free", "loaded"])
def test_FREE_and_LOADED_opened_by_staff_are_CHECK_and_not_forced(use):
    play = Play()
    name = USES[use](play)
    play.staff_open(name)
    assert play.use(name) == use, "an order alone changes nothing"
    play.see(**{name: "open"})
    assert play.use(name) == "check"
    assert "DoorForced" not in play.kinds()


def test_FREE_with_a_staff_order_under_way_is_not_given_away():
    play = Play()
    for name in ("A1", "A2", "A3"):
        play.staff_open(name)
    assert play.refuses(play.deposit) == "no-space"


def test_FREE_whose_staff_order_met_a_jammed_lock_is_FREE_and_the_fault_is_told():
    play = Play()
    play.staff_open("A1")
    play.later(30)
    assert play.use("A1") == "free"
    assert "LockFault" in play.kinds()
    assert play.pulses("A1") == 1, "staff orders are never repeated by rule"


# --- FILLING --------------------------------------------------------------------------------------


def test_FILLING_opened_then_shut_is_LOADED_and_the_parcel_stored():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    assert (play.use(name), play.state(parcel)) == ("filling", "depositing")
    play.see(**{name: "shut"})
    assert (play.use(name), play.state(parcel)) == ("loaded", "stored")


def test_FILLING_opened_past_its_deadline_is_CHECK_left_open():
    play = Play(door_open_seconds=120)
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(119)
    assert play.use(name) == "filling"
    play.later(1)
    assert (play.use(name), play.state(parcel)) == ("check", "check")
    assert "DoorLeftOpen" in play.kinds()
    play.see(**{name: "shut"})
    assert play.use(name) == "check"


def test_FILLING_not_opened_tries_another_compartment_and_retires_the_faulty_one():
    play = Play()
    parcel = play.deposit()
    first = play.place(parcel)
    play.later(40)
    second = play.place(parcel)
    assert second != first
    assert (play.use(first), play.use(second)) == ("retired", "filling")
    assert play.state(parcel) == "depositing"
    assert "LockFault" in play.kinds()


def test_FILLING_not_opened_with_no_other_compartment_is_cancelled():
    play = Play()
    play.retire("A2")
    play.retire("A3")
    parcel = play.deposit()
    play.later(40)
    assert play.state(parcel) == "cancelled"
    assert play.use("A1") == "retired"
    assert parcel not in play.site.parcels


def test_FILLING_cancelled_before_it_opened_is_FREE_after_30_s_without_more_pulses():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    assert play.cancel(parcel).state == "cancelled"
    assert play.use(name) == "filling", "the pulse may still open it"
    play.later(29)
    assert play.use(name) == "filling"
    play.later(1)
    assert play.use(name) == "free"
    assert play.pulses(name) == 1


# --- LOADED ---------------------------------------------------------------------------------------


def test_LOADED_takes_its_code_and_is_EMPTYING():
    play = Play()
    parcel = play.collecting()
    assert (play.use(play.place(parcel)), play.state(parcel)) == ("emptying", "collecting")


def test_LOADED_opened_without_an_order_was_forced_and_is_CHECK_with_its_parcel():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.see(**{name: "open"})
    assert (play.use(name), play.state(parcel)) == ("check", "check")
    assert "DoorForced" in play.kinds()


def test_LOADED_past_the_free_time_stays_LOADED_and_its_code_still_opens():
    play = Play(free_hours=1)
    parcel = play.stored()
    play.later(3600)
    assert play.site.parcels[parcel].overdue
    assert play.use(play.place(parcel)) == "loaded"
    play.code(parcel)
    assert play.state(parcel) == "collecting"


def test_LOADED_takes_its_courier_back_within_the_reopen_time():
    play = Play()
    parcel = play.stored()
    play.reopen(parcel)
    assert (play.use(play.place(parcel)), play.state(parcel)) == ("filling", "depositing")


# --- EMPTYING -------------------------------------------------------------------------------------


def test_EMPTYING_opened_then_shut_is_in_the_grace_then_FREE():
    play = Play(reopen_seconds=60)
    parcel = play.collecting()
    name = play.place(parcel)
    play.see(**{name: "open"})
    assert (play.use(name), play.state(parcel)) == ("emptying", "collecting")
    play.see(**{name: "shut"})
    assert (play.use(name), play.state(parcel)) == ("emptying", "collected")
    play.later(59)
    assert play.use(name) == "emptying"
    play.later(1)
    assert play.use(name) == "free"
    assert parcel not in play.site.parcels


def test_EMPTYING_opened_past_its_deadline_is_CHECK():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(120)
    assert (play.use(name), play.state(parcel)) == ("check", "check")


def test_EMPTYING_not_opened_is_LOADED_and_its_code_stays_valid():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.later(40)
    assert (play.use(name), play.state(parcel)) == ("loaded", "stored")
    play.code(parcel)
    assert play.state(parcel) == "collecting"


def test_EMPTYING_in_the_grace_not_opened_changes_nothing():
    play = Play(reopen_seconds=60)
    parcel = play.collected()
    name = play.place(parcel)
    play.code(parcel)
    play.later(40)
    assert (play.use(name), play.state(parcel)) == ("emptying", "collected")
    assert play.kinds()[-2:] == ["LockFault", "ReopeningFailed"]
    play.later(20)
    assert (play.use(name), play.state(parcel)) == ("free", "collected")


def test_EMPTYING_in_the_grace_opened_and_left_open_is_CHECK_and_the_parcel_stays_collected():
    play = Play()
    parcel = play.collected()
    name = play.place(parcel)
    play.code(parcel)
    play.see(**{name: "open"})
    play.later(120)
    assert (play.use(name), play.state(parcel)) == ("check", "collected")


# --- CHECK and RETIRED ----------------------------------------------------------------------------


def test_CHECK_notes_doors_and_no_deadline_moves_it():
    play = Play()
    name = check(play)
    for seen in ("open", "shut", "open"):
        play.see(**{name: seen})
        assert play.use(name) == "check"
    play.later(24 * 3600)
    assert play.use(name) == "check"


def test_CHECK_from_EMPTYING_takes_the_code_of_its_own_parcel():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(120)
    play.see(**{name: "shut"})
    play.code(parcel)
    assert (play.use(name), play.state(parcel)) == ("emptying", "collecting")
    play.open_and_shut(name)
    assert play.state(parcel) == "collected"


def test_CHECK_from_the_grace_takes_the_code_of_its_own_parcel_and_stays_collected():
    play = Play()
    parcel = play.collected()
    name = play.place(parcel)
    play.code(parcel)
    play.see(**{name: "open"})
    play.later(120)
    play.see(**{name: "shut"})
    play.code(parcel)
    assert (play.use(name), play.state(parcel)) == ("emptying", "collected")
    play.open_and_shut(name)
    play.later(60)
    assert (play.use(name), play.state(parcel)) == ("free", "collected")


def test_CHECK_from_the_grace_whose_door_does_not_open_is_CHECK_again():
    play = Play()
    parcel = play.collected()
    name = play.place(parcel)
    play.code(parcel)
    play.see(**{name: "open"})
    play.later(120)
    play.see(**{name: "shut"})
    pulsed = play.pulses(name)
    play.code(parcel)
    play.later(3600)
    assert (play.use(name), play.state(parcel)) == ("check", "collected")
    assert play.pulses(name) == pulsed + 3


def test_CHECK_standing_open_needs_no_pulse_for_the_code_of_its_parcel():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(120)
    pulsed = play.pulses(name)
    play.code(parcel)
    assert play.pulses(name) == pulsed
    play.see(**{name: "shut"})
    assert play.state(parcel) == "collected"


@pytest.mark.parametrize("why", ["forced", "left open by the courier"])
def test_CHECK_not_from_EMPTYING_does_not_take_the_code(why):
    play = Play()
    parcel = play.stored() if why == "forced" else play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(120)
    play.see(**{name: "shut"})
    assert play.use(name) == "check"
    assert play.refuses(play.code, parcel) == "not-now"


def test_RETIRED_notes_doors_and_nothing_else_moves_it():
    play = Play()
    name = retired(play)
    play.staff_open(name)
    play.see(**{name: "open"})
    play.see(**{name: "shut"})
    play.later(24 * 3600)
    assert play.use(name) == "retired"
