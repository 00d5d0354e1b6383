"""What every event is: what it keeps apart, how times and ids are spelled, how its line is linked to the one before."""

import hashlib
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from locker.core.events.record import GENESIS, Event, Recorded, link, moment, private, rfc3339, row_hash, withheld
from locker.core.model import deposit_id, parcel_of_deposit
from locker.core.parcel_words import booking_id, parcel_of_booking, receipt_number
from locker.frozen import dataclass


def test_a_field_says_whether_it_goes_to_its_own_table_or_is_handed_to_nobody():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Sent(Event):
        parcel: str
        hash: str = withheld()
        seal: str = withheld(default="none")
        name: str = private(default="Ann")

    told = {f.name: (bool(f.metadata.get("private")), bool(f.metadata.get("withheld"))) for f in fields(Sent)}
    assert told == {
        "parcel": (False, False),
        "hash": (False, True),
        "seal": (False, True),
        "name": (True, False),
    }
    sent = Sent(parcel="p1", hash="h")
    assert (sent.name, sent.seal) == ("Ann", "none")
    with pytest.raises(TypeError):
        Sent(parcel="p1")


def test_a_time_is_spelled_in_one_way_with_milliseconds_and_read_back():
    begin = datetime(2026, 3, 1, 8, 5, 9, tzinfo=UTC)
    spelled = {0: "000", 999: "000", 1_000: "001", 45_999: "045", 999_999: "999"}
    for micros, millis in spelled.items():
        text = rfc3339(begin + timedelta(microseconds=micros))
        assert text == f"2026-03-01T08:05:09.{millis}Z"
        assert moment(text) == begin + timedelta(milliseconds=int(millis))
        assert moment(text).tzinfo is UTC
    with pytest.raises(ValueError, match="does not match"):
        moment("2026-03-01 08:05:09")


def test_the_hash_of_a_row_is_that_of_its_text_as_it_is_written():
    assert row_hash(("王", 1, None)) == hashlib.sha256('["王",1,null]'.encode()).hexdigest()
    assert row_hash(["\ud800"]) == hashlib.sha256(b'["\xed\xa0\x80"]').hexdigest(), "half a letter of another system"


def test_a_line_is_linked_to_the_one_before_and_every_part_of_it_counts():
    line = ["0" * 64, 1, "2026-03-01T08:00:00.000Z", "Noted", "staff:王", "{}"]
    spelled = f'["{"0" * 64}",1,"2026-03-01T08:00:00.000Z","Noted","staff:\\u738b","{{}}"]'
    assert line[0] == GENESIS
    assert link(*line) == hashlib.sha256(spelled.encode()).hexdigest()
    others = [[*line[:part], 2 if part == 1 else "x", *line[part + 1 :]] for part in range(len(line))]
    assert len({link(*one) for one in [line, *others]}) == 1 + len(line)


def test_the_body_of_a_line_is_what_its_text_says():
    assert Recorded(1, "t", "Noted", "staff:t", '{"what":"x"}', "h").body() == {"what": "x"}


@pytest.mark.parametrize("letters", ["", "7", "-b1", "pp"])
def test_one_set_of_letters_names_a_parcel_its_booking_and_its_deposit(letters):
    assert (booking_id(f"p{letters}"), deposit_id(f"p{letters}")) == (f"b{letters}", f"d{letters}")
    assert parcel_of_booking(f"b{letters}") == parcel_of_deposit(f"d{letters}") == f"p{letters}"
    for other in ("", "x", f"p{letters}", f"B{letters}"):
        assert parcel_of_booking(other) is None
        assert parcel_of_deposit(other) is None


@pytest.mark.parametrize(
    ("parcel", "number"),
    [("p0a1b2", "0A1B2"), ("p0a1b2c", "0A1B2-C"), ("p0123456789abcdef", "01234-56789-ABCDE-F")],
)
def test_OB_11_a_receipt_has_the_letters_of_its_booking_in_fives(parcel, number):
    assert receipt_number(parcel) == number
