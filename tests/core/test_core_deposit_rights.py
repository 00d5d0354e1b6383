"""A carrier's right puts parcels in, so often as it says, and does nothing else."""

from datetime import timedelta

import pytest
from core_play import BEGIN, Play, door

from locker.core.deposit_right import RIGHT_ACTOR, DepositRight
from locker.core.doors.deadlines import next_deadline
from locker.core.events.door_events import Restored
from locker.core.events.right_events import DepositRightRevoked, DepositRightsForgotten
from locker.core.evolve.evolve import evolve
from locker.core.messages.commands import Cancel, Collect, Deposit, Reopen, Resize, StaffOpen
from locker.core.messages.custody_commands import Withdraw
from locker.core.model import Size
from locker.core.reasons import NotStored, Refused
from locker.core.visits.deposit_rights import uses_left

BY = RIGHT_ACTOR + "SF"


def right(uses=1, name="R-1", **more):
    return DepositRight(company="SF", name=name, uses=uses, until=BEGIN + timedelta(hours=8), **more)


def put_in(play, shown, size="M", **more):
    play.made += 1
    name = f"p{play.made}"
    play.ask(
        Deposit(
            by=BY,
            parcel=name,
            size=Size(size),
            recipients=("r1",),
            label_hash=f"label-{name}",
            code_hash=f"code-{name}",
            token_hash=f"token-{name}",
            sealed=b"sealed",
            tracking="T",
            unit="1203",
            company="SF",
            courier=shown.name if shown else "",
            right=shown,
            **more,
        )
    )
    return name


def refused(ask, *said, **more):
    with pytest.raises(Refused) as why:
        ask(*said, **more)
    return why.value.reason.value


def test_N5_a_right_is_used_up_and_shown_again_opens_nothing():
    play, shown = Play(), right(uses=2)
    for left in (1, 0):
        parcel = put_in(play, shown)
        play.open_and_shut(play.place(parcel))
        assert (play.state(parcel), uses_left(play.site, shown)) == ("stored", left)
    assert refused(put_in, play, shown) == "right-used"
    assert refused(put_in, play, right(uses=9)) == "right-used", "the same number, signed anew for more, buys no more"
    assert put_in(play, right(name="R-2")), "another number is another right"


def test_N5_a_right_is_counted_with_the_order_and_no_cut_between_gives_a_use_more():
    play, shown = Play(), right()
    name = play.place(put_in(play, shown))
    play.restart()  # the order stands in the journal, the pulse was perhaps never given
    play.see(A1="shut", A2="shut", A3="shut")
    assert play.use(name) == "check"
    assert refused(put_in, play, shown) == "right-used"
    assert play.folded == play.site, "the events alone tell the same count"


def test_N5_a_right_ends_at_its_time_and_not_before():
    play, shown = Play(), right(uses=2)
    play.later(8 * 3600 - 1)
    put_in(play, shown)
    play.later(1)
    assert refused(put_in, play, shown) == "right-expired"


def test_N5_a_revoked_right_opens_nothing_even_if_it_was_never_shown():
    play, shown = Play(), right(uses=5)
    put_in(play, shown)
    for name in ("R-1", "R-2"):
        other = right(uses=5, name=name)
        until = play.now + timedelta(days=31)
        event = DepositRightRevoked(right=other.id, company="SF", name=name, until=until)
        play.site = evolve(play.site, event, play.now)
        assert refused(put_in, play, other) == "right-revoked"


def test_N5_a_right_for_one_door_opens_that_door_and_no_other():
    play = Play()
    first = put_in(play, right(door="A2"), size="S")
    assert play.place(first) == "A2"
    assert refused(put_in, play, right(door="A2", name="R-2"), size="S") == "no-space", "somebody's parcel is behind it"
    assert refused(play.ask, Resize(by=BY, parcel=first, size=Size.M)) == "right-other-door"
    play.open_and_shut("A2")
    assert refused(put_in, play, right(door="A2", name="R-2"), size="S") == "no-space"
    assert play.use("A2") == "loaded"
    assert play.place(put_in(play, right(door="A3", name="R-3"))) == "A3"


def test_N5_a_right_for_one_size_takes_no_other():
    play = Play(door("A1", "S"), door("A2", "M"), door("A3", "S"))
    assert refused(put_in, play, right(size=Size.S), size="M") == "right-other-door"
    parcel = put_in(play, right(size=Size.S), size="S")
    assert play.place(parcel) in {"A1", "A3"}
    assert refused(play.ask, Resize(by=BY, parcel=parcel, size=Size.M)) == "right-other-door"


