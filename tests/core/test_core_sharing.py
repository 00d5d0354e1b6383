"""Several parcels behind one door, and one code for all that is somebody's."""

import pytest
from core_play import Play, door
from test_core_acceptance import pickup_of, put_back, reject

from locker.core.events.visit_events import ParcelCollected, ParcelStored


@pytest.fixture
def play():
    play = Play()
    play.resident("r2", unit="9", phone="+8613800000002")
    return play


def joined(play, **more):
    """Two parcels of one household behind one door."""
    first = play.stored()
    second = play.stored(join=True, **more)
    assert play.place(first) == play.place(second)
    return first, second


def test_C16_a_second_parcel_of_the_same_household_and_carrier_joins_the_first_at_its_door(play):
    first, second = joined(play)
    name = play.place(first)
    assert play.site.compartments[name].parcels == (first, second)
    assert (play.state(first), play.state(second), play.use(name)) == ("stored", "stored", "loaded")
    told = [e.parcel for e in play.events if isinstance(e, ParcelStored)]
    assert told == [first, second], "each is told to its recipients by itself"


@pytest.mark.parametrize(
    "more",
    [
        {"recipients": ("r2",)},
        {"recipients": ("r1", "r2")},
        {"company": "YTO"},
        {"flags": ["insured"]},
        {"flags": ["liquid"]},
        {"flags": ["fragile"]},
        {"size": "L"},
        {"join": False},
    ],
)
def test_C16_nothing_joins_but_by_the_rule(play, more):
    play = Play(door("A1"), door("A2", "L"), door("A3"))
    play.resident("r2", unit="9", phone="+8613800000002")
    first = play.stored()
    more = {"join": True} | more
    second = play.deposit(more.pop("size", "M"), **more)
    assert play.place(second) != play.place(first)


def test_C16_nothing_joins_where_the_site_file_says_so_or_where_a_special_parcel_lies():
    for play, flags in ((Play(share_doors=False), ()), (Play(), ("insured",))):
        first = play.stored(flags=flags)
        second = play.deposit(join=True)
        assert play.place(second) != play.place(first)


def test_C16_one_visit_collects_all_behind_the_door_and_each_has_its_own_event(play):
    first, second = joined(play)
    name = play.place(first)
    told = play.code(second)
    assert told.openings == ((second, name), (first, name))
    assert play.pulses(name) == 3, "one order for the door"
    play.open_and_shut(name)
    assert [e.parcel for e in play.events if isinstance(e, ParcelCollected)] == [second, first]
    play.code(first)
    play.open_and_shut(name)
    assert play.state(second) == "collected"
    play.later(60)
    assert play.use(name) == "free"
    assert not play.site.parcels
    assert not play.site.codes


def test_C16_of_two_behind_one_door_one_may_stay(play):
    first, second = joined(play)
    name = play.place(first)
    play.code(first)
    play.see(**{name: "open"})
    put_back(play, pickup_of(play), second)
    play.see(**{name: "shut"})
    assert (play.state(first), play.state(second), play.use(name)) == ("collected", "stored", "loaded")
    assert play.site.compartments[name].parcels == (second,)
    assert play.refuses(play.code, first) == "unknown-code"
    play.later(1)
    play.code(second)
    play.open_and_shut(name)
    play.later(60)
    assert play.use(name) == "free"


def test_C16_while_the_courier_puts_another_one_beside_it_the_code_of_the_first_waits(play):
    first = play.stored()
    second = play.deposit(join=True)
    assert play.refuses(play.code, first) == "busy"
    play.open_and_shut(play.place(second))
    play.code(first)


def test_C16_a_courier_who_gives_up_leaves_what_lay_there(play):
    for say in (play.cancel, lambda p: play.resize(p, "M")):
        first = play.stored()
        second = play.deposit(join=True)
        name = play.place(second)
        assert name == play.place(first)
        play.see(**{name: "open"})
        say(second)
        play.see(**{name: "shut"})
        assert (play.state(first), play.use(name)) == ("stored", "loaded")
        assert play.site.compartments[name].parcels == (first,)
        play.code(first)
        play.open_and_shut(name)
        play.later(130)


