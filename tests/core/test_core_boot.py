"""The table of a start after a power cut: what was recorded against what is seen. Nothing is guessed."""

import pytest
from core_play import Play


def pulses(play):
    return play.kinds().count("UnlockOrdered")


@pytest.fixture
def play():
    return Play(reopen_seconds=60, door_open_seconds=120)


@pytest.mark.parametrize("seen", ["shut", "open", "unseen"])
@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("visit", ["deposit", "pickup"])
def test_H9_no_unlock_is_replayed_at_boot(play, visit, opened, seen):
    parcel = play.deposit() if visit == "deposit" else play.collecting()
    name = play.place(parcel)
    if opened:
        play.see(**{name: "open"})
    before = pulses(play)
    play.restart()
    play.see(**{name: seen})
    play.later(600)
    assert pulses(play) == before


def test_every_switch_is_unseen_until_looked_at(play):
    play.restart()
    assert {c.seen.value for c in play.site.compartments.values()} == {"unseen"}
    assert play.refuses(play.deposit) == "no-space"


def test_FREE_and_LOADED_seen_shut_are_as_recorded(play):
    parcel = play.stored()
    play.restart()
    play.see(A1="shut", A2="shut", A3="shut")
    assert play.use(play.place(parcel)) == "loaded"
    assert sorted(play.use(name) for name in ("A1", "A2", "A3")) == ["free", "free", "loaded"]
    play.code(parcel)


def test_H9_FREE_and_LOADED_seen_open_are_CHECK(play):
    parcel = play.stored()
    play.restart()
    play.see(A1="open", A2="open", A3="open")
    assert {play.use(name) for name in ("A1", "A2", "A3")} == {"check"}
    assert play.state(parcel) == "check"


def test_FREE_and_LOADED_unseen_are_kept_and_not_offered_until_seen(play):
    parcel = play.stored()
    play.restart()
    play.later(3600)
    assert play.use(play.place(parcel)) == "loaded"
    assert play.refuses(play.code, parcel) == "door-unseen"
    assert play.refuses(play.deposit) == "no-space"
    play.see(A1="shut", A2="shut", A3="shut")
    play.code(parcel)
    play.deposit()


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize(("visit", "state"), [("deposit", "check"), ("pickup", "check")])
def test_H9_FILLING_and_EMPTYING_seen_shut_are_CHECK(play, visit, state, opened):
    parcel = play.deposit() if visit == "deposit" else play.collecting()
    name = play.place(parcel)
    if opened:
        play.see(**{name: "open"})
    play.restart()
    play.see(**{name: "shut"})
    assert (play.use(name), play.state(parcel)) == ("check", state)


def test_FILLING_seen_open_goes_on_with_a_fresh_deadline(play):
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(100)
    play.restart()
    play.see(**{name: "open"})
    play.later(119)
    assert play.use(name) == "filling"
    play.see(**{name: "shut"})
    assert (play.use(name), play.state(parcel)) == ("loaded", "stored")


def test_EMPTYING_seen_open_goes_on_with_a_fresh_deadline(play):
    parcel = play.collecting()
    name = play.place(parcel)
    play.restart()
    play.see(**{name: "open"})
    play.later(119)
    assert play.use(name) == "emptying"
    play.later(1)
    assert (play.use(name), play.state(parcel)) == ("check", "check")


@pytest.mark.parametrize("visit", ["deposit", "pickup"])
def test_FILLING_and_EMPTYING_unseen_are_kept_and_asked_again_when_first_seen(play, visit):
    parcel = play.deposit() if visit == "deposit" else play.collecting()
    name = play.place(parcel)
    use = play.use(name)
    play.restart()
    play.later(3600)
    assert play.use(name) == use
    play.see(**{name: "shut"})
    assert play.use(name) == "check"


def test_EMPTYING_whose_shutting_is_recorded_resumes_the_grace_then_is_FREE(play):
    parcel = play.collected()
    name = play.place(parcel)
    play.later(20)
    play.restart()
    play.see(**{name: "shut"})
    assert (play.use(name), play.state(parcel)) == ("emptying", "collected")
    play.later(39)
    assert play.use(name) == "emptying"
    play.later(1)
    assert play.use(name) == "free"


def test_the_code_opens_again_in_a_resumed_grace(play):
    parcel = play.collected()
    name = play.place(parcel)
    play.restart()
    assert play.refuses(play.code, parcel) == "door-unseen"
    play.see(**{name: "shut"})
    play.code(parcel)
    play.open_and_shut(name)
    assert play.state(parcel) == "collected"


def test_a_cancelled_deposit_seen_open_is_FREE_when_shut(play):
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.cancel(parcel)
    play.restart()
    play.see(**{name: "open"})
    play.see(**{name: "shut"})
    assert play.use(name) == "free"


def test_the_same_code_opens_a_CHECK_that_came_from_EMPTYING(play):
    parcel = play.collecting()
    name = play.place(parcel)
    play.restart()
    play.see(**{name: "shut"})
    assert play.use(name) == "check"
    play.code(parcel)
    assert (play.use(name), play.state(parcel)) == ("emptying", "collecting")


def test_a_CHECK_that_came_from_FILLING_is_for_staff(play):
    parcel = play.deposit()
    name = play.place(parcel)
    play.restart()
    play.see(**{name: "shut"})
    assert play.refuses(play.code, parcel) == "not-now"
    play.clear(name, "parcel")
    play.code(parcel)


@pytest.mark.parametrize("seen", ["shut", "open", "unseen"])
def test_CHECK_and_RETIRED_are_noted(play, seen):
    play.see(A1="open")
    play.retire("A2")
    play.restart()
    play.see(A1=seen, A2=seen)
    assert (play.use("A1"), play.use("A2")) == ("check", "retired")


def test_a_staff_order_is_void_after_a_restart(play):
    play.staff_open("A1")
    play.restart()
    play.see(A1="shut")
    play.see(A1="open")
    assert "DoorForced" in play.kinds()


def test_a_dead_wire_during_a_visit_does_not_end_it(play):
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.see(**{name: "unseen"})
    play.see(**{name: "shut"})
    assert (play.use(name), play.state(parcel)) == ("loaded", "stored")


def test_a_deposit_that_was_not_watched_and_never_seen_open_is_CHECK_with_its_parcel(play):
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.later(40)
    assert (play.use(name), play.state(parcel), play.place(parcel)) == ("check", "check", name)


def test_no_pulse_is_given_while_the_door_is_unseen(play):
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.later(29)
    assert play.pulses(name) == 1
