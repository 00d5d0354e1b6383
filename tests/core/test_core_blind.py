"""A visit during which the switch could not be read: no further pulse by rule, CHECK at its end, in every direction."""

import pytest
from core_play import Play

from locker.core.messages.commands import Cancel
from locker.core.reasons import NotStored


def deposit(play):
    return play.deposit()


def pickup(play):
    return play.collecting()


def reopened(play):
    parcel = play.stored()
    play.reopen(parcel)
    return parcel


def take_back(play):
    parcel = play.stored()
    play.reopen(parcel, take_back=True)
    return parcel


def moved_by_the_rule(play):
    """The first lock did not open, and the deposit went on at another door."""
    parcel = play.deposit()
    play.later(40)
    return parcel


EVERY_WAY = [deposit, pickup, reopened, take_back, moved_by_the_rule]


@pytest.mark.parametrize("back", ["shut", None], ids=["comes back", "stays dead"])
@pytest.mark.parametrize("begin", EVERY_WAY)
def test_a_visit_that_could_not_be_watched_is_not_pulsed_again_and_ends_in_CHECK(begin, back):
    play = Play()
    parcel = begin(play)
    name, pulses = play.place(parcel), play.pulses(play.place(parcel))
    play.see(**{name: "unseen"})
    play.later(7)
    if back:
        play.see(**{name: back})
    play.later(120)
    assert play.pulses(name) == pulses, "a parcel may be inside, or somebody else's hand"
    assert (play.use(name), play.state(parcel), play.place(parcel)) == ("check", "check", name)
    assert name not in play.site.visits


@pytest.mark.parametrize("begin", EVERY_WAY)
def test_a_wire_that_is_back_while_the_door_stands_open_lets_the_visit_go_on(begin):
    play = Play()
    parcel = begin(play)
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.later(7)
    play.see(**{name: "open"})
    play.see(**{name: "shut"})
    assert play.state(parcel) in {"stored", "collected", "withdrawn"}


def test_a_parcel_taken_while_nobody_could_see_it_is_not_stored_any_more():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.later(20)
    play.see(**{name: "shut"})
    assert play.state(parcel) == "check"
    play.later(1)
    assert play.code(parcel).openings == ((parcel, name),), "who may have it all the same may look again"


@pytest.mark.parametrize("reason", [None, NotStored.OCCUPIED])
def test_a_deposit_given_up_at_a_door_that_was_not_seen_leaves_a_CHECK(reason):
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.ask(Cancel(by="token:courier", parcel=parcel, reason=reason))
    assert play.state(parcel) == "cancelled", "by the courier's word"
    play.see(**{name: "shut"})
    play.later(60)
    assert (play.use(name), play.site.compartments[name].parcels) == ("check", ())


def test_a_resized_deposit_goes_on_and_leaves_a_CHECK_where_nobody_could_see():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.resize(parcel, "M")
    assert play.place(parcel) != name
    play.see(**{name: "shut"})
    assert play.use(name) == "check"


@pytest.mark.parametrize(("before", "after"), [("free", "check"), ("loaded", "check"), ("check", "check")])
def test_a_staff_order_that_could_not_be_watched_leaves_a_CHECK(before, after):
    play = Play()
    name = play.place(play.stored()) if before == "loaded" else "A1"
    if before == "check":
        play.open_and_shut(name)
    play.staff_open(name)
    play.see(**{name: "unseen"})
    play.see(**{name: "shut"})
    assert (play.use(name), play.site.visits) == (after, {})


def test_a_reopening_in_the_grace_that_could_not_be_watched_is_CHECK_and_stays_collected():
    play = Play()
    parcel = play.collected()
    name = play.place(parcel)
    play.code(parcel)
    play.see(**{name: "unseen"})
    play.see(**{name: "shut"})
    assert (play.use(name), play.state(parcel)) == ("check", "collected")


def test_a_grace_in_which_nobody_ordered_the_door_is_not_ended_by_a_dead_wire():
    play = Play()
    parcel = play.collected()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.see(**{name: "shut"})
    assert play.use(name) == "emptying"
    play.later(60)
    assert play.use(name) == "free"
