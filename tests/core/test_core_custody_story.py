"""What stays, moves, passes over the desk and goes out, told to the last field, as the other story tells the visits.

When a field was added on purpose, write it anew with `python tests/core/test_core_custody_story.py` and read the
difference.
"""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import core_scenes  # noqa: E402  as a command this file finds its own neighbours first
from core_play import door  # noqa: E402
from core_told import Told  # noqa: E402
from test_core_acceptance import accept, pickup_of, put_back, reject  # noqa: E402
from test_core_credentials import delegate, end, replace_code  # noqa: E402
from test_core_desk import booked, left, take_over  # noqa: E402
from test_core_outbound import book, bring_return, hand_over  # noqa: E402
from test_core_places import NEW_CODE  # noqa: E402

from locker.core.doors.opening_hours import OpeningHours  # noqa: E402
from locker.core.messages.commands import Cancel  # noqa: E402
from locker.core.messages.observations import Begun, Unsealed  # noqa: E402
from locker.core.model import Flag  # noqa: E402
from locker.core.place import Place, PlaceKind  # noqa: E402
from locker.core.reasons import NotStored  # noqa: E402

STORY = HERE / "custody_story.txt"
UNTIL_NINE = OpeningHours(week=(((0, 540),),) * 7)
PLACES = (Place("shelf", "Shelf", PlaceKind.SHELF, 2), Place("room", "Room", PlaceKind.ROOM, 1))
HOUR = 3600


def over_the_desk(play):
    key = left(play)
    play.tries(play.withdraw, key)
    play.tries(take_over, play, key)
    play.tries(take_over, play, key)
    play.open_and_shut(play.place(key))
    back = booked(play)
    play.tries(play.code, back)
    play.open_and_shut(play.place(back))
    play.tries(play.code, back)
    play.open_and_shut(play.place(back))
    play.later(61)
    play.tries(take_over, play, back)
    play.open_and_shut(play.place(back))
    play.later(61)
    for begin in (left, lambda play: booked(play, "b2")):
        parcel = begin(play)
        if not play.place(parcel):
            play.code(parcel)
            play.open_and_shut(play.place(parcel))
        name = play.place(parcel)
        play.move(parcel, "shelf")
        play.open_and_shut(name)
        play.tries(take_over, play, parcel)


def handed_out(play):
    parcel = play.stored()
    name = play.place(parcel)
    play.see(**{name: "unseen"})
    play.tries(play.release, parcel)
    play.see(**{name: "shut"})
    play.staff_open(name)
    play.tries(play.release, parcel)
    play.later(31)
    play.tries(play.release, parcel)
    play.tries(play.release, parcel)
    play.open_and_shut(name)
    play.later(61)
    kept = play.put("shelf")
    play.tries(play.release, kept)
    play.tries(play.release, kept)
    own = play.stored()
    play.tries(play.withdraw, own, own=False)
    play.tries(play.withdraw, own, company="Another")
    play.tries(play.withdraw, own)
    play.open_and_shut("A1")
    late = play.stored()
    kept = play.put("shelf")
    play.later(72 * HOUR)
    play.tries(play.withdraw, late, own=False)
    play.open_and_shut(play.place(late))
    play.tries(play.withdraw, kept, own=False)
    play.tries(play.withdraw, kept, own=False, staff=True)


def between_two_doors(play):
    play.resident("r9", unit="9", phone="+8613800000009", reach=True)
    parcel = play.stored("M", "r9")
    first = play.place(parcel)
    play.tries(play.move, parcel, "A4")
    play.see(**{first: "open"})
    play.tries(play.cancel, parcel)
    play.later(7)
    play.see(A4="open")
    play.see(**{first: "shut"})
    play.see(A4="shut")
    play.tries(play.move, parcel, "A1")
    play.see(A4="open")
    play.later(100)
    play.see(A4="shut")
    play.later(60)
    play.tries(play.move, parcel, "A2")
    play.see(A4="open")
    play.see(A4="shut")
    play.later(40)
    play.tries(play.move, parcel, "A2")
    play.see(A2="open")
    play.see(A4="open")
    play.restart()
    play.see(A1="shut", A2="open", A3="shut", A4="open")
    play.see(A4="shut")


