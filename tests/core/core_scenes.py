"""Scenes at doors that the story of custody and the table of refusals are made of: what is shared, cut, hot or dark."""

from dataclasses import replace
from datetime import timedelta

from test_core_acceptance import accept, pickup_of, put_back, reject
from test_core_credentials import delegate, replace_code
from test_core_desk import booked, left, take_over
from test_core_outbound import book, hand_over
from test_core_places import NEW_CODE
from test_core_reassigning import reassign

from locker.core.messages.commands import Cancel, StaffOpen
from locker.core.messages.observations import PulseFailed, RelayStuck
from locker.core.model import Direction
from locker.core.parcel_words import ParcelType
from locker.core.reasons import NotStored

HOUR = 3600
DOORS = ("A1", "A2", "A3", "A4")


def opened(play, name):
    play.see(**{name: "open"})


def shut(play, name):
    play.see(**{name: "shut"})


def every(play, seen):
    play.see(**dict.fromkeys(play.site.compartments, seen))


def empty(play, name):
    """Staff look inside what became CHECK and find nothing."""
    if play.use(name) == "check":
        play.tries(play.clear, name, "empty")


def governed(play, **policy):
    """The site file is another one from now on."""
    changed = replace(play.site.policy, **policy)
    play.site, play.folded = replace(play.site, policy=changed), replace(play.folded, policy=changed)


def beside_each_other(play):
    first, second = play.stored(), play.deposit(join=True)
    name = play.place(first)
    play.tries(play.code, first)
    play.tries(play.cancel, second)
    play.open_and_shut(name)
    third = play.deposit(join=True)
    play.tries(play.resize, third, "L")
    play.open_and_shut(play.place(third))
    play.later(46)
    play.tries(play.deposit, join=True, company="Another")
    play.later(46)
    late = play.deposit(join=True)
    name = play.place(late)
    opened(play, name)
    play.tries(play.ask, Cancel(by="token:c", parcel=late, reason=NotStored.OCCUPIED))
    shut(play, name)


def fetched_together(play):
    first, second, third = play.stored(), play.stored(join=True), play.stored(join=True)
    name = play.place(first)
    play.tries(delegate, play, first)
    play.tries(play.code, second)
    opened(play, name)
    play.tries(put_back, play, pickup_of(play), third)
    play.tries(accept, play, pickup_of(play))
    play.tries(accept, play, pickup_of(play), first)
    shut(play, name)
    play.tries(play.code, third)
    opened(play, name)
    play.tries(reject, play, pickup_of(play), parcel=third)
    shut(play, name)
    play.tries(play.clear, name, "parcel")
    play.tries(play.unhold, third)
    play.stored(join=True)
    play.tries(play.hold, third)
    play.tries(play.code, third)
    play.tries(play.move, third, "room")
    play.tries(play.reopen, third)


def a_jam_beside_others(play):
    first = play.stored()
    play.deposit(join=True)
    play.later(46)
    play.tries(play.code, first)
    play.later(46)
    for one in sorted(play.site.parcels):
        play.tries(play.withdraw, one)
    play.later(46)


def accepted_or_not(play):
    play.resident("r9", unit="9", phone="+8613800000009", reach=True)
    parcel = play.stored(flags=("accept",))
    name = play.place(parcel)
    play.code(parcel)
    play.open_and_shut(name)
    play.later(61)
    parcel = play.stored(flags=("accept", "insured"))
    play.tries(play.code, parcel)
    opened(play, name)
    play.tries(accept, play, pickup_of(play))
    shut(play, name)
    play.code(parcel)
    play.later(31)
    play.later(61)
    parcel = play.stored(recipients=("r9",), flags=("signature", "fragile"))
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    play.tries(reject, play, pickup_of(play), why="missing")


def all_of_mine(play):
    play.resident("r2", unit="77", phone="+8613800000077")
    first, _, third = play.stored(), play.stored(), play.stored(flags=("insured",))
    play.stored(join=True)
    play.tries(play.code, first, every=True)
    play.tries(play.code, third, every=True, second="0001")
    for name in DOORS[:2]:
        opened(play, name)
    play.restart()
    play.see(A1="open", A2="shut", A3="shut", A4="shut")
    shut(play, "A1")
    empty(play, "A2")
    empty(play, "A3")
    play.later(61)
    mine = play.stored(recipients=("r1", "r2"))
    play.stored(recipients=("r2", "r1"))
    play.stored(recipients=("r2",))
    play.tries(play.code, mine, every=True, token=True)
    for name in DOORS:
        play.see(**{name: "unseen"})
    play.later(61)


