"""What a visit was promised is in its first event: a site file that is edited meanwhile cannot reinterpret it."""

from dataclasses import replace
from datetime import timedelta

from core_play import Play
from test_core_outbound import book

from locker.core.model import Policy


def edited(play, **policy):
    """The daemon starts again with another site file; every door is as it was."""
    play.site = replace(play.site, policy=Policy(**policy))
    play.folded = replace(play.folded, policy=play.site.policy)
    seen = {name: c.seen.value for name, c in play.site.compartments.items()}
    play.restart()
    play.see(**seen)


def test_a_door_may_stand_open_as_long_as_it_might_when_its_visit_began():
    play = Play(door_open_seconds=120)
    parcel = play.deposit()
    play.see(**{play.place(parcel): "open"})
    edited(play, door_open_seconds=10)
    play.later(119)
    assert play.use(play.place(parcel)) == "filling"
    play.later(1)
    assert play.use(play.place(parcel)) == "check"


def test_a_pickup_s_door_opens_again_as_long_as_it_would_when_it_began():
    play = Play(reopen_seconds=60)
    parcel = play.collected()
    edited(play, reopen_seconds=0)
    play.later(59)
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    name = play.place(parcel)
    assert play.use(name) == "emptying"
    play.later(0)
    assert play.use(name) == "free", "the new visit began under the new file"


def test_the_free_time_is_that_of_the_day_on_which_the_courier_came():
    play = Play(free_hours=72)
    parcel = play.deposit()
    play.see(**{play.place(parcel): "open"})
    edited(play, free_hours=1)
    play.see(**{play.place(parcel): "shut"})
    assert play.site.parcels[parcel].deadline == play.now + timedelta(hours=72)


def test_R7_a_courier_opens_the_door_again_as_long_as_it_might_when_its_visit_began():
    play = Play(reopen_seconds=60)
    parcel = play.stored()
    edited(play, reopen_seconds=600)
    play.later(60)
    assert play.refuses(play.reopen, parcel) == "not-now"
    other = Play(reopen_seconds=600)
    parcel = other.stored()
    edited(other, reopen_seconds=0)
    other.later(599)
    other.reopen(parcel)
    other.open_and_shut(other.place(parcel))
    assert other.refuses(other.reopen, parcel) == "not-now", "the new visit began under the new file"


def test_who_brought_what_goes_out_opens_its_door_again_as_long_as_it_might_then():
    play = Play(reopen_seconds=600)
    parcel = book(play, "b1")
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    edited(play, reopen_seconds=0)
    play.later(599)
    play.code(parcel)
    assert play.state(parcel) == "depositing"


def test_a_deposit_that_moves_or_is_reopened_begins_anew():
    play = Play(door_open_seconds=120)
    parcel = play.stored()
    edited(play, door_open_seconds=30)
    play.reopen(parcel)
    play.see(**{play.place(parcel): "open"})
    play.later(30)
    assert play.use(play.place(parcel)) == "check"
