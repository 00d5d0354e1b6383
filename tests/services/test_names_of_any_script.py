"""Names of any script, of one letter and of forty: kept as they are written, found, sorted, and never shown whole."""

import pytest

from locker.services.command_service import ResidentDetails
from locker.services.people import masked_name

# A name, and the letter under which it stands; "#" for one that no letter stands for.
NAMES = [
    ("王", "W"),
    ("Ö", "O"),
    ("X Æ", "X"),
    ("欧阳娜娜", "O"),
    ("Nguyễn Thị Minh Khai", "N"),
    ("Łukasz Żółć", "L"),
    ("Мария Ивановна Кузнецова", "M"),
    ("Γιώργος Παπαδόπουλος", "G"),
    ("محمد بن عبد الله", "M"),
    ("שרה כהן", "S"),
    ("김철수", "G"),
    ("山田 花子", "S"),
    ("ゆき", "Y"),
    ("สมชาย ใจดี", "S"),
    ("राम कुमार", "R"),
    ("O'Neill-Özdemir", "O"),
    ("Wolfeschlegelsteinhausenbergerdorff Hubert"[:40], "W"),
    ("阿" * 40, "A"),
]


@pytest.fixture
async def directory(bench):
    for number, (name, _) in enumerate(NAMES):
        await bench.commands.save_resident(
            ResidentDetails(unit=f"{number + 1}-1", name=name, phone=f"+86138000000{number:02d}", consent=True), "test"
        )
    await bench.directory.load()
    return bench.directory


@pytest.mark.parametrize(("name", "letter"), NAMES)
async def test_STO_02_a_name_of_any_script_is_kept_found_and_sorted_by_its_initial(directory, name, letter):
    unit = f"{[each for each, _ in NAMES].index(name) + 1}-1"
    (person,) = directory.find(unit)
    assert person.name == name
    assert person.initial == letter
    assert person in directory.by_name(letter)
    assert person in directory.search(name).people
    assert person in directory.search(f"{unit} {letter}").people
    assert directory.find(unit, name) == [person]
    assert masked_name(name) != name


async def test_STO_02_the_list_of_staff_is_sorted_as_names_sound_and_loses_nobody(directory):
    people = directory.by_name()
    assert {each.name for each in people} == {name for name, _ in NAMES}
    letters = [each.initial for each in people]
    assert letters == sorted(letters)