def test_C16_a_shared_door_that_does_not_open_keeps_its_parcel_and_the_other_moves_on(play):
    first = play.stored()
    second = play.deposit(join=True)
    name = play.place(first)
    play.later(45)
    assert play.place(second) != name
    assert (play.state(first), play.use(name)) == ("stored", "loaded")
    assert play.site.compartments[name].parcels == (first,)
    assert "LockFault" in play.kinds()


@pytest.mark.parametrize("cut", ["restart", "unseen", "left open"])
def test_C16_a_joining_that_is_cut_is_CHECK_with_both(play, cut):
    first = play.stored()
    second = play.deposit(join=True)
    name = play.place(second)
    if cut == "restart":
        play.restart()
        play.see(**{name: "shut"})
    elif cut == "unseen":
        play.see(**{name: "unseen"})
        play.see(**{name: "shut"})
    else:
        play.see(**{name: "open"})
        play.later(120)
        play.see(**{name: "shut"})
    assert play.use(name) == "check"
    assert (play.state(first), play.state(second)) == ("check", "check")
    assert play.refuses(play.code, first) == "not-now"
    play.clear(name, "parcel")
    assert (play.state(first), play.state(second), play.use(name)) == ("stored", "stored", "loaded")
    assert play.site.compartments[name].parcels == (first, second)


def test_C16_a_pickup_of_two_that_is_cut_is_CHECK_and_either_code_opens_it(play):
    first, second = joined(play)
    name = play.place(first)
    play.code(first)
    play.restart()
    play.see(**{name: "shut"})
    assert (play.state(first), play.state(second), play.use(name)) == ("check", "check", "check")
    play.code(second)
    play.open_and_shut(name)
    assert (play.state(first), play.state(second)) == ("collected", "collected")


def test_C16_a_pickup_of_two_whose_lock_jams_leaves_both_stored(play):
    first, second = joined(play)
    play.code(first)
    play.later(45)
    assert (play.state(first), play.state(second), play.use(play.place(first))) == ("stored", "stored", "loaded")
    assert len(play.site.parcels[second].failed) == 1


def test_C16_what_is_rejected_of_two_asks_which_and_holds_that_one(play):
    first, second = joined(play)
    name = play.place(first)
    play.code(first)
    play.see(**{name: "open"})
    assert play.refuses(reject, play, pickup_of(play)) == "which-parcel"
    reject(play, pickup_of(play), "missing", second)
    assert (play.state(first), play.state(second)) == ("check", "check")
    assert (play.site.parcels[first].held, play.site.parcels[second].held) == ("", "rejected as missing")
    play.see(**{name: "shut"})
    play.clear(name, "parcel")
    assert play.refuses(play.code, first) == "held", "the door holds one that is held"


def test_C16_staff_who_find_a_shared_door_empty_end_both(play):
    first, second = joined(play)
    name = play.place(first)
    play.see(**{name: "open"})
    play.see(**{name: "shut"})
    play.clear(name, "empty")
    assert (play.state(first), play.state(second), play.use(name)) == ("withdrawn", "withdrawn", "free")


def test_C16_staff_settle_each_parcel_behind_a_shared_door_by_itself(play):
    first, second = joined(play)
    name = play.place(first)
    play.open_and_shut(name)
    assert play.use(name) == "check"
    assert play.refuses(play.clear, name, "parcel", found=["p99"]) == "unknown"
    assert play.refuses(play.clear, name, "parcel", found=[first, "p99"]) == "unknown"
    assert play.refuses(play.clear, name, "parcel", found=[]) == "not-now"
    assert play.refuses(play.clear, name, "empty", found=[first]) == "not-now"
    play.clear(name, "parcel", found=[second])
    assert (play.state(first), play.state(second), play.use(name)) == ("withdrawn", "stored", "loaded")
    assert play.site.compartments[name].parcels == (second,)
    assert play.refuses(play.code, first) == "unknown-code"
    play.later(1)
    play.code(second)
    play.open_and_shut(name)
    assert play.state(second) == "collected"


def test_C16_of_two_that_were_being_fetched_the_one_that_is_not_there_was_collected(play):
    first, second = joined(play)
    name = play.place(first)
    play.code(first)
    play.see(**{name: "open"})
    play.later(121)
    play.see(**{name: "shut"})
    play.clear(name, "parcel", found=[first])
    assert (play.state(first), play.state(second), play.use(name)) == ("stored", "collected", "loaded")