def test_N5_a_right_never_joins_an_occupied_door():
    play = Play()
    mine = play.stored()
    joined = play.deposit(join=True)
    assert play.place(joined) == play.place(mine), "with an account it would"
    play.open_and_shut(play.place(joined))
    play.later(46)
    assert play.place(put_in(play, right(), join=True)) != play.place(mine)


def test_N5_a_right_takes_nothing_out_and_opens_no_stored_parcel():
    play, shown = Play(), right(uses=5)
    parcel = put_in(play, shown)
    play.ask(Reopen(by=BY, parcel=parcel))
    play.open_and_shut(play.place(parcel))
    other = play.stored()
    for command in (
        Reopen(by=BY, parcel=parcel),
        Reopen(by=BY, parcel=parcel, take_back=True),
        Cancel(by=BY, parcel=parcel),
        Reopen(by=BY, parcel=other),
        Collect(by=BY, pickup="k1", hash=f"code-{other}", token=False, source="kiosk"),
        Withdraw(by=BY, parcel=other, own=True, company="SF", courier="R-1"),
        StaffOpen(by=BY, order="s1", compartment=play.place(other), reason="x"),
    ):
        assert refused(play.ask, command) == "right-only-deposits", command
    assert refused(put_in, play, None) == "right-only-deposits"
    assert (play.state(parcel), play.state(other)) == ("stored", "stored")


def test_N5_a_courier_who_gives_up_has_used_the_right():
    play, shown = Play(), right()
    parcel = put_in(play, shown)
    play.ask(Cancel(by=BY, parcel=parcel))
    assert refused(put_in, play, shown) == "right-used"


def test_N5_a_use_comes_back_when_the_cabinet_fails_and_at_most_so_often_as_the_right_has_uses():
    play, shown = Play(*(door(f"A{at}") for at in range(1, 5))), right()
    first = put_in(play, shown)
    play.see(**{play.place(first): "open"})
    play.ask(Cancel(by=BY, parcel=first, reason=NotStored.OCCUPIED))
    assert uses_left(play.site, shown) == 1
    second = put_in(play, shown)
    play.see(**{play.place(second): "open"})
    play.ask(Cancel(by=BY, parcel=second, reason=NotStored.OCCUPIED))
    assert refused(put_in, play, shown) == "right-used"


def test_N5_a_door_that_never_opens_costs_no_use():
    play, shown = Play(door("A1")), right()
    parcel = put_in(play, shown)
    while parcel in play.site.parcels:
        play.later((next_deadline(play.site) - play.now).total_seconds())
    assert uses_left(play.site, shown) == 1
    assert [event for event in play.events if type(event).__name__ == "DepositRightReturned"]


def test_N5_what_ended_long_ago_is_forgotten_and_still_opens_nothing():
    play, shown = Play(), right()
    put_in(play, shown)
    play.later(9 * 3600)
    play.site = evolve(play.site, DepositRightsForgotten(before=play.now), play.now)
    assert not play.site.rights
    assert refused(put_in, play, shown) == "right-expired"


def test_N5_after_a_restore_no_right_of_before_is_taken_for_nobody_knows_which_were_used():
    play, old = Play(), right(made_at=BEGIN)
    play.later(60)
    play.site = play.folded = evolve(play.site, Restored(compartments=("A1",), rights_ended=True), play.now)
    assert refused(put_in, play, old) == "right-revoked"
    play.later(1)
    assert put_in(play, right(name="R-2", made_at=play.now))
    fresh = Play()
    fresh.site = evolve(fresh.site, Restored(compartments=()), fresh.now)
    assert put_in(fresh, old), "nothing happened since the backup"


def test_N5_a_parcel_that_does_not_fit_goes_to_a_larger_door_and_never_round_in_circles():
    play, shown = Play(door("A1", "S"), door("A2", "M"), door("A3", "S"), door("A4", "M")), right()
    parcel = put_in(play, shown, size="S")
    assert refused(play.ask, Resize(by=BY, parcel=parcel, size=Size.S)) == "right-other-door"
    play.ask(Resize(by=BY, parcel=parcel, size=Size.M))
    for size in (Size.S, Size.M):
        assert refused(play.ask, Resize(by=BY, parcel=parcel, size=size)) == "right-other-door"
