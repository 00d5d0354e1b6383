"""What passes over the desk, between residents and staff: who puts it in, who takes it out, and nobody else."""

import pytest
from core_play import Play, door
from test_core_credentials import delegate
from test_core_outbound import hand_over

from locker.core.messages.command import NewCode
from locker.core.messages.custody_commands import TakeOver
from locker.core.messages.parcel_commands import Book
from locker.core.model import Direction, Size
from locker.core.parcel_words import ParcelType
from locker.core.place import Place, PlaceKind

DESK = Direction.DESK


@pytest.fixture
def play():
    return Play(places=(Place("shelf", "Shelf", PlaceKind.SHELF, 3),))


def left(play, *, type=ParcelType.KEY, **more):  # noqa: A002  the field's name
    """Something that staff put in for a resident."""
    said = {"direction": DESK, "staff": True, "type": type, "label": "none", "company": ""} | more
    parcel = play.deposit(**said)
    play.open_and_shut(play.place(parcel))
    return parcel


def booked(play, letters="b1", kind=ParcelType.KEY, direction=DESK):
    parcel = f"p-{letters}"
    new_code = NewCode(code_hash=f"code-{parcel}", token_hash=f"token-{parcel}", sealed=b"s")
    play.ask(
        Book(
            by="token:app",
            parcel=parcel,
            sender="r1",
            company="",
            size=Size.M,
            type=kind,
            declared=None,
            direction=direction,
            new_code=new_code,
        )
    )
    return parcel


def brought(play):
    """Something that a resident left for staff."""
    parcel = booked(play)
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    return parcel


def take_over(play, parcel):
    play.made += 1
    return play.ask(TakeOver(by="staff:t", parcel=parcel, pickup=f"k{play.made}"))


def test_OB_21_staff_leave_a_key_for_a_resident_whose_code_opens_it(play):
    parcel = left(play)
    known = play.site.parcels[parcel]
    assert (known.direction, known.type, known.from_resident) == (DESK, ParcelType.KEY, False)
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    assert play.state(parcel) == "collected"


def test_OB_21_only_staff_put_something_in_over_the_desk(play):
    assert play.refuses(left, play, staff=False) == "staff-only"
    assert play.refuses(play.deposit, type=ParcelType.KEY) == "staff-only", "a courier brings no keys"
    assert play.refuses(left, play, recipients=()) == "unknown-recipient"


def test_things_without_a_number_are_not_taken_for_each_other(play):
    first, second = left(play, label=""), left(play, label="")
    assert play.place(first) != play.place(second)
    left(play, label="n1")
    assert play.refuses(left, play, label="n1") == "duplicate-tracking"


def test_nothing_joins_what_passes_over_the_desk_and_it_joins_nothing():
    play = Play(door("A1"), door("A2"), door("A3"))
    parcel = play.stored()
    key = left(play, join=True, company="SF")
    other = play.stored(join=True)
    assert len({play.place(one) for one in (parcel, key)}) == 2
    assert play.place(other) == play.place(parcel)


def test_all_of_mine_opens_what_staff_left_too(play):
    parcel, key = play.stored(), left(play)
    assert dict(play.code(parcel, every=True).openings) == {parcel: play.place(parcel), key: play.place(key)}


def test_OB_21_no_courier_and_no_carrier_has_to_do_with_it(play):
    for parcel in (left(play), brought(play)):
        assert play.refuses(play.withdraw, parcel, company="") == "unknown"
        assert play.refuses(hand_over, play, parcel, company="") == "unknown"
        play.later(100 * 3600)
        assert play.refuses(play.withdraw, parcel, own=False, company="") == "unknown"


def test_OB_21_a_resident_leaves_a_key_for_staff_who_take_it_over(play):
    parcel = brought(play)
    assert play.site.parcels[parcel].from_resident
    assert play.state(parcel) == "stored"
    play.later(61)
    assert play.refuses(play.code, parcel) == "unknown-code", "who brought it has no way back to it"
    name = play.place(parcel)
    take_over(play, parcel)
    assert play.state(parcel) == "collecting"
    play.open_and_shut(name)
    play.later(61)
    assert (play.state(parcel), play.use(name)) == ("collected", "free")