def test_C16_two_people_settle_one_of_two_where_no_switch_can_tell(play):
    first, second = joined(play)
    name = play.place(first)
    play.see(**{name: "unseen"})
    assert play.refuses(play.clear_by_word, name, "parcel", supervisor=True) == "not-now", "nothing is settled by that"
    assert play.refuses(play.clear_by_word, name, "parcel", supervisor=True, found=[first, second]) == "not-now"
    play.clear_by_word(name, "parcel", supervisor=True, found=[second])
    assert (play.state(first), play.state(second), play.use(name)) == ("collected", "stored", "loaded")


def test_C16_the_courier_takes_back_the_second_and_leaves_the_first(play):
    first, second = joined(play)
    name = play.place(first)
    play.reopen(second, take_back=True)
    play.open_and_shut(name)
    assert (play.state(second), play.state(first), play.use(name)) == ("withdrawn", "stored", "loaded")
    assert play.site.compartments[name].parcels == (first,)


# --- all of mine ----------------------------------------------------------------------------------


def test_R6_one_right_code_opens_all_that_is_stored_for_the_same_people_and_each_door_is_its_own_truth(play):
    one, two, other = play.stored(), play.stored(), play.stored(recipients=("r2",))
    told = play.code(one, every=True)
    assert told.openings == ((one, play.place(one)), (two, play.place(two)))
    assert play.state(other) == "stored"
    play.open_and_shut(play.place(one))
    play.see(**{play.place(two): "open"})
    assert (play.state(one), play.state(two)) == ("collected", "collecting")
    assert play.code(one, every=True).pickup != told.pickup or play.state(one) == "collected"
    put_back(play, told.pickup, two)
    play.see(**{play.place(two): "shut"})
    assert play.state(two) == "stored"


def test_R6_without_all_a_code_opens_its_own_door(play):
    one, two = play.stored(), play.stored()
    assert play.code(one).openings == ((one, play.place(one)),)
    assert play.state(two) == "stored"


def test_R6_an_insured_one_asks_for_the_second_item_first_and_nothing_opens(play):
    one, two = play.stored(), play.stored(flags=["insured"])
    assert play.refuses(play.code, one, every=True) == "second-needed"
    assert play.refuses(play.code, one, token=True, every=True) == "second-needed"
    assert play.refuses(play.code, one, token=True, every=True, second="9999") == "unknown-code"
    play.later(1)
    told = play.code(one, token=True, every=True, second="0001")
    assert [parcel for parcel, _ in told.openings] == [one, two]


def test_R6_doors_that_cannot_open_now_are_left_out(play):
    one, two, three = play.stored(), play.stored(), play.stored()
    play.see(**{play.place(two): "unseen"})
    assert [parcel for parcel, _ in play.code(one, every=True).openings] == [one, three]


@pytest.mark.parametrize("beside", ["staff", "hold"])
def test_all_of_mine_leaves_a_door_shut_at_which_staff_are_or_behind_which_something_is_held(beside):
    play = Play()
    first, other = play.stored(), play.stored()
    third = play.stored(join=True)
    name = play.place(other)
    if beside == "staff":
        play.staff_open(name)
    else:
        play.hold(other)
    opened = {door for _, door in play.code(first, every=True).openings}
    assert opened == {play.place(first)}
    assert play.place(third) == play.place(first), "the smaller of two doors is shared"


def test_four_parcels_lie_behind_one_door_and_the_fifth_elsewhere():
    play = Play()
    places = [play.place(play.stored(join=number > 0)) for number in range(5)]
    assert places == ["A1"] * 4 + ["A2"]


@pytest.mark.parametrize(("needs", "place"), [((), "A1"), (("charging",), "A2")])
def test_what_needs_more_than_the_shared_door_has_lies_behind_its_own(needs, place):
    play = Play(door("A1"), door("A2", features=frozenset({"charging"})))
    play.stored()
    assert play.place(play.stored(join=True, needs=frozenset(needs))) == place


def test_what_is_said_at_one_door_is_answered_with_what_was_fetched_there_and_nothing_else():
    play = Play()
    first, second = play.stored(), play.stored()
    play.code(first)
    play.code(second, source="token:t")
    mine = next(visit.id for visit in play.site.visits.values() if visit.parcels == (first,))
    assert [one[0] for one in put_back(play, mine).parcels] == [first]
