"""What staff may order in every use of a compartment, and what their word makes of it."""

import pytest
from core_play import Play
from core_uses import USES, check, emptying, filling, filling_opened, grace, loaded, retired

# --- staff in every use ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "after"),
    [("free", "check"), ("loaded", "check"), ("check", "check"), ("retired", "retired")],
)
def test_staff_open_in_every_use_that_takes_it(use, after):
    play = Play()
    name = USES[use](play)
    pulsed = play.pulses(name)
    play.staff_open(name)
    assert play.pulses(name) == pulsed + 1
    play.see(**{name: "open"})
    assert play.use(name) == after


@pytest.mark.parametrize("before", [filling, filling_opened, emptying, grace])
def test_staff_open_is_busy_while_somebody_is_at_the_door(before):
    play = Play()
    name = before(play)
    assert play.refuses(play.staff_open, name) == "busy"


def test_staff_open_whatever_the_switch_says():
    play = Play(seen="unseen")
    play.staff_open("A1")
    assert play.pulses("A1") == 1


def test_a_staff_order_on_a_door_that_stands_open_is_no_lock_fault():
    play = Play()
    name = check(play)
    play.see(**{name: "open"})
    play.staff_open(name)
    play.later(30)
    assert "LockFault" not in play.kinds()
    assert play.use(name) == "check"
    assert not play.site.visits


@pytest.mark.parametrize(
    ("use", "said"),
    [("free", "retired"), ("filling", "busy"), ("loaded", "not-now"), ("emptying", "busy"), ("check", "retired")],
)
def test_S3_retire_in_every_use(use, said):
    play = Play()
    name = USES[use](play)
    if said == "retired":
        assert play.retire(name).use == "retired"
    else:
        assert play.refuses(play.retire, name) == said


def test_retire_not_in_a_CHECK_that_may_hold_a_parcel():
    play = Play()
    name = loaded(play)
    play.see(**{name: "open"})
    assert play.refuses(play.retire, name) == "not-now"


def test_a_RETIRED_compartment_is_not_retired_twice():
    play = Play()
    assert play.refuses(play.retire, retired(play)) == "not-now"


def test_S3_restore_only_while_the_door_is_seen_shut():
    play = Play()
    name = retired(play)
    play.see(**{name: "open"})
    assert play.refuses(play.restore, name) == "not-now"
    play.see(**{name: "unseen"})
    assert play.refuses(play.restore, name) == "door-unseen"
    play.see(**{name: "shut"})
    assert play.restore(name).use == "free"


@pytest.mark.parametrize("use", ["free", "filling", "loaded", "emptying", "check"])
def test_restore_in_no_other_use(use):
    play = Play()
    assert play.refuses(play.restore, USES[use](play)) == "not-now"


@pytest.mark.parametrize("use", ["free", "filling", "loaded", "emptying", "retired"])
def test_clear_only_in_CHECK(use):
    play = Play()
    assert play.refuses(play.clear, USES[use](play), "empty") == "not-now"


def test_clear_only_while_the_door_is_seen_shut():
    play = Play()
    name = check(play)
    play.see(**{name: "open"})
    assert play.refuses(play.clear, name, "empty") == "not-now"
    play.see(**{name: "unseen"})
    assert play.refuses(play.clear, name, "empty") == "door-unseen"
    play.see(**{name: "shut"})
    assert play.clear(name, "empty").use == "free"


def test_clear_cannot_say_parcel_where_none_is_known():
    play = Play()
    assert play.refuses(play.clear, check(play), "parcel") == "not-now"


@pytest.mark.parametrize("order", ["staff_open", "retire", "restore"])
def test_an_unknown_compartment_is_unknown(order):
    play = Play()
    assert play.refuses(getattr(play, order), "Z9") == "unknown"


@pytest.mark.parametrize("use", ["filling", "loaded", "emptying", "check", "retired"])
def test_no_other_use_is_given_to_a_parcel(use):
    play = Play()
    for name in ("A2", "A3"):
        if use in {"check", "retired"}:
            play.retire(name)
    name = USES[use](play)
    for other in {"A1", "A2", "A3"} - {name}:
        if play.use(other) == "free":
            play.retire(other)
    assert play.refuses(play.deposit) == "no-space"


def test_clearing_waits_for_a_staff_order_that_is_under_way():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.later(120)
    play.see(**{name: "shut"})
    play.staff_open(name)
    assert play.refuses(play.clear, name, "empty") == "busy"
    play.later(30)
    assert not play.site.visits
    play.clear(name, "empty")
    assert (play.use(name), play.state(parcel)) == ("free", "collected")