def test_staff_take_back_what_they_left_and_the_code_is_dead(play):
    parcel = left(play)
    name = play.place(parcel)
    take_over(play, parcel)
    play.open_and_shut(name)
    assert (play.state(parcel), play.use(name)) == ("withdrawn", "free")
    assert play.refuses(play.code, parcel) == "unknown-code"


@pytest.mark.parametrize(("begin", "ends"), [(left, "withdrawn"), (brought, "collected")])
def test_at_a_place_it_is_taken_by_word(play, begin, ends):
    parcel = begin(play)
    name = play.place(parcel)
    play.move(parcel, "shelf")
    play.open_and_shut(name)
    take_over(play, parcel)
    assert play.state(parcel) == ends


@pytest.mark.parametrize("begin", [left, brought])
def test_a_lock_that_jams_leaves_it_where_it_is(play, begin):
    parcel = begin(play)
    take_over(play, parcel)
    play.later(45)
    assert play.state(parcel) == "stored"


def test_what_is_taken_over_must_be_at_rest_and_pass_over_the_desk(play):
    assert play.refuses(take_over, play, play.stored()) == "not-now"
    assert play.refuses(take_over, play, "p99") == "unknown"
    parcel = left(play)
    play.hold(parcel)
    assert play.refuses(take_over, play, parcel) == "held"
    play.unhold(parcel)
    play.code(parcel)
    assert play.refuses(take_over, play, parcel) == "busy"


def test_nobody_is_sent_for_what_a_resident_left_for_staff(play):
    assert play.refuses(delegate, play, brought(play), "g1") == "not-now"
    assert delegate(play, left(play), "g2").kind == "delegate"


def test_a_booking_for_staff_keeps_room_and_lapses():
    play = Play(door("A1"))
    parcel = booked(play)
    assert play.refuses(play.deposit) == "no-space"
    play.later(72 * 3600)
    assert parcel not in play.site.parcels
    play.deposit()


@pytest.mark.parametrize("cut", ["ordered", "open"])
def test_a_cut_over_the_desk_leaves_nothing_guessed(play, cut):
    for begin in (left, brought):
        parcel = begin(play)
        name = play.place(parcel)
        take_over(play, parcel)
        if cut == "open":
            play.see(**{name: "open"})
        play.restart()
        play.see(A1="shut", A2="shut", A3="shut")
        assert (play.state(parcel), play.use(name)) == ("check", "check")


# --- types ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "flag"), [("fragile", "fragile"), ("liquid", "liquid"), ("fresh", "cold"), ("valuable", "insured")]
)
def test_REC_11_a_type_says_how_a_parcel_is_handled(kind, flag):
    play = Play(door("A1", features=frozenset({"cold"})), door("A2", bottom_mm=100, top_mm=300), door("A3"))
    parcel = play.deposit(type=ParcelType(kind))
    known = play.site.parcels[parcel]
    assert (known.type, known.flags) == (ParcelType(kind), {flag})
    if kind in {"fresh", "liquid"}:
        assert play.place(parcel) == {"fresh": "A1", "liquid": "A2"}[kind]
    play.open_and_shut(play.place(parcel))
    beside = play.stored(join=True)
    assert play.place(beside) != play.place(parcel) or kind == "fresh"


def test_REC_11_C17_what_is_oversize_comes_behind_no_door_and_lies_at_a_place(play):
    assert play.refuses(play.deposit, type=ParcelType.OVERSIZE) == "too-large"
    parcel = play.put("shelf", "XL", type=ParcelType.OVERSIZE)
    assert play.site.parcels[parcel].place == "shelf"
    play.release(parcel)
    assert play.state(parcel) == "collected"


def test_REC_12_what_lies_in_a_parcel_is_a_category_and_no_words(play):
    play.deposit(type=ParcelType.DOCUMENT, details='{"notes":"love letters"}')
    (event,) = [e for e in play.events if type(e).__name__ == "DepositStarted"]
    from locker.journal.codec import event_data

    assert '"type":"document"' in event_data(event)
    assert "love" not in event_data(event)


def test_an_announced_parcel_has_the_type_that_was_announced(play):
    parcel = play.expected(type=ParcelType.FRAGILE)
    play.bring(parcel)
    assert (play.site.parcels[parcel].type, play.site.parcels[parcel].flags) == ("fragile", {"fragile"})
    assert play.refuses(play.expected, type=ParcelType.OVERSIZE) == "too-large"
