"""What a resident says at an open door: put back, rejected, accepted."""

import pytest
from core_play import Play

from locker.core.messages.parcel_commands import Accept, PutBack, Reject
from locker.core.parcel_words import RejectReason


def pickup_of(play):
    return next(visit.id for visit in play.site.visits.values() if visit.kind.value == "pickup")


def put_back(play, pickup, parcel=None, source="kiosk"):
    return play.ask(PutBack(by=source, pickup=pickup, source=source, parcel=parcel))


def reject(play, pickup, why="damaged", parcel=None, source="kiosk"):
    return play.ask(Reject(by=source, pickup=pickup, source=source, why=RejectReason(why), parcel=parcel))


def accept(play, pickup, parcel=None, source="kiosk"):
    return play.ask(Accept(by=source, pickup=pickup, source=source, parcel=parcel))


@pytest.fixture
def play():
    return Play()


def test_R16_what_is_put_back_is_stored_again_with_its_code_valid(play):
    parcel = play.collecting()
    name, pickup = play.place(parcel), pickup_of(play)
    play.see(**{name: "open"})
    told = put_back(play, pickup)
    assert told.parcels == ((parcel, name, "collecting", ""),)
    play.see(**{name: "shut"})
    assert (play.state(parcel), play.use(name)) == ("stored", "loaded")
    assert not play.site.visits
    play.code(parcel)
    play.open_and_shut(name)
    assert play.state(parcel) == "collected"


def test_R16_put_back_said_twice_or_before_the_door_opened_is_said_once(play):
    parcel = play.collecting()
    name, pickup = play.place(parcel), pickup_of(play)
    assert put_back(play, pickup) == put_back(play, pickup)
    assert play.kinds().count("PutBackSaid") == 1
    play.open_and_shut(name)
    assert play.state(parcel) == "stored"


def test_R16_a_door_that_did_not_open_leaves_a_put_back_parcel_as_it_was(play):
    parcel = play.collecting()
    put_back(play, pickup_of(play))
    play.later(45)
    assert (play.state(parcel), play.use(play.place(parcel))) == ("stored", "loaded")


def test_R16_what_was_collected_cannot_be_put_back_any_more(play):
    play.collected()
    assert play.refuses(put_back, play, pickup_of(play)) == "not-now"


def test_R16_a_cut_during_a_put_back_is_CHECK_where_the_door_is_shut_and_goes_on_where_it_is_open(play):
    parcel = play.collecting()
    name, pickup = play.place(parcel), pickup_of(play)
    play.see(**{name: "open"})
    put_back(play, pickup)
    play.restart()
    assert play.refuses(put_back, play, pickup) == "door-unseen"
    play.see(**{name: "open"})
    play.see(**{name: "shut"})
    assert play.state(parcel) == "stored"
    play.code(parcel)
    play.restart()
    play.see(**{name: "shut"})
    assert (play.state(parcel), play.use(name)) == ("check", "check")


@pytest.mark.parametrize("said", [put_back, reject, accept])
def test_REL_07_nobody_speaks_of_a_pickup_that_another_source_began_or_that_is_over(play, said):
    parcel = play.collecting()
    pickup = pickup_of(play)
    play.see(**{play.place(parcel): "open"})
    assert play.refuses(said, play, pickup, source="token:other") == "unknown"
    assert play.refuses(said, play, "k0000000000") == "unknown"
    assert play.refuses(said, play, pickup, parcel="p0") == "unknown"
    play.see(**{play.place(parcel): "shut"})
    play.later(60)
    assert play.refuses(said, play, pickup) == "unknown"


@pytest.mark.parametrize("why", [one.value for one in RejectReason])
def test_REL_07_R16_what_is_rejected_is_held_and_its_compartment_CHECK(play, why):
    parcel = play.collecting()
    name, pickup = play.place(parcel), pickup_of(play)
    assert play.refuses(reject, play, pickup, why) == "not-now", "nobody saw it yet"
    play.see(**{name: "open"})
    told = reject(play, pickup, why, parcel)
    assert told.parcels == ((parcel, name, "check", f"rejected as {why}"),)
    assert play.use(name) == "check"
    assert play.refuses(play.code, parcel) == "held", "nothing held leaves by rule"
    play.see(**{name: "shut"})
    play.clear(name, "parcel")
    assert play.state(parcel) == "stored"
    assert play.refuses(play.code, parcel) == "held"
    assert "PickupRejected" in play.kinds()


def test_REL_08_a_rejected_parcel_that_is_not_there_was_not_collected(play):
    parcel = play.collecting()
    name = play.place(parcel)
    play.see(**{name: "open"})
    reject(play, pickup_of(play), "missing")
    play.see(**{name: "shut"})
    play.clear(name, "empty")
    assert (play.state(parcel), play.use(name)) == ("withdrawn", "free")


def test_REL_08_within_the_grace_a_rejection_opens_the_case_and_leaves_collected_what_was(play):
    parcel = play.collected()
    name = play.place(parcel)
    told = reject(play, pickup_of(play), "damaged", parcel)
    assert told.parcels[0][2] == "collected"
    assert play.use(name) == "check"
    play.clear(name, "empty")
    assert play.use(name) == "free"
    assert not play.site.parcels


def test_REL_07_REL_08_opening_is_not_acceptance_who_says_nothing_accepts_when_the_grace_is_over(play):
    parcel = play.stored(flags=["accept"])
    play.code(parcel)
    name = play.place(parcel)
    assert play.refuses(accept, play, pickup_of(play)) == "not-now"
    play.open_and_shut(name)
    assert "PickupAccepted" not in play.kinds()
    play.later(60)
    (event,) = [e for e in play.events if type(e).__name__ == "PickupAccepted"]
    assert event.by_rule
    assert play.kinds()[-2:] == ["PickupAccepted", "VisitEnded"]


def test_REL_07_acceptance_is_said_once_and_then_by_no_rule(play):
    parcel = play.stored(flags=["accept"])
    play.code(parcel)
    play.see(**{play.place(parcel): "open"})
    accept(play, pickup_of(play))
    accept(play, pickup_of(play))
    play.see(**{play.place(parcel): "shut"})
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    play.later(60)
    (event,) = [e for e in play.events if type(e).__name__ == "PickupAccepted"]
    assert not event.by_rule


def test_a_parcel_that_asks_for_no_acceptance_is_accepted_by_nobody(play):
    play.collected()
    play.later(60)
    assert "PickupAccepted" not in play.kinds()
