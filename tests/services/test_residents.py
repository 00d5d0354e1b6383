"""Finding people: by unit, name, phone, and on one keypad."""

import asyncio
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services_bench import until

from locker.core.messages.commands import SaveResident
from locker.services.people.masking import masked_name, masked_phone_tail
from locker.services.people.name_search import initials, keypad_digits
from locker.services.people.phone_numbers import plain_phone

PEOPLE = [
    ("1203", "Wang Ming", "+8613800000001"),
    ("1203", "王明", "+8613800003390"),
    ("1201", "李娜", "13900001111"),
    ("12", "曾志伟", "+85291234567"),
    ("A-905", "歐陽鋒", "+886912345678"),
    ("905", "Émile Öz", "+33123456789"),
]


@pytest.fixture
async def directory(bench):
    for unit, name, phone in PEOPLE:
        await bench.resident(unit, name, phone)
    return bench.directory


def names(found):
    return [person.name for person in getattr(found, "people", found)]


async def test_REC_01_a_recipient_is_found_by_unit_and_name_in_any_case_and_width(directory):
    assert names(directory.find("1203", " wang  MING ")) == ["Wang Ming"]
    assert names(directory.find(" \uff11\uff12\uff10\uff13 ", "王明")) == ["王明"]
    assert names(directory.find("1203")) == ["Wang Ming", "王明"]
    assert directory.find("1203", "Wang") == []
    assert directory.find("120") == []


async def test_REC_01_a_label_with_a_masked_name_or_phone_still_finds_the_recipient(directory):
    assert names(directory.find("1203", "王*")) == ["王明"]
    assert names(directory.find("12", "曾*伟")) == ["曾志伟"]
    assert names(directory.find("1203", "**")) == ["Wang Ming", "王明"]
    assert names(directory.by_phone("138****3390")) == ["王明"]
    assert directory.by_phone("*******3390") == []
    assert directory.by_phone("***********") == []


@pytest.mark.parametrize(
    "phone", ["+8613800000001", "+86 138-0000-0001", "13800000001", "008613800000001", "\uff0b8613800000001"]
)
async def test_REC_01_a_phone_is_the_same_with_and_without_country_code(directory, phone):
    assert names(directory.by_phone(phone)) == ["Wang Ming"]


@pytest.mark.parametrize("phone", ["", "+", "00000001", "3800000001", "+8713800000001", "nobody"])
async def test_REC_01_a_phone_of_nobody_finds_nobody(directory, phone):
    assert directory.by_phone(phone) == []


async def test_REC_01_an_exact_number_wins_over_one_that_only_lacks_the_country_code(bench):
    await bench.resident("1", "A B", "+8613800000001")
    await bench.resident("2", "C D", "13800000001")
    assert names(bench.directory.by_phone("13800000001")) == ["C D"]


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("1201", ["李娜"]),
        ("120", ["李娜", "Wang Ming", "王明"]),
        ("12", ["曾志伟", "李娜", "Wang Ming", "王明"]),
        ("96", ["Wang Ming", "王明"]),
        ("56", ["李娜", "歐陽鋒"]),
        ("999", ["曾志伟"]),
        ("299", ["曾志伟"]),
        ("693", ["歐陽鋒"]),
        ("905", ["Émile Öz", "歐陽鋒"]),
        ("2905", ["歐陽鋒"]),
        ("36", ["Émile Öz"]),
        ("3390", ["王明"]),
        ("33", ["王明"]),
        ("00001111", ["李娜"]),
        ("000000000000", []),
    ],
)
async def test_STO_02_one_keypad_matches_unit_initials_and_end_of_phone(directory, digits, expected):
    assert names(directory.search(digits)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wm", ["Wang Ming", "王明"]),
        ("王", ["王明", "Wang Ming"]),
        ("wangming", ["Wang Ming", "王明"]),
        ("1203 王", ["王明", "Wang Ming"]),
        ("欧阳", ["歐陽鋒"]),
        ("zzw", ["曾志伟"]),
        ("emile", ["Émile Öz"]),
        ("a-9", ["歐陽鋒"]),
        ("1111", ["李娜"]),
        ("nobody", []),
        ("", []),
        ("  ", []),
    ],
)
async def test_QRY_01_staff_find_people_by_name_initial_phone_tail_and_unit(directory, text, expected):
    assert names(directory.search(text)) == expected


async def test_STO_02_staff_list_people_by_the_initial_of_their_name(directory):
    assert names(directory.by_name("w")) == ["王明", "Wang Ming"] or names(directory.by_name("w")) == [
        "Wang Ming",
        "王明",
    ]
    assert names(directory.by_name("L")) == ["李娜"]
    spelled = names(directory.by_name())
    assert spelled.index("Émile Öz") < spelled.index("李娜") < spelled.index("王明")


async def test_a_search_says_how_many_more_there_are(directory):
    found = directory.search("12", limit=1)
    assert (names(found), found.more) == (["曾志伟"], 3)


async def test_who_was_saved_by_anybody_is_found_at_once_and_keeps_the_id(bench):
    async with asyncio.TaskGroup() as group:
        follow = group.create_task(bench.directory.run())
        first = await bench.resident("7", "Li Na", "+8613911112222")
        again = await bench.resident("7", "li na", "+8613933334444")
        assert first == again
        assert bench.directory.by_phone("+8613911112222") == []
        await bench.engine.ask(
            SaveResident(
                by="staff:x",
                id="r1",
                unit="8",
                name="Zhao",
                phone="1",
                language="en",
                email="",
                consent=None,
                reach=True,
            )
        )
        await until(lambda: bench.directory.get("r1"))
        follow.cancel()
    assert bench.directory.get("r1").consent is None


async def test_a_masked_name_never_changes_somebody_else(bench):
    first = await bench.resident("7", "王明", "+8613911112222")
    second = await bench.resident("7", "王*", "+8613933334444")
    assert first != second
    assert bench.directory.get(first).phone == "+8613911112222"


async def test_the_directory_is_the_same_after_a_restart(bench, directory):
    before = {person.id: person for person in directory.by_name()}
    await bench.stop()
    await bench.start()
    assert {person.id: person for person in bench.directory.by_name()} == before


async def test_SEC_07_a_record_shows_nothing_personal_in_a_log(directory):
    for person in directory.by_name():
        for private in (person.unit, person.name, person.phone):
            assert private not in repr(person).replace(person.id, "")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王明", "王*"),
        ("王小明", "王*明"),
        ("欧阳修远", "欧**远"),
        ("王", "*"),
        ("Wang Ming", "Wang **"),
        ("Li", "L**"),
        ("김철수", "김*수"),
        ("", ""),
    ],
)
def test_REC_01_a_courier_sees_a_name_with_a_part_hidden(name, shown):
    assert masked_name(name) == shown


@given(st.text(max_size=30))
def test_REC_01_no_name_is_ever_shown_whole(name):
    assert not name.strip() or masked_name(name) != name.strip() or "*" in name


@given(st.text(alphabet=string.digits + "+ -", max_size=20))
def test_REC_01_of_a_phone_at_most_four_digits_are_shown_and_six_stay_hidden(phone):
    shown = masked_phone_tail(phone)
    count = sum(mark.isdigit() for mark in phone)
    assert len(shown) <= 4
    assert not shown or count - len(shown) >= 6
    assert plain_phone(phone).endswith(shown)


@given(st.text(max_size=20))
def test_any_name_has_initials_and_can_be_compared(name):
    assert all(place for place in initials(name))
    assert keypad_digits(name).isdigit() or not keypad_digits(name)
