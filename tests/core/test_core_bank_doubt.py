"""All switches of a bank at once are a fault of the wire: unseen, said, nothing decided."""

import pytest
from core_play import Play, door

from locker.core.events.door_events import BankFault

FOUR = ("A1", "A2", "A3", "A4")
SIX = tuple(f"A{n}" for n in range(1, 7))


def bank_of_four(**more):
    return Play(*(door(name) for name in FOUR), **more)


def every(seen, doors=FOUR):
    return dict.fromkeys(doors, seen)


def test_a_lost_common_wire_decides_nothing_and_its_return_gives_everything_back():
    play = bank_of_four()
    parcels = [play.stored() for _ in range(3)]
    uses = {name: play.use(name) for name in FOUR}
    play.see(**every("open"))
    assert {name: play.use(name) for name in FOUR} == uses
    assert {c.seen.value for c in play.site.compartments.values()} == {"unseen"}
    assert [type(e) for e in play.events].count(BankFault) == 1
    assert [play.refuses(play.code, parcel) for parcel in parcels] == ["door-unseen"] * 3
    play.later(3600)
    play.see(**every("shut"))
    assert {name: play.use(name) for name in FOUR} == uses
    for parcel in parcels:
        play.code(parcel)
        play.later(2)


@pytest.mark.parametrize(("moved", "doubted"), [(1, False), (2, False), (3, True), (4, True)])
def test_more_than_half_is_a_fault_of_the_bank_and_half_is_doors(moved, doubted):
    play = bank_of_four()
    play.see(**every("open", FOUR[:moved]))
    assert ("BankFault" in play.kinds()) == doubted
    assert play.kinds().count("DoorForced") == (0 if doubted else moved)


def test_a_bank_of_one_door_is_forced_and_not_doubted():
    play = Play(door("A1"))
    play.see(A1="open")
    assert "DoorForced" in play.kinds()


def test_doors_that_were_ordered_do_not_count():
    play = bank_of_four()
    for _ in range(3):
        play.deposit()
    play.see(**every("open"))
    assert "BankFault" not in play.kinds()
    assert play.kinds().count("DoorForced") == 1


def test_a_door_that_stood_open_before_is_open_again_when_the_wire_is_back():
    play = bank_of_four()
    play.open_and_shut("A1")
    play.see(A1="open")
    play.see(**every("open", FOUR[1:]))
    play.see(**every("shut", FOUR[1:]))
    seen = {name: c.seen.value for name, c in play.site.compartments.items()}
    assert seen == {"A1": "open", "A2": "shut", "A3": "shut", "A4": "shut"}
    assert play.kinds().count("DoorForced") == 1


def test_a_door_that_moved_alone_while_its_bank_was_doubted_is_CHECK():
    play = bank_of_four()
    parcel = play.stored()
    name = play.place(parcel)
    play.see(**every("open"))
    play.see(**{name: "shut"})
    assert (play.use(name), play.state(parcel)) == ("check", "check")
    play.see(**every("shut", [door for door in FOUR if door != name]))
    assert {play.use(other) for other in FOUR if other != name} == {"free"}


def test_a_whole_bank_found_open_at_a_start_is_a_lost_wire_and_not_a_burglary():
    play = bank_of_four()
    parcel = play.stored()
    play.restart()
    play.see(**every("open"))
    assert play.state(parcel) == "stored"
    play.see(**every("shut"))
    play.code(parcel)


def test_a_visit_whose_bank_went_mad_ends_in_CHECK():
    play = bank_of_four()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**every("open", [door for door in FOUR if door != name]))
    play.see(**every("shut", [door for door in FOUR if door != name]))
    assert (play.use(name), play.state(parcel)) == ("check", "check")


def test_other_banks_are_believed_as_before():
    play = Play(*(door(name) for name in FOUR), *(door(f"B{n}", bank="right") for n in range(1, 5)))
    play.see(**every("open"))
    play.see(B1="open")
    assert play.use("B1") == "check"
    assert play.use("A1") == "free"