def taken_back(play):
    for company, own in (("SF", True), ("Another", True), ("SF", False)):
        parcel = play.stored()
        name = play.place(parcel)
        play.tries(play.withdraw, parcel, company=company, own=own)
        play.tries(play.not_fetched, parcel)
        opened(play, name)
        play.tries(play.not_fetched, parcel, company="Another")
        play.tries(play.not_fetched, parcel)
        shut(play, name)
    for name in ("A2", "A4"):
        play.tries(play.clear, name, "parcel")
    play.later(46)
    parcel = play.stored()
    play.withdraw(parcel)
    opened(play, play.place(parcel))
    play.tries(play.not_fetched, parcel, missing=True)
    shut(play, play.place(parcel))
    play.tries(play.clear, play.place(parcel), "empty")
    other = play.stored()
    play.later(72 * HOUR)
    play.tries(play.withdraw, other, own=False)
    opened(play, play.place(other))
    play.tries(play.not_fetched, other)
    shut(play, play.place(other))
    play.tries(play.withdraw, other, own=False)
    play.later(46)
    play.tries(play.withdraw, other, own=False)
    opened(play, play.place(other))
    play.restart()
    every(play, "shut")


def jammed_and_hot(play):
    """Three visits that a lock met with a jam have its coil hot, and nobody gets a pulse of it."""
    parcel = play.stored()
    name = play.place(parcel)
    for _ in range(3):
        play.tries(play.code, parcel)
        play.do(PulseFailed(name, "no reply"))
        play.later(46)
    for asks in (play.release, play.withdraw, play.reopen, play.staff_open, play.code):
        play.tries(asks, name if asks == play.staff_open else parcel)
    play.later(600)
    play.tries(play.code, parcel)
    play.later(46)
    play.do(RelayStuck(name))
    play.do(RelayStuck("A4"))


def many_doors(play):
    governed(play, many_doors=2)
    parcel = play.stored()
    for name in ("A2", "A3", "A4", "A2"):
        play.tries(play.staff_open, name)
        play.later(31)
    play.tries(play.move, parcel, "shelf")
    play.tries(play.move, parcel, "A4")
    approved = StaffOpen(by="staff:t", order="s-many", compartment="A4", reason="look", approved_by="staff:b")
    play.tries(play.ask, approved)
    play.later(600)
    play.tries(play.move, parcel, "shelf")


def a_switch_that_is_dead(play):
    parcel = play.stored()
    opened(play, "A1")
    for _ in range(3):
        play.tries(play.staff_open, "A1")
        play.later(31)
    play.tries(play.clear_by_word, "A1", "parcel", witness="staff:w")
    play.tries(play.code, parcel)
    for _ in range(3):
        play.tries(play.staff_open, "A2")
        play.later(31)
    play.tries(play.clear_by_word, "A2", "empty", supervisor=True)


def the_site_file_changes(play):
    """What a visit began with holds for it; what comes later goes by what is said then."""
    going, coming, out = play.stored(), play.deposit(), book(play)
    play.code(going)
    opened(play, play.place(going))
    governed(play, door_open_seconds=30, reopen_seconds=10, free_hours=1, booking_hours=2, share_doors=False)
    play.later(40)
    shut(play, play.place(going))
    opened(play, play.place(coming))
    play.later(40)
    shut(play, play.place(coming))
    play.later(15)
    play.tries(play.reopen, coming)
    play.tries(play.code, going)
    play.later(46)
    play.tries(play.code, out)
    play.open_and_shut(play.place(out))
    play.tries(play.deposit, join=True)
    play.later(15)
    play.tries(play.code, out)
    play.later(2 * HOUR)


def room_that_was_promised(play):
    first = play.expected("M", type=ParcelType.DOCUMENT, details="a letter")
    play.expected("L", needs=frozenset({"cold"}))
    window = play.now + timedelta(hours=1), play.now + timedelta(hours=3)
    play.tries(play.expected, "M", needs=frozenset({"low"}), window=window)
    play.stored()
    play.tries(play.deposit, "M")
    play.tries(play.deposit, "L")
    play.tries(play.put, "shelf", parcel=first, label=f"label-{first}", size=None, recipients=None)
    play.tries(play.end_expected, first)
    play.deposit("M")
    play.later(46)
    play.tries(play.move, first, "A1")
    play.later(25 * HOUR)
    signed = {"needs": frozenset({"low"}), "confirmed": True, "details": "blue", "flags": ("signature",)}
    play.tries(play.deposit, "M", **signed)
    announced = play.expected("L", needs=frozenset({"cold"}))
    play.tries(play.bring, announced)


