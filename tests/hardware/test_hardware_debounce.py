"""The debounce: only a level that stands still is believed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.banks.debounce import DebouncedSwitch
from hardware.banks.door_switches import DoorSwitches
from locker.core.model import Seen


def test_nothing_is_believed_before_it_has_stood_still():
    switch = DebouncedSwitch()
    assert switch.update(True, 10.0) is Seen.UNSEEN
    assert switch.update(True, 10.29) is Seen.UNSEEN
    assert switch.update(True, 10.31) is Seen.SHUT


def test_open_is_believed_after_50_ms():
    switch = DebouncedSwitch()
    switch.update(False, 0.0)
    assert switch.update(False, 0.049) is Seen.UNSEEN
    assert switch.update(False, 0.051) is Seen.OPEN


def test_a_rebound_of_a_slammed_door_starts_the_300_ms_again():
    switch = DebouncedSwitch()
    switch.update(False, 0.0)
    switch.update(False, 1.0)
    switch.update(True, 2.0)
    switch.update(False, 2.2)
    switch.update(True, 2.21)
    assert switch.update(True, 2.4) is Seen.OPEN
    assert switch.update(True, 2.52) is Seen.SHUT


def test_an_edge_between_two_looks_counts_though_the_level_is_the_same():
    switch = DebouncedSwitch()
    switch.update(True, 0.0)
    switch.edge(0.29)
    assert switch.update(True, 0.31) is Seen.UNSEEN
    assert switch.update(True, 0.6) is Seen.SHUT


def test_a_switch_that_cannot_be_read_is_unseen_at_once_and_must_settle_again():
    switch = DebouncedSwitch()
    switch.update(True, 0.0)
    assert switch.update(True, 1.0) is Seen.SHUT
    assert switch.update(None, 1.1) is Seen.UNSEEN
    assert switch.update(True, 1.2) is Seen.UNSEEN
    assert switch.update(True, 1.6) is Seen.SHUT


def test_a_switch_that_never_rests_is_unseen_and_not_as_it_was():
    switch = DebouncedSwitch()
    switch.update(True, 0.0)
    assert switch.update(True, 1.0) is Seen.SHUT
    at, shut = 1.0, True
    while at < 5.0:
        at, shut = at + 0.03, not shut
        last = switch.update(shut, at)
    assert last is Seen.UNSEEN
    assert switch.update(shut, at + 0.4) is not Seen.UNSEEN


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.floats(0.001, 1.0)), max_size=60))
def test_shut_is_never_said_unless_every_look_of_the_last_300_ms_was_shut(looks):
    switch = DebouncedSwitch()
    at, history = 0.0, []
    for shut, passed in looks:
        at += passed
        history.append((at, shut))
        before = switch.seen
        if switch.update(shut, at) is Seen.SHUT and before is not Seen.SHUT:
            recent = [level for when, level in history if when >= at - 0.3]
            assert recent
            assert all(level is True for level in recent)


def test_each_change_is_reported_once_and_only_what_changed():
    told = []
    switches = DoorSwitches(["A1", "A2"], told.append)
    for at in (0.0, 0.4, 0.8):
        switches.update({"A1": True, "A2": False}, at)
    switches.update({"A1": True, "A2": True}, 1.0)
    switches.update({"A1": True, "A2": True}, 1.4)
    switches.mark_unreadable()
    switches.mark_unreadable()
    assert told == [
        {"A1": Seen.SHUT, "A2": Seen.OPEN},
        {"A2": Seen.SHUT},
        {"A1": Seen.UNSEEN, "A2": Seen.UNSEEN},
    ]


def flips(times, polls):
    """What is told of switches that go from shut to open at these times, looked at at those."""
    told = []
    switches = DoorSwitches([f"A{n}" for n in range(len(times))], told.append)
    for at in (0.0, 0.4):
        switches.update(dict.fromkeys(switches.seen, True), at)
    told.clear()
    for at in polls:
        switches.update({f"A{n}": at < flipped for n, flipped in enumerate(times)}, at)
    return told


def test_switches_that_moved_together_are_told_in_one_look_although_two_looks_settle_them():
    assert flips([1.0, 1.01], [0.99, 1.005, 1.03, 1.056, 1.085, 1.11]) == [{"A0": Seen.OPEN, "A1": Seen.OPEN}]


def test_a_change_waits_for_one_more_look_and_no_longer():
    told = flips([1.0, 1.08], [1.0, 1.06, 1.08, 1.09, 1.2])
    assert told == [{"A0": Seen.OPEN}, {"A1": Seen.OPEN}]


def test_a_switch_that_moves_alone_or_long_after_another_is_told_at_once():
    for times, polls in (([1.0], [1.0, 1.051]), ([1.0, 9.0], [1.0, 1.051]), ([1.0, 1.102], [1.0, 1.102, 1.103])):
        assert flips(times, polls) == [{"A0": Seen.OPEN}], times


def test_a_switch_that_cannot_be_read_is_told_at_once_with_what_was_held():
    told = []
    switches = DoorSwitches(["A0", "A1"], told.append)
    for at in (0.0, 0.4):
        switches.update({"A0": True, "A1": True}, at)
    switches.update({"A0": False, "A1": True}, 1.0)
    switches.update({"A0": False, "A1": False}, 1.04)
    switches.update({"A0": False, "A1": False}, 1.06)
    assert switches.unsettled
    switches.update({"A0": False, "A1": None}, 1.07)
    assert told[1:] == [{"A0": Seen.OPEN, "A1": Seen.UNSEEN}]
