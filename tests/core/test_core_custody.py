"""Parcels that stay: held, extended, shifted. Time stands still for what is held, and a deadline only moves later."""

from datetime import timedelta

import pytest
from core_play import BEGIN, Play

HOUR = 3600


def deadline(play, parcel):
    """Hours from the beginning of the play."""
    return (play.site.parcels[parcel].deadline - BEGIN) / timedelta(hours=1)


def _depositing(play):
    return play.deposit()


def _opened(play):
    parcel = play.deposit()
    play.see(**{play.place(parcel): "open"})
    return parcel


def _check(play):
    parcel = play.stored()
    play.open_and_shut(play.place(parcel))
    return parcel


def _held(play):
    parcel = play.stored()
    play.hold(parcel)
    return parcel


def _overdue(play):
    parcel = play.stored()
    play.later(72 * HOUR)
    return parcel


def _gone(play):
    parcel = play.collected()
    play.later(HOUR)
    return parcel


STATES = {
    "depositing": _depositing,
    "depositing, open": _opened,
    "stored": lambda play: play.stored(),
    "overdue": _overdue,
    "held": _held,
    "collecting": lambda play: play.collecting(),
    "collected, in the grace": lambda play: play.collected(),
    "check": _check,
    "gone": _gone,
}
REFUSED = {
    #                           hold       unhold     extend
    "depositing": ("busy", "not-now", "busy"),
    "depositing, open": ("busy", "not-now", "busy"),
    "stored": (None, "not-now", None),
    "overdue": (None, "not-now", None),
    "held": ("not-now", None, "held"),
    "collecting": ("busy", "not-now", "busy"),
    "collected, in the grace": ("busy", "not-now", "busy"),
    "check": (None, "not-now", "not-now"),
    "gone": ("unknown", "unknown", "unknown"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("asked", ["hold", "unhold", "extend"])
def test_each_word_about_a_parcel_in_each_of_its_states(state, asked):
    play = Play()
    parcel = STATES[state](play)
    expected = REFUSED[state][("hold", "unhold", "extend").index(asked)]
    ask = getattr(play, asked)
    if expected is None:
        assert ask(parcel).parcel == parcel
        assert play.refuses(ask, parcel) in {"not-now", "held"}, "twice is once too often"
    else:
        assert play.refuses(ask, parcel) == expected


def test_a_held_parcel_is_let_out_by_nothing_and_nobody_but_who_ends_the_hold():
    play = Play(reopen_seconds=600)
    parcel = play.stored()
    play.hold(parcel)
    assert play.refuses(play.code, parcel) == "held"
    assert play.refuses(play.code, parcel, token=True) == "held"
    assert play.refuses(play.reopen, parcel) == "held"
    assert play.refuses(play.reopen, parcel, take_back=True) == "held"
    play.later(400 * HOUR)
    assert (play.state(parcel), play.use(play.place(parcel))) == ("stored", "loaded")
    play.unhold(parcel)
    play.code(parcel)
    assert play.state(parcel) == "collecting"


def test_a_wrong_code_learns_nothing_of_a_hold():
    play = Play()
    play.hold(play.stored())
    assert play.refuses(play.code, "nobody") == "unknown-code"


def test_time_stands_still_while_a_parcel_is_held():
    play = Play(free_hours=10)
    parcel = play.stored()
    play.later(4 * HOUR)
    play.hold(parcel)
    play.later(100 * HOUR)
    assert not play.site.parcels[parcel].overdue
    play.unhold(parcel)
    assert deadline(play, parcel) == 110
    play.later(6 * HOUR - 1)
    assert not play.site.parcels[parcel].overdue
    play.later(1)
    assert play.site.parcels[parcel].overdue


def test_a_hold_lasts_over_a_restart_and_a_jump_of_the_clock_counts_as_what_passed():
    play = Play(free_hours=10)
    parcel = play.stored()
    play.hold(parcel)
    play.later(2 * HOUR)
    play.jump(50 * HOUR)
    play.restart()
    play.see(**dict.fromkeys(play.site.compartments, "shut"))
    play.unhold(parcel)
    assert play.site.parcels[parcel].deadline - play.now == timedelta(hours=10)


def test_a_held_parcel_stays_held_when_its_compartment_becomes_check_and_is_cleared():
    play = Play()
    parcel = play.stored()
    play.hold(parcel)
    name = play.place(parcel)
    play.staff_open(name)
    play.open_and_shut(name)
    assert play.state(parcel) == "check"
    play.clear(name, "parcel")
    assert (play.state(parcel), play.refuses(play.code, parcel)) == ("stored", "held")


def test_a_staff_members_word_that_nothing_is_there_ends_a_held_parcel():
    play = Play()
    parcel = _check(play)
    play.hold(parcel)
    play.clear(play.place(parcel), "empty")
    assert play.state(parcel) == "withdrawn"


def test_a_parcel_is_extended_from_its_deadline_and_once_only():
    play = Play(free_hours=10)
    parcel = play.stored()
    play.extend(parcel, 24)
    assert deadline(play, parcel) == 34
    assert play.refuses(play.extend, parcel, 24) == "not-now"


def test_an_overdue_parcel_is_extended_from_now_and_not_overdue_any_more():
    play = Play(free_hours=10)
    parcel = play.stored()
    play.later(30 * HOUR)
    assert play.site.parcels[parcel].overdue
    play.extend(parcel, 24)
    assert deadline(play, parcel) == 54
    assert not play.site.parcels[parcel].overdue
    play.later(24 * HOUR)
    assert play.site.parcels[parcel].overdue, "and then it is so again"
    play.code(parcel)
    assert play.state(parcel) == "collecting"


def test_REL_11_staff_with_a_reason_give_more_time_again_and_take_nobodys_one_extension():
    play = Play(free_hours=10)
    parcel = play.stored()
    for hours in (34, 58):
        play.extend(parcel, 24, reason="in hospital")
        assert deadline(play, parcel) == hours
    play.extend(parcel, 24)
    assert deadline(play, parcel) == 82
    assert play.refuses(play.extend, parcel, 24) == "not-now"


def test_O12_all_deadlines_are_shifted_at_once_wherever_the_parcels_are():
    play = Play(free_hours=10)
    stored, going, coming = play.stored(), play.collecting(), play.deposit()
    assert play.shift_deadlines(48).parcels == (stored, going)
    assert (deadline(play, stored), deadline(play, going)) == (58, 58)
    assert play.site.parcels[coming].deadline is None
    play.later(HOUR)
    assert deadline(play, going) == 58, "the door did not open, and what was promised holds"


def test_O12_a_shift_may_concern_some_parcels_only():
    play = Play(free_hours=10)
    play.resident("r2", unit="501", phone="+8613800000002")
    one, other = play.stored(), play.stored("M", "r2")
    assert play.shift_deadlines(1, units=("501",)).parcels == (other,)
    assert play.shift_deadlines(1, compartments=(play.place(one),)).parcels == (one,)
    assert play.shift_deadlines(1, carrier="sf").parcels == (one, other)
    assert play.shift_deadlines(1, carrier="other").parcels == ()
    assert play.shift_deadlines(1, overdue=True).parcels == ()
    assert play.shift_deadlines(1, places=("shelf",)).parcels == ()
    play.later(10 * HOUR)
    play.later(3 * HOUR)
    assert play.shift_deadlines(1, overdue=True).parcels == (one, other)


def _taken_back(play):
    """An overdue parcel whose door stands open for its courier."""
    parcel = _overdue(play)
    play.withdraw(parcel, own=False)
    play.see(**{play.place(parcel): "open"})
    return parcel


def test_what_a_courier_leaves_behind_its_open_door_is_stored_as_before():
    play = Play()
    parcel = _taken_back(play)
    name, before = play.place(parcel), deadline(play, parcel)
    play.not_fetched(parcel)
    play.see(**{name: "shut"})
    assert (play.state(parcel), play.use(name), deadline(play, parcel)) == ("stored", "loaded", before)
    assert play.site.parcels[parcel].overdue
    play.code(parcel)
    assert play.state(parcel) == "collecting"


def test_STO_05_what_a_courier_does_not_find_is_looked_for_at_once_whatever_the_door_does():
    play = Play()
    parcel = _taken_back(play)
    name = play.place(parcel)
    play.not_fetched(parcel, missing=True)
    assert (play.state(parcel), play.use(name)) == ("check", "check")
    play.see(**{name: "shut"})
    assert play.use(name) == "check"
    play.clear(name, "parcel")
    assert play.state(parcel) == "stored"


def test_only_a_courier_of_the_company_at_the_open_door_may_leave_a_parcel():
    play = Play()
    parcel = _overdue(play)
    assert play.refuses(play.not_fetched, parcel) == "not-now"
    play.withdraw(parcel, own=False)
    assert play.refuses(play.not_fetched, parcel) == "not-now"
    play.see(**{play.place(parcel): "open"})
    assert play.refuses(play.not_fetched, parcel, company="JD") == "unknown"


def test_a_restart_after_the_word_at_an_open_door_still_knows_that_the_parcel_stays():
    play = Play()
    parcel = _taken_back(play)
    name = play.place(parcel)
    play.not_fetched(parcel)
    play.restart()
    play.see(**{name: "open"})
    play.see(**{name: "shut"})
    assert play.state(parcel) == "stored"
