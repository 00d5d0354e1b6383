"""Phones as people write them: kept so that they can be dialled, found in every spelling, doubted aloud."""

import string

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from services_bench import Bench

from locker.options import SiteOptions
from locker.services.people import dialled_phone
from locker.services.people.residents import ResidentDirectory


@pytest.mark.parametrize(
    ("written", "country", "kept"),
    [
        ("+44 (0)20 7946 0123", None, "+442079460123"),
        ("+44 (0)7911 123456", "CN", "+447911123456"),
        ("+39 06 1234 5678", None, "+390612345678"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("0086 138-0000-0001", "CN", "+8613800000001"),
        ("0086 13800000001", "US", "+8613800000001"),
        ("(+86) 138 0000 0001", None, "+8613800000001"),
        ("\uff11\uff13\uff18\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff11", "CN", "+8613800000001"),
        ("\uff0b\uff18\uff16 13800000001", None, "+8613800000001"),
        ("\u202a+86 138\u200b0000\u00a00001\u202c", None, "+8613800000001"),
        ("8613800000001", "CN", "+8613800000001"),
        ("021 5555 0100", "CN", "+862155550100"),
        ("0912-345-678", "TW", "+886912345678"),
        ("9123 4567", "HK", "+85291234567"),
        ("(305) 555-1234", "US", "+13055551234"),
        ("13055551234", "US", "+13055551234"),
    ],
)
def test_REC_01_a_phone_as_people_write_it_is_kept_so_that_it_can_be_dialled(written, country, kept):
    assert dialled_phone(written, country) == (kept, True)


@given(st.text(string.digits, min_size=9, max_size=9), st.sampled_from("3456789"))
def test_REC_01_eleven_digits_of_a_chinese_mobile_always_pass(rest, second):
    mobile = f"1{second}{rest}"
    assert dialled_phone(mobile, "CN") == dialled_phone(f"+86 {mobile}", "US") == (f"+86{mobile}", True)
    assert dialled_phone(mobile, None) == (mobile, True)


def test_REC_01_a_mobile_range_that_no_table_knows_yet_is_not_doubted(monkeypatch):
    monkeypatch.setattr(phonenumbers, "is_valid_number", lambda _: False)
    assert dialled_phone("19200000001", "CN") == dialled_phone("+8619200000001", None) == ("+8619200000001", True)
    assert dialled_phone("021 5555 0100", "CN").can_be_dialled is False
    assert dialled_phone("86 192 0000 0001", "CN") == ("+8619200000001", True)
    monkeypatch.setattr(
        phonenumbers, "parse", lambda *_: pytest.fail("tables have read such a number as another country's")
    )
    assert dialled_phone("19200000001", "CN") == ("+8619200000001", True)


@pytest.mark.parametrize(
    ("written", "country", "kept"),
    [
        *(("+44 7700 900123", None, "+447700900123"), ("12345", "CN", "12345"), ("138000000", "CN", "138000000")),
        *(("+", None, ""), ("", "CN", ""), ("5551234", None, "5551234"), ("+999 1", None, "+9991")),
    ],
)
def test_REC_01_what_cannot_be_dialled_is_kept_as_written_and_said(written, country, kept):
    assert dialled_phone(written, country) == (kept, False)


@given(st.text(alphabet=string.digits + "+ -()/\u200b\uff10", max_size=25), st.sampled_from([None, "CN", "IT", "US"]))
def test_a_phone_that_was_kept_is_kept_unchanged(written, country):
    kept = dialled_phone(written, country)
    assert kept.number.removeprefix("+").isdigit() or not kept.number
    if kept.can_be_dialled:
        assert dialled_phone(kept.number, country) == kept


@pytest.mark.parametrize(
    ("named", "country"),
    [
        ({"timezone": "Asia/Shanghai"}, "CN"),
        ({"timezone": "Europe/Rome"}, "IT"),
        ({"timezone": "Asia/Shanghai", "country": "HK"}, "HK"),
        ({}, None),
    ],
)
def test_the_country_of_numbers_without_a_code_is_named_or_that_of_the_time_zone(named, country):
    assert SiteOptions(id="s", name="S", **named).phone_country == country


@pytest.fixture
async def chinese(bench: Bench):
    """The same cabinet in China: as it keeps and finds numbers when the site says so."""
    bench.directory = bench.commands.residents._directory = ResidentDirectory(bench.journal, bench.engine, "CN")
    await bench.directory.load()
    return bench


@pytest.mark.parametrize("kept", ["138 0000 0001", "+8613800000001", "0086-13800000001"])
@pytest.mark.parametrize(
    "asked", ["13800000001", "+86 138 0000 0001", "008613800000001", "138****0001", "86 13800000001"]
)
async def test_REC_01_a_phone_is_found_however_it_was_kept_and_asked_for(chinese, kept, asked):
    await chinese.resident("1", "Li Na", kept)
    assert [person.phone for person in chinese.directory.by_phone(asked)] == ["+8613800000001"]


@pytest.mark.parametrize(
    ("before", "country", "asked"),
    [
        ("13800000001", "CN", "+8613800000001"),
        ("0612345678", "IT", "+39 06 1234 5678"),
        ("0612345678", "IT", "06 12345678"),
    ],
)
async def test_REC_01_a_number_that_was_kept_before_is_found_in_the_new_spelling(bench, before, country, asked):
    await bench.resident("1", "Li Na", before)
    directory = ResidentDirectory(bench.journal, bench.engine, country)
    await directory.load()
    assert [person.name for person in directory.by_phone(asked)] == ["Li Na"]