def at_places(play):
    parcel = play.put("shelf", flags=frozenset({"fragile"}))
    play.tries(play.move, parcel, "room")
    play.tries(play.move, parcel, "A1", new_code=NEW_CODE)
    play.later(40)
    play.tries(play.move, parcel, "A2", new_code=NEW_CODE)
    play.open_and_shut("A2")
    play.tries(play.move, parcel, "shelf")
    play.open_and_shut("A2")


def several_settled(play):
    first, second = play.stored(), play.stored(join=True)
    name = play.place(first)
    play.open_and_shut(name)
    play.tries(play.clear, name, "parcel", found=[second, "p9"])
    play.tries(play.clear, name, "parcel", found=[second])
    play.see(**{name: "unseen"})
    play.tries(play.clear_by_word, name, "empty", witness="staff:w")


def held_and_given_time(play):
    parcel = play.stored()
    play.tries(play.hold, parcel)
    play.later(2 * HOUR)
    play.tries(play.extend, parcel)
    play.tries(play.unhold, parcel)
    play.tries(play.extend, parcel)
    play.tries(play.extend, parcel, reason="asked for")
    play.tries(play.shift_deadlines, 3, units=("1203",))


def downtime(play):
    parcel, other = play.stored(), play.stored()
    play.see(**{play.place(parcel): "unseen"})
    lost = play.now
    play.later(HOUR)
    since = play.now
    play.now += timedelta(hours=2)
    play.do(Begun(version="test", down_since=since, lost={play.place(parcel): lost}))
    play.see(**dict.fromkeys(play.site.compartments, "shut"))
    play.do(Unsealed(seconds=HOUR))
    play.hold(other)
    play.stored()
    play.jump(2 * HOUR)
    play.see(**{play.place(parcel): "unseen"})
    play.jump(HOUR)
    play.see(**{play.place(parcel): "shut"})


def sent_and_recalled(play):
    parcel = play.stored()
    play.tries(delegate, play, parcel, "d1")
    play.tries(delegate, play, parcel, "d1")
    play.tries(replace_code, play, parcel)
    play.tries(end, play, parcel, "g-d1")
    play.tries(end, play, parcel, "g-d1")
    play.tries(delegate, play, parcel, "d2", hours=0.1)
    play.later(HOUR)


def said_at_the_door(play):
    parcel = play.stored()
    play.code(parcel)
    play.tries(put_back, play, pickup_of(play))
    play.see(**{play.place(parcel): "open"})
    play.tries(put_back, play, pickup_of(play))
    play.see(**{play.place(parcel): "shut"})
    play.code(parcel)
    play.open_and_shut(play.place(parcel))
    play.tries(accept, play, pickup_of(play))
    play.tries(reject, play, pickup_of(play))


def going_out(play):
    parcel = book(play)
    play.tries(play.code, parcel)
    play.open_and_shut(play.place(parcel))
    play.tries(hand_over, play, parcel, "Another")
    play.tries(hand_over, play, parcel, weight_g=900)
    play.open_and_shut(play.place(parcel))
    play.later(61)
    book(play, "b2")
    play.later(72 * HOUR)


def returned(play):
    play.resident("r9", unit="9", phone="+8613800000009", reach=True)
    more = {"declared_weight_g": 700, "tracking": "R1", "unit": "9", "flags": frozenset({Flag.FRAGILE, Flag.LIQUID})}
    parcel = book(play, label="return-1", sender="r9", **more)
    play.tries(book, play, "b2", label="return-1")
    play.tries(bring_return, play, parcel)
    play.restart()
    play.tries(bring_return, play, parcel)
    play.see(A1="shut", A2="shut", A3="shut", A4="shut")
    play.tries(bring_return, play, parcel)
    late = book(play, "b3", label="return-3", size="L")
    play.tries(play.hold, late)
    play.tries(bring_return, play, late)
    play.open_and_shut(play.place(late))
    play.tries(play.hold, late)
    play.tries(play.code, late)
    play.tries(hand_over, play, late)
    play.tries(play.unhold, late)
    play.see(**{play.place(late): "unseen"})
    play.tries(play.code, late)
    play.tries(hand_over, play, late)
    play.see(**{play.place(late): "shut"})
    play.tries(play.code, late)
    play.see(**{play.place(late): "open"})
    play.tries(hand_over, play, late)
    play.see(**{play.place(late): "shut"})
    play.tries(hand_over, play, late)
    play.restart()
    play.tries(hand_over, play, late)


