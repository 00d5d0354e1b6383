"""The far end of the serial wires, held to the facts and vectors of docs/protocols.md, not to the drivers."""

from __future__ import annotations

import random

import pytest

from simulator.wires.boards import BoardReply, Cb8aBoard, Cu16Board, Cu48Board, ModbusBoard
from simulator.wires.line_faults import line_faults_for
from simulator.world.world import WireFault


class RecordingTerminals:
    """Terminals whose contacts are given and whose pulses are written down."""

    def __init__(self, shut=(), inside=()):
        self.closed, self.full, self.pulses, self.held = set(shut), set(inside), [], []

    def shut(self, channel):
        return channel in self.closed

    def inside(self, channel):
        return channel in self.full

    def pulse(self, channel, seconds):
        self.pulses.append((channel, seconds))

    def hold(self, channel, on):
        self.held.append((channel, on))


def replies_to(board, request):
    return b"".join(reply.frame for reply in board.receive(bytes.fromhex(request))).hex().upper()


def cb8a(shut=(), channels=24, **more):
    return Cb8aBoard(RecordingTerminals(shut), 1, channels, **more)


def test_cb8a_opens_one_lock_and_answers():
    board = cb8a(shut={1})
    assert replies_to(board, "8A0101119B") == "8A0101119B"
    assert board.terminals.pulses == [(1, 0.3)]


def test_cb8a_opens_lock_24_for_as_long_as_asked():
    board = cb8a()
    assert replies_to(board, "8A01181182") == "8A01180093"
    assert replies_to(board, "8A0101110398") == "8A0101008A"
    assert board.terminals.pulses == [(24, 0.3), (1, 3.0)]


def test_cb8a_lock_0_opens_all():
    board = cb8a()
    replies_to(board, "8A0100119A")
    assert [channel for channel, _ in board.terminals.pulses] == list(range(1, 25))


def test_cb8a_tells_every_switch():
    assert replies_to(cb8a(channels=8), "80010033B2") == "800100000033B2"
    assert replies_to(cb8a(shut={1, 9, 24}), "80010033B2") == "80010101803332"
    assert replies_to(cb8a(shut={1, 9, 24}, low_first=False), "80010033B2") == "80018001013332"
    assert replies_to(cb8a(shut=set(range(1, 25)), shut_bit=0), "80010033B2") == "800100000033B2"
    assert len(replies_to(cb8a(channels=50), "80010033B2")) == 22
    assert len(replies_to(cb8a(channels=32), "80010033B2")) == 16


def test_cb8a_reads_one_and_opens_many():
    assert replies_to(cb8a(shut={1}), "80010133B3") == "8001011191"
    board = cb8a()
    assert replies_to(board, "900102020293") == ""
    assert [channel for channel, _ in board.terminals.pulses] == [2, 10, 18]


def test_cu48_vectors():
    board = Cu48Board(RecordingTerminals({1, 2, 3, 47, 48}), 0, 48, 1)
    assert replies_to(board, "020000500355") == "020000650700000000C00331"
    assert replies_to(board, "020000510356") == ""
    assert board.terminals.pulses == [(1, 0.35)]
    assert replies_to(Cu48Board(RecordingTerminals({24}), 1, 48, 1), "020A0050035F") == "0201006500008000000003EB"


@pytest.mark.parametrize("all_of_them", ["020030510386", "020A30510390"])
def test_cu48_lock_30_opens_all(all_of_them):
    board = Cu48Board(RecordingTerminals(), 0, 48, 1)
    replies_to(board, all_of_them)
    assert len(board.terminals.pulses) == 48


def test_cu16_vectors():
    board = Cu16Board(RecordingTerminals(range(1, 17)), 0, 16, 1)
    assert replies_to(board, "0200300335") == "020035FFFF00000338"
    assert replies_to(board, "0200310336") == ""
    assert replies_to(board, "020F310345") == ""
    assert [channel for channel, _ in board.terminals.pulses] == [1, 16]
    assert replies_to(board, "0210310346") == ""
    assert len(board.terminals.pulses) == 2
    assert replies_to(Cu16Board(RecordingTerminals(), 0, 16, 1), "02F0320327") == "02003600000000033B"
    assert replies_to(Cu16Board(RecordingTerminals(), 1, 16, 1), "02F0320327") == "02103600000000034B"
    assert replies_to(Cu16Board(RecordingTerminals(range(1, 17), {1}), 0, 16, 1), "0200300335") == "020035FFFF01000339"
    replies_to(board, "0200330338")
    assert len(board.terminals.pulses) == 18


