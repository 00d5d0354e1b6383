"""Frames: the golden and negative vectors of the boards' own documents and traces, and any bytes in any chunking."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.banks import cb8a, kerong, modbus
from hardware.framing import matching


def hexed(text):
    return bytes.fromhex(text)


def ons(bits):
    return {number for number, bit in enumerate(bits, 1) if bit}


# --- golden ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (cb8a.unlock(1, 1), "8A0101119B"),
        (cb8a.unlock(1, 24), "8A01181182"),
        (cb8a.read_all(1), "80010033B2"),
        (kerong.cu48_status(0), "020000500355"),
        (kerong.cu48_unlock(0, 1), "020000510356"),
        (kerong.cu16_status(0), "0200300335"),
        (kerong.cu16_unlock(0, 1), "0200310336"),
        (kerong.cu16_unlock(0, 16), "020F310345"),
        (kerong.cu16_unlock(1, 1), "0210310346"),
        (modbus.flash(1, 1, 7), "0105020000078DB0"),
        (modbus.flash(1, 2, 8), "0105020100089C74"),
        (modbus.switch_off(1, 1), "010500000000CDCA"),
        (modbus.read_relay(1, 1), "010100000001FDCA"),
        (modbus.read_inputs(1, 8), "01020000000879CC"),
        (modbus.read_register(1, 0x8000)[1:6], "0380000001"),
    ],
)
def test_frames_are_those_of_the_documents(frame, expected):
    assert frame == hexed(expected)


def test_replies_are_read_as_the_documents_read_them():
    assert cb8a.decode_status(hexed("800100000033B2"))[0] == cb8a.SwitchStatus(1, bytes(3))
    assert cb8a.decode_unlock_ack(hexed("8A0101119B"))[0] == cb8a.UnlockAck(1, 1)
    status, rest = kerong.cu48_decode(hexed("020000650700000000C00331"))
    assert (ons(kerong.channel_bits(status)), rest) == ({1, 2, 3, 47, 48}, b"")
    status, _ = kerong.cu48_decode(hexed("0201006500008000000003EB"))
    assert (status.address, ons(kerong.channel_bits(status))) == (1, {24})
    assert kerong.cu16_decode(hexed("02003600000000033B"))[0] == kerong.HookStatus(0, bytes(2), bytes(2))
    assert kerong.cu16_decode(hexed("02103600000000034B"))[0].address == 1
    assert ons(kerong.channel_bits(kerong.cu16_decode(hexed("020035FFFF00000338"))[0])) == set(range(1, 17))
    assert modbus.decode(hexed("0105020000078DB0"))[0] == modbus.WriteReply(1, 0x200)
    assert modbus.decode(hexed("01030200017984"))[0] == modbus.ReadReply(1, 3, b"\0\1")
    assert modbus.decode(hexed("0103020064B9AF"))[0] == modbus.ReadReply(1, 3, b"\0\x64")
    assert modbus.decode(hexed("0185030291"))[0] == modbus.ExceptionResponse(1, 5, 3)


@pytest.mark.parametrize(("low_first", "lock"), [(True, 1), (False, 17)])
def test_the_order_of_status_bytes_is_a_setting(low_first, lock):
    status = cb8a.SwitchStatus(1, b"\x01\x00\x00")
    assert ons(cb8a.channel_bits(status, low_first=low_first)) == {lock}


def test_an_8_lock_board_may_send_three_status_bytes_and_a_50_lock_board_sends_seven():
    assert cb8a.decode_status(hexed("800100000033B2"), locks=8)[0] is not None
    assert cb8a.decode_status(hexed("800100000033B2"), locks=50)[0] is None
    seven = bytes((0x80, 1, 1, 0, 0, 0, 0, 0, 2, 0x33))
    seven += bytes((cb8a.reduce(cb8a.xor, seven),))
    assert ons(cb8a.channel_bits(cb8a.decode_status(seven, locks=50)[0], low_first=True)) == {1, 50}


# --- what must be impossible to build -------------------------------------------------------------


SINGLE = {
    # builder of a single unlock -> what a frame for exactly one lock of exactly one board looks like
    cb8a.unlock: lambda frame: len(frame) == 5 and frame[0] == 0x8A and frame[1] and 1 <= frame[2] <= 50,
    kerong.cu48_unlock: lambda frame: len(frame) == 6 and frame[3] == 0x51 and frame[1] <= 9 and frame[2] <= 0x2F,
    kerong.cu16_unlock: lambda frame: len(frame) == 5 and frame[2] == 0x31 and frame[1] >> 4 <= 14,
    lambda address, lock: modbus.flash(address, lock, 4): lambda frame: (
        len(frame) == 8 and frame[0] and frame[1] == 5 and frame[2] == 0x02 and frame[3] < 32
    ),
    modbus.switch_off: lambda frame: frame[0] and frame[1:3] == b"\5\0" and frame[3] < 32 and frame[4:6] == b"\0\0",
}


@pytest.mark.parametrize(
    ("build", "speaks_to_one"), SINGLE.items(), ids=["cb8a", "cu48", "cu16", "modbus", "modbus off"]
)
def test_H1_no_single_unlock_is_a_frame_that_opens_all(build, speaks_to_one):
    built = set()
    for address in range(-2, 260):
        for lock in range(-2, 260):
            try:
                frame = build(address, lock)
            except ValueError:
                continue
            assert speaks_to_one(frame), (address, lock)
            assert frame not in built, "two locks share a frame"
            built.add(frame)
    assert len(built) >= 10 * 16
    for lock in (0, 49, 256):
        with pytest.raises(ValueError, match="no such"):
            kerong.cu48_unlock(0, lock)


# --- negative -------------------------------------------------------------------------------------

FAMILIES = {
    "cb8a status": (lambda buffer: cb8a.decode_status(buffer, 24), hexed("8001050A0F33B2")),
    "cb8a unlock ack": (cb8a.decode_unlock_ack, hexed("8A0101119B")),
    "cu48": (kerong.cu48_decode, hexed("020000650700000000C00331")),
    "cu16": (kerong.cu16_decode, hexed("020035FFFF00000338")),
    "modbus": (modbus.decode, hexed("01020105") + modbus.crc(hexed("01020105"))),
}
FAMILIES["cb8a status"] = (
    FAMILIES["cb8a status"][0],
    hexed("8001050A0F33") + bytes((0x80 ^ 1 ^ 5 ^ 0xA ^ 0xF ^ 0x33,)),
)
families = pytest.mark.parametrize("family", FAMILIES)


@families
def test_a_flipped_bit_anywhere_is_no_frame(family):
    decode, good = FAMILIES[family]
    whole, rest = decode(good)
    assert whole is not None
    assert rest == b""
    for position in range(len(good)):
        for bit in range(8):
            bad = bytearray(good)
            bad[position] ^= 1 << bit
            frame, _ = decode(bytes(bad))
            assert frame is None, (position, bit)


@families
def test_a_cut_frame_waits_for_its_rest(family):
    decode, good = FAMILIES[family]
    for length in range(len(good)):
        frame, rest = decode(good[:length])
        assert frame is None
        assert decode(rest + good[length:])[0] is not None


@families
@pytest.mark.parametrize("noise", ["FAFD9999", "80", "8A01", "02", "0200", "01", "0102", "00FF", "8080028A"])
def test_garbage_before_a_frame_is_skipped(family, noise):
    decode, good = FAMILIES[family]
    frame, rest = decode(hexed(noise) + good)
    assert frame == decode(good)[0]
    assert rest == b""


@families
def test_two_glued_replies_are_two_frames(family):
    decode, good = FAMILIES[family]
    first, rest = decode(good + good)
    second, rest = decode(rest)
    assert first == second == decode(good)[0]
    assert rest == b""


@families
def test_a_reply_of_another_board_is_no_answer(family):
    decode, good = FAMILIES[family]
    mine = decode(good)[0]
    read = matching(decode, lambda frame: frame if frame.address == mine.address + 1 else None)
    assert read(good)[0] is None


def test_our_own_echo_is_no_status():
    for decode, request in (
        (lambda buffer: cb8a.decode_status(buffer, 24), cb8a.read_all(1)),
        (kerong.cu48_decode, kerong.cu48_status(0)),
        (kerong.cu16_decode, kerong.cu16_status(0)),
        (modbus.decode, modbus.read_inputs(1, 8)),
    ):
        assert decode(request)[0] is None


# --- any bytes ------------------------------------------------------------------------------------

pieces = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([good for _, good in FAMILIES.values()]),
        st.sampled_from([cb8a.read_all(1), kerong.cu48_status(0), kerong.cu16_status(0), modbus.read_inputs(1, 8)]),
    ),
    max_size=8,
)


def decoded(decode, stream, data):
    """Every frame of the stream, which comes in pieces that `data` draws, and the bytes kept for more."""
    buffer, found = b"", []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        buffer, stream = buffer + stream[:size], stream[size:]
        while True:
            frame, buffer = decode(buffer)
            if frame is None:
                break
            found.append(frame)
    return found, buffer


@families
@settings(deadline=None)
@given(pieces=pieces, data=st.data())
def test_any_bytes_in_any_chunking_are_a_frame_or_a_wait(family, pieces, data):
    decode, _ = FAMILIES[family]
    _, kept = decoded(decode, b"".join(pieces), data)
    assert len(kept) <= 256


@families
@settings(deadline=None)
@given(noise=st.binary(max_size=30), data=st.data())
def test_a_good_frame_after_any_noise_is_found(family, noise, data):
    decode, good = FAMILIES[family]
    found, _ = decoded(decode, noise + good + b"\xff" * 300, data)
    assert decode(good)[0] in found
