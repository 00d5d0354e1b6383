"""Names as carriers print them: they find their person, all who fit are given, and nobody is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locker.services.people.name_matching import rank_of_name, without_titles
from locker.text_folding import folded_name, names_nobody, visible_name

PRINTED = [
    ("LUKASZ ZOLC", "Łukasz Żółć"),
    ("ZOLC LUKASZ", "Łukasz Żółć"),
    ("Żółć, Łukasz", "LUKASZ ZOLC"),
    ("OBRIEN SEAN", "Seán O'Brien"),
    ("O\u2019BRIEN SEAN", "Sean O'Brien"),
    ("O BRIEN SEAN", "Sean O'Brien"),
    ("ANNE MARIE DUPONT", "Anne-Marie Dupont"),
    ("MUELLER JUERGEN", "Jürgen Müller"),
    ("MULLER JURGEN", "Jürgen Müller"),
    ("SOREN OESTERGAARD", "Søren Østergård"),
    ("NGUYEN VAN DUC", "Nguyễn Văn Đức"),
    ("MR JOHN SMITH", "John Smith"),
    ("Smith John Mr.", "John Smith"),
    ("王明先生", "王明"),
    ("王小明收", "王小明"),
    ("XIAOMING WANG", "王小明"),
    ("Wang Xiao Ming", "王小明"),
    ("Ming WANG", "Wang Ming"),
    ("ZENG ZHIWEI", "曾志伟"),
    ("OUYANG FENG", "歐陽鋒"),
    ("欧阳锋", "歐陽鋒"),
    ("PAN WEI", "潘伟"),
    ("KIM MINSOO", "김민수"),
    ("Min-Su Kim", "김민수"),
    ("LEE YOUNG HEE", "이영희"),
    ("JIHOON PARK", "박지훈"),
    ("CHOI SOOJIN", "최수진"),
    ("JUNG HYUNWOO", "정현우"),
    ("김민수님", "김민수"),
    ("SATO HANAKO", "さとう はなこ"),
    ("HANAKO SATOU", "サトウ ハナコ"),
]


@pytest.mark.parametrize(("printed", "name"), PRINTED)
async def test_REC_01_a_name_as_carriers_print_it_finds_its_person(bench, printed, name):
    await bench.resident("12", name, "+8613800000001")
    await bench.resident("12", "Petra Neumann", "+8613800000002")
    await bench.resident("13", name, "+8613800000003")
    assert [person.phone for person in bench.directory.find("12", printed)] == ["+8613800000001"]


@pytest.mark.parametrize(
    ("printed", "names", "found"),
    [
        ("王先生", ["王明", "王小红", "李娜"], ["王小红", "王明"]),
        ("王先生", ["汪明", "王明"], ["王明"]),
        ("MR WANG", ["汪明", "王明", "李娜"], ["汪明", "王明"]),
        ("欧阳女士", ["歐陽鋒", "欧明"], ["歐陽鋒"]),
        ("Mrs Smith", ["John Smith", "Smith Ann", "Joan Smithers"], ["John Smith", "Smith Ann"]),
        ("PAN KOWALSKI", ["Jan Kowalski"], ["Jan Kowalski"]),
        ("MING WANG", ["王明", "Wang Ming", "王铭"], ["Wang Ming", "王明", "王铭"]),
        ("TANAKA HANAKO", ["田中花子", "田中一郎", "佐藤花子"], ["田中一郎", "田中花子"]),
        ("田中様", ["田中花子"], ["田中花子"]),
    ],
)
async def test_REC_01_all_who_may_be_meant_are_given_and_none_is_guessed(bench, printed, names, found):
    for number, name in enumerate(names):
        await bench.resident("12", name, f"+861380000000{number}")
    assert sorted(person.name for person in bench.directory.find("12", printed)) == sorted(found)


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        *(("WANG", "Wang Ming"), ("MING", "王明"), ("王", "王明"), ("先生", "王明"), ("Mr", "Ann Lee")),
        *(("LI NA", "Lin A Bo"), ("BAO LI", "Pao Li"), ("WANG MIN", "王明"), ("JOHN SMITH", "John Smithson")),
        *(("SUZUKI HANAKO", "田中花子"), ("KIM MINJI", "김민수"), ("", "王明"), ("\u200b", "王明"), ("?", "王明")),
    ],
)
def test_REC_01_another_name_is_nobodys(printed, name):
    assert rank_of_name(printed, name) is None


async def test_REC_01_a_name_as_it_stands_wins_over_one_that_only_reads_alike(bench):
    await bench.resident("12", "Wang Ming", "+8613800000001")
    await bench.resident("12", "王明", "+8613800000002")
    assert [person.name for person in bench.directory.find("12", "WANG MING")] == ["Wang Ming"]


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u200d", "\u2060", "\ufeff", "\u034f", "\u3164", "\ufe0f"])
async def test_REC_01_what_nobody_sees_never_makes_a_second_person(bench, hidden):
    first = await bench.resident("12", "Wang Ming", "+8613800000001")
    again = await bench.resident(f"1{hidden}2", f"Wa{hidden}ng{hidden} Ming{hidden}", "+8613800000002")
    assert first == again
    assert bench.directory.get(first).name == "Wang Ming"
    assert bench.directory.get(first).unit == "12"


@given(st.text(max_size=20))
def test_a_name_that_was_kept_is_kept_unchanged_and_is_the_same_name(name):
    kept = visible_name(name)
    assert visible_name(kept) == kept
    assert folded_name(kept) == folded_name(name)
    assert names_nobody(kept) == names_nobody(name)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_label_can_be_compared_with_any_name(label, name):
    rank_of_name(label, name)
    assert without_titles(label).split() or not folded_name(label)


@given(st.text(alphabet="abcdefgłżéö '-王明김수", min_size=1, max_size=8))
def test_REC_01_a_name_fits_itself_in_capitals_and_turned_round(name):
    words = name.split()
    if not names_nobody(name):
        assert rank_of_name(name.upper(), name) == 1
        assert rank_of_name(" ".join(words[1:] + words[:1]), name) in {1, 2}


@pytest.mark.parametrize(("keys", "found"), [("96", ["Wang Ming"]), ("69", ["Wang Ming"]), ("6", [])])
async def test_STO_02_initials_are_found_in_the_order_of_the_label(bench, keys, found):
    await bench.resident("12", "Wang Ming", "+8613800000001")
    assert [person.name for person in bench.directory.search(keys).people] == found


@pytest.mark.parametrize("text", ["王先生", "mr wang", "Wang, MING"])
async def test_QRY_01_staff_find_a_person_by_the_name_on_a_label(bench, text):
    await bench.resident("12", "王明", "+8613800000001")
    assert [person.name for person in bench.directory.search(text).people] == ["王明"]