def test_modbus_vectors():
    board = ModbusBoard(RecordingTerminals({1, 8}), 1, 8)
    assert replies_to(board, "0105020000078DB0") == "0105020000078DB0"
    assert replies_to(board, "0105020100089C74") == "0105020100089C74"
    assert board.terminals.pulses == [(1, 0.7), (2, 0.8)]
    assert replies_to(board, "01050000FF008C3A") == "01050000FF008C3A"
    assert replies_to(board, "010500000000CDCA") == "010500000000CDCA"
    assert board.terminals.held == [(1, True), (1, False)]
    assert replies_to(board, "01020000000879CC").startswith("01020181")
    assert replies_to(board, "000340000001901B") == "010302000179 84".replace(" ", "")
    assert replies_to(board, "000380000001AC1B") == "0103020064B9AF"
    assert replies_to(board, "010F0000000801FFBED5")[:12] == "010F00000008"
    assert board.terminals.held[2:] == [(channel, True) for channel in range(1, 9)]


def test_modbus_refuses_what_it_does_not_have():
    board = ModbusBoard(RecordingTerminals(), 1, 8)
    request = bytes.fromhex("01020000000C")
    from simulator.wires.boards.modbus import checked

    assert replies_to(board, checked(request).hex())[:6] == "018202"
    board.terminals.pulses.clear()
    assert replies_to(board, checked(bytes.fromhex("010502090001")).hex())[:6] == "018502"
    assert replies_to(board, checked(bytes.fromhex("010502000000")).hex())[:6] == "018503"
    assert board.terminals.pulses == []


BOARDS = [
    (lambda: Cb8aBoard(RecordingTerminals(), 1, 24), "80010033B2", "8A0101119B"),
    (lambda: Cu48Board(RecordingTerminals(), 0, 48, 1), "020000500355", "020000510356"),
    (lambda: Cu16Board(RecordingTerminals(), 0, 16, 1), "0200300335", "0200310336"),
    (lambda: ModbusBoard(RecordingTerminals(), 1, 8), "01020000000879CC", "0105020000078DB0"),
]


@pytest.mark.parametrize(("make", "status", "unlock"), BOARDS)
def test_a_board_finds_its_frame_in_noise_and_in_pieces(make, status, unlock):
    whole = replies_to(make(), status)
    assert whole
    assert replies_to(make(), "FAFD9999" + status) == whole
    board = make()
    pieces = [board.receive(bytes([byte])) for byte in bytes.fromhex(status)]
    assert b"".join(reply.frame for piece in pieces for reply in piece).hex().upper() == whole
    assert replies_to(make(), status + status) == whole + whole


@pytest.mark.parametrize(("make", "status", "unlock"), BOARDS)
def test_a_flipped_check_or_a_half_frame_moves_nothing(make, status, unlock):
    frame = bytes.fromhex(unlock)
    board = make()
    board.receive(frame[:-1] + bytes([frame[-1] ^ 1]))
    board.receive(b"\x00" * 20)
    board.receive(frame[: len(frame) // 2])
    assert board.terminals.pulses == []


@pytest.mark.parametrize(("make", "status", "unlock"), BOARDS)
def test_whatever_comes_no_board_falls_over(make, status, unlock):
    rng = random.Random(3)
    board = make()
    for _ in range(300):
        board.receive(rng.randbytes(rng.randint(1, 40)))
    board.clear_buffer()
    assert replies_to(board, status)


def test_another_address_is_not_answered():
    for board, frame in (
        (Cb8aBoard(RecordingTerminals(), 2, 24), "8A0101119B"),
        (Cu48Board(RecordingTerminals(), 3, 48, 1), "020000510356"),
        (Cu16Board(RecordingTerminals(), 3, 16, 1), "0200310336"),
        (ModbusBoard(RecordingTerminals(), 9, 8), "0105020000078DB0"),
    ):
        assert replies_to(board, frame) == ""
        assert board.terminals.pulses == []


def test_a_wire_that_loses_replies_loses_every_answer_to_an_order_and_some_to_questions():
    rng, faults = random.Random(1), {WireFault.LOST_REPLIES}
    order, question = BoardReply(b"abc", command=True), BoardReply(b"abc")
    assert all(line_faults_for(faults, order, count, rng).apply(b"", b"abc") == b"" for count in range(9))
    arrived = [line_faults_for(faults, question, count, rng).apply(b"", b"abc") for count in range(9)]
    assert arrived.count(b"") == 3


def test_a_noisy_wire_says_garbage_first_and_breaks_some_checks():
    rng = random.Random(1)
    arrived = [
        line_faults_for({WireFault.NOISE}, BoardReply(b"abc"), count, rng).apply(b"", b"abc") for count in range(1, 40)
    ]
    assert all(not one.startswith(b"abc") for one in arrived)
    assert any(one.endswith(b"abc") for one in arrived)
    assert any(b"abc" not in one for one in arrived)


def test_a_slow_wire_is_late_and_trickles():
    faults = line_faults_for({WireFault.SLOW}, BoardReply(b"abc"), 1, random.Random(1))
    assert faults.late_s > 0
    assert faults.byte_gap_s > 0
    assert faults.apply(b"", b"abc") == b"abc"