def test_what_a_bank_reads_while_it_is_not_believed_is_told_whole_and_of_no_other_bank():
    play = Play(*(door(name) for name in SIX), door("B1", bank="right"), door("B2", bank="right"))
    play.open_and_shut("A1")
    play.see(A1="open")
    play.see(**every("open", SIX[1:]))
    play.see(A2="shut")
    play.see(A2="shut")
    told = [event for event in play.events if isinstance(event, BankFault)]
    assert told == [
        BankFault(bank="left", shut=(), open=SIX, open_before=("A1",), again=False),
        BankFault(bank="left", shut=("A2",), open=("A1", *SIX[2:]), open_before=("A1",), again=True),
    ]


@pytest.mark.parametrize(
    ("moves", "doubtful"),
    [
        ({"A1": "shut"}, "A1"),
        ({"A1": "shut", "A2": "open", "A3": "open", "A4": "open", "A5": "open"}, "A1"),
        ({"A1": "shut", "A2": "shut"}, "A1 A2"),
        ({"A1": "shut", "A2": "shut", "A3": "open"}, "A1 A2"),
    ],
)
def test_doors_that_moved_are_few_or_many_whatever_else_was_looked_at(moves, doubtful):
    play = Play(*(door(f"A{n}") for n in range(1, 6)), door("B1", bank="right"))
    play.see(**every("open", [f"A{n}" for n in range(1, 6)]))
    play.see(**moves)
    assert [name for name in play.site.compartments if play.use(name) == "check"] == doubtful.split()
    assert {event.why for event in play.events if type(event).__name__ == "ContentUnknown"} == {
        "moved while its bank was not believed"
    }


def test_half_of_a_bank_that_moves_while_it_is_not_believed_is_CHECK_and_more_is_the_wire_again():
    play = Play(*(door(name) for name in SIX))
    play.retire("A6")
    play.see(**every("open", SIX))
    play.see(A1="shut", A2="shut")
    play.see(A1="open", A2="open", A3="shut", A4="shut")
    assert [play.use(name) for name in SIX] == ["check", "check", "free", "free", "free", "retired"]
    play.see(A3="open", A4="open", A6="shut")
    assert [play.use(name) for name in SIX] == ["check", "check", "check", "check", "free", "retired"]
    play.see(**every("shut", SIX))
    assert {c.seen.value for c in play.site.compartments.values()} == {"shut"}


def test_a_restart_forgets_what_was_not_believed_and_looks_afresh():
    play = bank_of_four()
    play.see(**every("open"))
    assert list(play.site.bank_doubts) == ["left"]
    play.restart()
    assert not play.site.bank_doubts
    play.see(A1="open", A2="shut", A3="shut", A4="shut")
    assert [play.use(name) for name in FOUR] == ["check", "free", "free", "free"]


def test_a_bank_that_reads_as_before_and_a_door_of_another_are_believed_in_one_look():
    play = Play(*(door(name) for name in FOUR), door("B1", bank="right"), door("B2", bank="right"))
    play.see(**every("open"))
    play.see(**every("shut"), B1="open")
    assert {name: c.seen.value for name, c in play.site.compartments.items()} == {
        **every("shut"),
        "B1": "open",
        "B2": "shut",
    }
    assert play.use("B1") == "check"


def test_doors_that_staff_ordered_are_expected_to_open():
    play = bank_of_four()
    for name in FOUR[:3]:
        play.staff_open(name)
    play.see(**every("open", FOUR[:3]))
    assert "BankFault" not in play.kinds()


def test_doors_that_are_shut_after_a_visit_are_expected_to_be():
    play = bank_of_four()
    parcels = [play.deposit() for _ in range(3)]
    play.see(**every("open", FOUR[:3]))
    play.see(**every("shut", FOUR[:3]))
    assert "BankFault" not in play.kinds()
    assert [play.state(parcel) for parcel in parcels] == ["stored"] * 3