def at_other_hours(play):
    """The locker serves visitors until nine, and it is eight."""
    play.site = replace(play.site, policy=replace(play.site.policy, opening=UNTIL_NINE))
    play.folded = replace(play.folded, policy=play.site.policy)
    early, kept = book(play, "b0"), book(play, "b4")
    play.code(early)
    play.open_and_shut(play.place(early))
    play.later(HOUR)
    play.tries(hand_over, play, early)
    play.tries(play.code, kept)
    play.tries(play.code, kept, staff=True)
    parcel = book(play, label="return-1")
    for staff in (False, True):
        play.tries(bring_return, play, parcel, staff=staff)
    play.open_and_shut(play.place(parcel))
    play.later(61)
    play.tries(hand_over, play, parcel)


def by_another_clock(play):
    old = play.stored()
    play.hold(old)
    play.restart()
    play.see(A1="shut", A2="shut", A3="shut", A4="unseen")
    young, held = play.stored(), play.stored()
    play.later(60)
    play.hold(held)
    play.see(**{play.place(young): "unseen"})
    for hours in (5, -3, -1, 0):
        play.jump(hours * HOUR)
        play.lines.append(f"  started {play.site.started_at}, unseen since {sorted(play.site.unseen_since.items())}")
    play.unhold(held)
    play.see(**{play.place(young): "shut"})


def a_bank_that_is_not_believed(play):
    """Every switch changes at once; then some read otherwise, alone and together; then all as before."""
    names = sorted(play.site.compartments)
    play.stored()
    play.staff_open("A2")
    play.see(**dict.fromkeys(names, "open"))
    play.see(A1="shut")
    play.see(A1="open", A2="shut", A3="shut")
    play.see(A2="open", A3="open")
    play.lines.append(f"  not believed {play.site.bank_doubts}")
    play.see(**dict.fromkeys(names, "shut"))
    play.see(A3="open", A4="open", A1="open")
    play.see(A3="shut", A4="shut")


def given_up_with_a_reason(play):
    for reason in (NotStored.ABSENT, NotStored.OCCUPIED):
        parcel = play.deposit()
        name = play.place(parcel)
        play.tries(play.ask, Cancel(by="token:c", parcel=parcel, reason=reason))
        play.open_and_shut(name)
    parcel = play.stored()
    play.tries(play.reopen, parcel)
    play.tries(play.ask, Cancel(by="token:c", parcel=parcel, reason=NotStored.REFUSED))
    kept = play.put("shelf")
    play.tries(play.move, kept, "A2", new_code=NEW_CODE)
    play.tries(play.resize, kept, "L")
    play.tries(play.ask, Cancel(by="staff:s", parcel=kept, reason=NotStored.OTHER))


def announced(play):
    parcel = play.expected("M", flags=frozenset({"cold"}))
    play.tries(play.expected, "L", hours=24 * 31)
    play.tries(play.bring, parcel)
    play.open_and_shut(play.place(parcel))
    play.expected()
    play.tries(play.end_expected, play.expected())
    play.later(25 * HOUR)


SCENES = [
    over_the_desk,
    handed_out,
    between_two_doors,
    at_places,
    several_settled,
    held_and_given_time,
    downtime,
    sent_and_recalled,
    said_at_the_door,
    going_out,
    announced,
    returned,
    at_other_hours,
    by_another_clock,
    a_bank_that_is_not_believed,
    given_up_with_a_reason,
    *core_scenes.SCENES,
]


def told():
    lines = []
    for scene in SCENES:
        low = {"bottom_mm": 500, "top_mm": 700}
        doors = door("A1"), door("A2", **low), door("A3", "L", features=frozenset({"cold"})), door("A4")
        play = Told(scene.__name__.replace("_", " "), *doors, places=PLACES)
        scene(play)
        lines += play.lines
    return "\n".join(lines) + "\n"


def test_everything_that_stays_moves_and_goes_out_is_told_to_the_last_field():
    for mine, kept in zip(told().splitlines(), STORY.read_text("utf-8").splitlines(), strict=True):
        assert mine == kept


if __name__ == "__main__":
    STORY.write_text(told(), "utf-8")
