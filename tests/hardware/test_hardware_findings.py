"""The lines that a walk prints make any wrongly described cabinet right."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.commissioning.findings import ObservedMove, SwitchTerminal, compare_with_site_file, mirrored
from hardware.options import Cb8aBankOptions, GpioBankOptions
from locker.core.model import Size
from locker.options import CompartmentOptions

ORDERS = ("low-first", "high-first")
STATUS_BYTES = 3
LOCKS = range(1, STATUS_BYTES * 8 + 1)


def place(channel, order):
    """Which bit of the status frame a channel is, counted from the first byte on the wire."""
    return channel if order == "low-first" else mirrored(channel, STATUS_BYTES)


def board(name, address, order, shut_bit):
    return Cb8aBankOptions(
        name=name, kind="cb8a", port="/dev/none", address=address, byte_order=order, shut_bit=shut_bit
    )


def door(number, bank, channel):
    return CompartmentOptions(id=f"D{number}", size=Size.M, bank=bank, channel=channel)


@given(
    st.lists(st.tuples(st.sampled_from(["b1", "b2"]), st.sampled_from(LOCKS)), min_size=1, max_size=20, unique=True),
    st.randoms(use_true_random=False),
    st.fixed_dictionaries({name: st.tuples(st.sampled_from(ORDERS), st.sampled_from([0, 1])) for name in ("b1", "b2")}),
)
def test_OB_06_the_changes_make_any_description_true(truth, chance, said):
    """`truth` is where each door's switch ends, bank and bit on the wire; the file was filled in by chance."""
    shut_bit = {name: chance.randrange(2) for name in said}
    banks = [board(name, number, *said[name]) for number, name in enumerate(said, 1)]
    guessed = chance.sample([(name, channel) for name in said for channel in LOCKS], len(truth))
    doors = [door(number, *guess) for number, guess in enumerate(guessed)]
    moves = [
        ObservedMove(one.id, {SwitchTerminal(bank, place(bit, said[bank][0])): bool(shut_bit[bank])})
        for one, (bank, bit) in zip(doors, truth, strict=True)
    ]
    found = compare_with_site_file(banks, doors, moves)
    assert found.faults == []
    tables = {bank.name: bank for bank in banks} | {one.id: one for one in doors}
    for change in found.changes:
        tables[change.name] = tables[change.name].model_copy(update={change.key: change.value})
    for one, (bank, bit) in zip(doors, truth, strict=True):
        mended = tables[one.id]
        assert (mended.bank, place(mended.channel, tables[bank].byte_order)) == (bank, bit)
    for bank, _ in truth:
        assert tables[bank].shut_bit == shut_bit[bank]


def test_OB_06_a_true_description_stays_as_it_is():
    banks = [board("b1", 1, "high-first", 0)]
    doors = [door(number, "b1", number) for number in LOCKS]
    moves = [ObservedMove(one.id, {SwitchTerminal("b1", one.channel): False}) for one in doors]
    found = compare_with_site_file(banks, doors, moves)
    assert (found.faults, found.changes, list(found.toml())) == ([], [], [])


def test_OB_06_one_switch_of_the_other_kind_is_a_matter_of_its_wires_not_of_the_file():
    banks = [GpioBankOptions(name="pins", kind="gpio")]
    doors = [
        CompartmentOptions(id=f"D{number}", size=Size.M, bank="pins", lock=9 + number, switch=4 + number)
        for number in range(3)
    ]
    moves = [ObservedMove(one.id, {SwitchTerminal("pins", one.switch): one.id == "D1"}) for one in doors]
    found = compare_with_site_file(banks, doors, moves)
    assert [line.split(":")[0] for line in found.faults] == ["door D1"]
    assert "NO or NC" in found.faults[0]
    assert found.changes == []


def test_OB_06_two_doors_at_once_are_walked_to_again():
    banks, doors = [board("b1", 1, "low-first", 1)], [door(1, "b1", 1)]
    found = compare_with_site_file(
        banks, doors, [ObservedMove("D1", {SwitchTerminal("b1", 1): True, SwitchTerminal("b1", 5): True})]
    )
    assert found.faults == [
        "door D1: more than one switch moved (b1 1 and b1 5). Walk again and open one door at a time."
    ]
    assert found.changes == []
