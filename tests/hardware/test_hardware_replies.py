"""A bus reader knows what it asked and how long the answer must be: anything else is noise, whatever its check says."""

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hardware import open_bank
from hardware.banks import modbus
from hardware.options import BankOptions
from locker.errors import HardwareFault

BANK = TypeAdapter(BankOptions)


def exclusive(body):
    return body + bytes((reduce(xor, body),))


def summed(body):
    return body + bytes((sum(body) & 0xFF,))


def with_crc(body):
    return body + modbus.crc(body)


def poll(kind, **options):
    bank = open_bank(BANK.validate_python({"name": "b", "kind": kind, "port": "/dev/x", **options}), [], lambda _: None)
    return bank._protocol.poll.decode_reply


def unlock(kind, channel, **options):
    bank = open_bank(BANK.validate_python({"name": "b", "kind": kind, "port": "/dev/x", **options}), [], lambda _: None)
    return bank._protocol.unlock(channel).decode_reply


READERS = {
    "cb8a": (poll("cb8a", address=1, channels=24), exclusive(b"\x80\x01\x05\x0a\x0f\x33")),
    "cb8a 32": (poll("cb8a", address=1, channels=32), exclusive(b"\x80\x01\x05\x0a\x0f\x01\x33")),
    "cb8a 50": (poll("cb8a", address=1, channels=50), exclusive(b"\x80\x01\x05\x0a\x0f\x01\x02\x03\x00\x33")),
    "cu48": (poll("kerong-cu48", address=2), summed(b"\x02\x02\x00\x65\x07\x00\x00\x00\x00\xc0\x03")),
    "cu16": (poll("kerong-cu16", address=2), summed(b"\x02\x20\x35\x07\x00\x00\x00\x03")),
    "modbus 8": (poll("modbus", address=2, channels=8), with_crc(b"\x02\x02\x01\x55")),
    "modbus 32": (poll("modbus", address=2, channels=32), with_crc(b"\x02\x02\x04\x55\x00\x01\x02")),
}
OTHERS = {
    "cb8a": [
        ("another board", exclusive(b"\x80\x02\x05\x0a\x0f\x33")),
        ("longer", exclusive(b"\x80\x01\x05\x0a\x0f\x01\x33")),
        ("longest", exclusive(b"\x80\x01\x05\x0a\x0f\x01\x02\x03\x00\x33")),
        ("an unlock", exclusive(b"\x8a\x01\x05\x11")),
        ("the question", exclusive(b"\x80\x01\x00\x33")),
    ],
    "cb8a 32": [("shorter", READERS["cb8a"][1]), ("longest", READERS["cb8a 50"][1])],
    "cb8a 50": [("shorter", READERS["cb8a"][1]), ("short", READERS["cb8a 32"][1])],
    "cu48": [
        ("another board", summed(b"\x02\x03\x00\x65\x07\x00\x00\x00\x00\xc0\x03")),
        ("another command", summed(b"\x02\x02\x00\x50\x07\x00\x00\x00\x00\xc0\x03")),
        ("shorter", summed(b"\x02\x02\x00\x65\x07\x00\x00\x00\xc0\x03")),
    ],
    "cu16": [
        ("the whole bus", summed(b"\x02\x20\x36\x07\x00\x00\x00\x03")),
        ("another board", summed(b"\x02\x10\x35\x07\x00\x00\x00\x03")),
        ("the pulse", summed(b"\x02\x20\x38\x07\x00\x00\x00\x03")),
    ],
    "modbus 8": [
        ("longer", with_crc(b"\x02\x02\x02\x55\x00")),
        ("another board", with_crc(b"\x03\x02\x01\x55")),
        ("coils", with_crc(b"\x02\x01\x01\x55")),
        ("a write", with_crc(b"\x02\x05\x02\x00\x00\x05")),
        ("a refusal of another board", with_crc(b"\x03\x82\x02")),
        ("a refusal of a write", with_crc(b"\x02\x85\x02")),
    ],
    "modbus 32": [("shorter", READERS["modbus 8"][1])],
}
CASES = [(reader, what, frame) for reader, frames in OTHERS.items() for what, frame in frames]


@pytest.mark.parametrize(("reader", "frame"), [(reader, frame) for reader, _, frame in CASES], ids=map(str, CASES))
def test_H10_a_good_frame_that_was_not_asked_for_is_noise_before_the_answer(reader, frame):
    read, answer = READERS[reader]
    expected, _ = read(answer)
    assert expected is not None
    assert read(frame)[0] is None
    assert read(frame + answer)[0] == expected
    rest = read(frame)[1]
    assert read(rest + answer)[0] == expected


@pytest.mark.parametrize("reader", READERS)
@given(noise=st.binary(max_size=30), cut=st.integers(0, 40))
def test_H10_noise_is_never_read_as_more_or_fewer_doors(reader, noise, cut):
    read, answer = READERS[reader]
    expected, _ = read(answer)
    try:
        first, rest = read(noise[:cut])
        found = first if first is not None else read(rest + noise[cut:] + answer)[0]
    except HardwareFault:  # a refusal by a board of this address is an answer too
        return
    assert found is None or len(found) == len(expected)


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (unlock("cb8a", 5, address=1), exclusive(b"\x8a\x01\x06\x11")),
        (unlock("cb8a", 5, address=1), exclusive(b"\x8a\x02\x05\x11")),
        (unlock("modbus", 5, address=2, channels=8), with_crc(b"\x02\x05\x02\x05\x00\x05")),
        (unlock("modbus", 5, address=2, channels=8), with_crc(b"\x03\x05\x02\x04\x00\x05")),
    ],
)
def test_H10_an_acknowledgement_of_another_lock_is_none(read, wrong):
    assert read(wrong)[0] is None