def places_that_are_full(play):
    play.tries(play.put, "shelf")
    parcel = play.put("shelf")
    play.tries(play.put, "shelf")
    play.tries(play.put, "nowhere")
    play.tries(play.move, parcel, "room")
    there = play.stored()
    play.tries(play.move, there, "shelf")
    play.tries(play.put, "shelf")
    opened(play, play.place(there))
    play.tries(play.cancel, there)
    shut(play, "A1")
    play.tries(play.hold, parcel)
    play.tries(play.move, parcel, "A2", new_code=NEW_CODE)
    play.tries(play.unhold, parcel)
    play.tries(play.extend, parcel)
    play.later(5)
    play.tries(play.move, parcel, "A2", new_code=NEW_CODE)
    opened(play, "A2")
    play.tries(play.cancel, parcel)
    shut(play, "A2")
    play.tries(play.move, parcel, "A3", new_code=NEW_CODE)
    play.later(46)
    found = play.stored()
    play.open_and_shut(play.place(found))
    play.tries(play.move, found, "room")


def staff_in_the_dark(play):
    """Orders at doors whose switches tell nothing, and what a start finds open."""
    name = play.place(play.stored())
    play.see(**{name: "unseen"})
    for _ in range(2):
        play.tries(play.staff_open, name)
        play.later(31)
    other = play.place(play.stored())
    play.restart()
    every_but(play, other, "shut")
    opened(play, other)
    play.tries(play.staff_open, "A4")
    play.later(6)
    play.tries(play.staff_open, "A4")
    play.later(31)
    play.tries(play.staff_open, "A4")
    opened(play, "A4")
    shut(play, "A4")


def every_but(play, name, seen):
    play.see(**dict.fromkeys([other for other in play.site.compartments if other != name], seen))


def cut_between_two_doors(play):
    """A parcel on its way from one door to another when the power goes, or a wire."""
    parcel = play.stored()
    for target, cut in (
        ("A4", "power"),
        ("A4", "power, by word"),
        ("A2", "wire of the first"),
        ("A2", "wire of the second"),
    ):
        first = play.place(parcel)
        play.tries(play.move, parcel, target)
        opened(play, first)
        if cut.startswith("power"):
            play.restart()
            if cut == "power, by word":
                play.tries(play.clear_by_word, first, "parcel", supervisor=True)
            every(play, "shut")
        elif cut == "wire of the first":
            play.see(**{first: "unseen"})
            play.later(200)
        else:
            play.see(**{target: "unseen"})
            play.later(5)
            shut(play, first)
        every(play, "shut")
        play.tries(play.clear, target, "empty")
        play.tries(play.clear, first, "parcel")


def staff_at_what_goes_out(play):
    out, key, back = book(play), left(play), booked(play, "b2")
    play.code(back)
    play.open_and_shut(play.place(back))
    play.tries(hand_over, play, back)
    play.tries(take_over, play, out)
    play.staff_open(play.place(key))
    play.tries(take_over, play, key)
    play.later(31)
    play.tries(take_over, play, back)
    play.later(46)
    play.tries(take_over, play, back)
    opened(play, play.place(back))
    play.restart()
    play.tries(take_over, play, back)
    every(play, "shut")
    desk = {"direction": Direction.DESK, "type": ParcelType.KEY, "details": "a bunch", "courier": "Li"}
    play.tries(play.put, "shelf", **desk)
    play.tries(replace_code, play, key)
    play.tries(replace_code, play, back)
    play.tries(play.end_expected, out)
    play.tries(take_over, play, key)
    play.later(46)


def given_to_whose_it_is(play):
    """What came in the wrong name, behind a door, at a place and only announced."""
    play.resident("r2", unit="0907", phone="+8613800000002")
    play.resident("r3", unit="0908", consent=False)
    parcel, placed, coming = play.stored(), play.put("shelf"), play.expected()
    play.tries(delegate, play, parcel)
    play.tries(reassign, play, parcel, "r3")
    play.tries(reassign, play, parcel, "r1")
    play.later(30 * HOUR)
    for one in (parcel, placed, coming):
        play.tries(reassign, play, one, "r2")
    play.tries(reassign, play, parcel, "r2", "r1")
    governed(play, free_hours=10)
    play.later(HOUR)
    play.tries(reassign, play, parcel, "r1")
    play.tries(play.extend, placed, hours=200)
    play.tries(reassign, play, placed, "r1")


SCENES = [
    beside_each_other,
    fetched_together,
    a_jam_beside_others,
    accepted_or_not,
    all_of_mine,
    taken_back,
    jammed_and_hot,
    many_doors,
    a_switch_that_is_dead,
    the_site_file_changes,
    room_that_was_promised,
    places_that_are_full,
    staff_at_what_goes_out,
    staff_in_the_dark,
    given_to_whose_it_is,
    cut_between_two_doors,
]
