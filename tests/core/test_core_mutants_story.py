"""Every kind of visit told to the last field: events as the journal keeps them, and every row that they changed.

The story is the form of the journal, which may grow but not change. When a field was added on purpose, write it anew
with `python tests/core/test_core_mutants_story.py` and read the difference.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from core_play import Play, door  # noqa: E402  as a command this file finds its own neighbours first
from core_told import Told  # noqa: E402

from locker.core.events.door_events import DoorsSeen, Restored  # noqa: E402
from locker.core.events.service_events import Noted  # noqa: E402
from locker.core.evolve.evolve import evolve  # noqa: E402
from locker.core.messages.observations import PulseFailed, WallJumped  # noqa: E402
from locker.core.model import Consent, Flag  # noqa: E402

STORY = HERE / "story.txt"


def walk_in_and_out(play):
    parcel = play.stored()
    play.tries(play.code, "nobody")
    play.later(2)
    play.tries(play.code, parcel, second="9999")
    play.later(2)
    play.tries(play.code, parcel, second="0001")
    play.later(1)
    play.open_and_shut(play.place(parcel))
    play.tries(play.code, parcel)
    play.tries(play.code, parcel)
    play.open_and_shut("A1")
    play.later(61)
    play.tries(play.code, parcel)


def a_lock_that_fails_a_courier(play):
    parcel = play.deposit("M")
    play.do(PulseFailed("A1", "no reply"))
    play.later(12)
    play.tries(play.reopen, parcel)
    play.later(40)
    play.open_and_shut(play.place(parcel))
    play.tries(play.restore, "A1")


def no_lock_works(play):
    parcel = play.deposit("M")
    for _ in range(4):
        play.later(46)
    play.tries(play.reopen, parcel)


def a_lock_that_fails_a_resident(play):
    parcel = play.stored()
    for _ in range(4):
        play.tries(play.code, parcel)
        play.later(46)
    play.later(700)
    play.tries(play.code, parcel, token=True)
    play.open_and_shut("A1")
    play.tries(play.code, parcel, token=True)
    play.later(46)


def changes_of_mind(play):
    first = play.deposit()
    play.tries(play.cancel, first)
    play.open_and_shut("A1")
    second = play.deposit()
    play.see(A1="open")
    play.tries(play.resize, second, "L")
    play.tries(play.resize, second, "S")
    play.see(A1="shut")
    play.open_and_shut(play.place(second))
    play.tries(play.cancel, second)
    play.tries(play.reopen, second)
    play.tries(play.cancel, second)
    play.open_and_shut(play.place(second))
    play.tries(play.reopen, second, take_back=True)
    play.open_and_shut("A2")
    third = play.stored()
    play.tries(play.reopen, third)
    play.later(50)
    play.tries(play.reopen, third)
    play.later(61)
    play.tries(play.reopen, third)


def staff(play):
    parcel = play.stored()
    play.tries(play.staff_open, "A1")
    play.tries(play.code, parcel)
    play.open_and_shut("A1")
    play.tries(play.retire, "A1")
    play.tries(play.clear, "A1", "parcel")
    play.tries(play.staff_open, "A2")
    play.later(31)
    play.tries(play.retire, "A2")
    play.tries(play.restore, "A2")
    play.see(A3="open")
    play.tries(play.staff_open, "A3")
    play.later(31)
    play.tries(play.clear, "A3", "empty")
    play.see(A3="shut")
    play.tries(play.clear, "A3", "parcel")
    play.tries(play.clear, "A3", "empty")
    play.tries(play.clear, "A1", "empty")
    play.tries(play.staff_open, "A9")
    going = play.deposit()
    play.tries(play.staff_open, play.place(going))
    play.tries(play.retire, play.place(going))


def forced_and_left_open(play):
    play.see(A2="open")
    play.see(A2="shut")
    parcel = play.stored()
    play.see(A1="open")
    play.see(A1="shut")
    play.tries(play.code, parcel)
    play.tries(play.clear, "A1", "empty")
    other = play.deposit()
    play.see(**{play.place(other): "open"})
    play.later(121)
    play.see(**{play.place(other): "shut"})
    play.tries(play.clear, play.place(other), "parcel")
    play.tries(play.code, other)
    play.see(**{play.place(other): "open"})
    play.later(121)
    play.tries(play.code, other)
    play.see(**{play.place(other): "shut"})
    play.tries(play.clear, play.place(other), "empty")


def restarts(play):
    parcel = play.deposit()
    play.restart()
    play.later(200)
    play.see(A1="shut", A2="shut", A3="open")
    play.tries(play.clear, "A1", "parcel")
    play.tries(play.code, parcel)
    play.restart()
    play.tries(play.code, parcel)
    play.see(A1="open", A2="shut", A3="shut")
    play.see(A1="shut")
    play.restart()
    play.see(A1="shut", A2="unseen", A3="shut")
    play.tries(play.code, parcel)
    play.restart()
    play.see(A1="shut", A2="shut", A3="shut")
    play.tries(play.code, parcel)
    play.later(100)


def a_dead_wire(play):
    parcel = play.deposit()
    play.see(A1="unseen", A2="unseen", A3="unseen")
    play.later(50)
    play.see(A1="shut", A2="open", A3="shut")
    play.see(A2="shut")
    play.later(50)
    play.tries(play.cancel, parcel)


def a_dead_wire_at_a_pickup(play):
    parcel = play.stored()
    play.tries(play.code, parcel)
    play.see(A1="unseen", A2="unseen")
    play.later(10)
    play.see(A1="open", A2="open")
    play.see(A1="unseen", A2="shut")
    play.see(A1="shut")
    play.later(30)
    play.tries(play.code, parcel)
    play.see(A1="unseen")
    play.later(100)
    play.see(A1="shut")


def clocks(play):
    parcel = play.stored()
    play.tries(play.code, "nobody")
    play.tries(play.code, parcel, token=True)
    play.later(46)
    play.tries(play.code, parcel, token=True)
    play.do(WallJumped(seconds=3600))
    play.now = play.now.replace(hour=play.now.hour + 1)
    play.see(A1="open")
    play.do(WallJumped(seconds=7))
    play.see(A1="shut")
    play.do(WallJumped(seconds=9))
    play.later(100)
    late = play.stored()
    play.later(73 * 3600, synced=False)
    play.later(1)
    play.tries(play.code, late)


def guesses(play):
    parcel = play.stored()
    for _ in range(11):
        play.tries(play.code, "nobody")
        play.later(1)
    play.tries(play.code, parcel)
    play.tries(play.code, parcel, second="1203")
    play.later(1300)
    play.tries(play.code, "nobody", token=True)
    play.tries(play.code, "nobody", source="token:t")
    play.tries(play.code, "nobody", source="token:t")


def a_backup_comes_back(play):
    play.stored()
    play.collecting()
    play.see(A2="open")
    play.event(Restored(compartments=("A1", "A2", "A3", "B9")))
    play.event(Noted(what="restored", about="x"))
    play.tries(play.code, "p1")


def refusals(play):
    parcel = play.stored(label="same")
    play.resident("r2", consent=False)
    play.resident("r3", consent=None, reach=True)
    play.tries(play.deposit, label="same")
    play.tries(play.deposit, recipients=("r2",))
    play.tries(play.deposit, recipients=("r3",))
    play.tries(play.deposit, recipients=("r3",), consent=Consent.GIVEN)
    play.tries(play.deposit, recipients=())
    play.tries(play.deposit, damaged=True)
    play.tries(play.deposit, flags=(Flag.IN_PERSON,))
    play.tries(play.deposit, flags=(Flag.COLD,))
    play.tries(play.deposit, flags=(Flag.LIQUID, Flag.FRAGILE))
    play.tries(play.deposit, "XL")
    play.tries(play.cancel, parcel)
    play.tries(play.cancel, "nobody")
    play.tries(play.resize, "nobody", "M")
    play.tries(play.clear, "A1", "empty")
    play.tries(play.restore, "A1")


def pulses_that_a_courier_asks_for(play):
    parcel = play.deposit()
    play.tries(play.reopen, parcel)
    play.later(10)
    play.tries(play.reopen, parcel)
    play.later(5)
    for _ in range(4):
        play.tries(play.reopen, parcel)
        play.later(6)
    play.later(40)


def larger_and_lower(play):
    play.resident("r3", reach=True)
    parcel = play.deposit(recipients=("r3",), flags=(Flag.FRAGILE,))
    play.tries(play.resize, parcel, "S")
    play.tries(play.resize, parcel, "M")
    play.open_and_shut("A2")
    play.later(46)
    play.tries(play.deposit, "S", flags=(Flag.COLD,))
    play.tries(play.resize, "p2", "S")


def a_door_opened_again(play):
    parcel = play.stored()
    play.tries(play.reopen, parcel)
    play.tries(play.cancel, parcel)
    play.tries(play.resize, parcel, "S")
    play.later(46)
    play.tries(play.reopen, parcel, take_back=True)
    play.later(20)
    play.tries(play.reopen, parcel)
    play.see(A1="open")
    play.tries(play.resize, parcel, "S")
    play.see(A1="shut")


def a_grace_in_the_dark(play):
    parcel = play.stored()
    play.later(90)
    play.tries(play.reopen, parcel)
    play.tries(play.code, parcel)
    play.open_and_shut("A1")
    play.see(A1="unseen")
    play.tries(play.code, parcel)
    play.see(A1="shut")
    play.restart()
    play.tries(play.code, parcel)
    play.see(A1="shut", A2="shut", A3="shut")
    play.later(6)
    play.tries(play.code, parcel)
    play.later(46)
    play.tries(play.code, parcel)
    play.see(A1="open")
    play.later(130)
    play.see(A1="shut")
    play.tries(play.code, parcel)


def guesses_with_rests(play):
    play.stored()
    for rest in (1, 599, 2, 650, 1, 1300, 7000, 3):
        play.tries(play.code, "nobody")
        play.later(rest)


def a_backup_of_another_cabinet(play):
    play.stored()
    play.event(Restored(compartments=("B9", "A3", "A1")))


SCENES = [
    walk_in_and_out,
    a_lock_that_fails_a_courier,
    no_lock_works,
    a_lock_that_fails_a_resident,
    changes_of_mind,
    staff,
    forced_and_left_open,
    restarts,
    a_dead_wire,
    a_dead_wire_at_a_pickup,
    clocks,
    guesses,
    a_backup_comes_back,
    refusals,
    pulses_that_a_courier_asks_for,
    larger_and_lower,
    a_door_opened_again,
    a_grace_in_the_dark,
    guesses_with_rests,
    a_backup_of_another_cabinet,
]


def doors():
    low = {"bottom_mm": 500, "top_mm": 700}
    return door("A1"), door("A2", **low), door("A3", "L", features=frozenset({"cold"}))


def told():
    lines = []
    for scene in SCENES:
        play = Told(scene.__name__.replace("_", " "), *doors())
        scene(play)
        lines += play.lines
    return "\n".join(lines) + "\n"


def test_every_kind_of_visit_is_told_to_the_last_field():
    for mine, kept in zip(told().splitlines(), STORY.read_text("utf-8").splitlines(), strict=True):
        assert mine == kept


def test_an_event_about_nothing_that_is_known_changes_nothing():
    play = Play()
    assert evolve(play.site, DoorsSeen(open=("B9",)), play.now).compartments == play.site.compartments


if __name__ == "__main__":
    STORY.write_text(told(), "utf-8")
