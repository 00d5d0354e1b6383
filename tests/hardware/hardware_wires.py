"""Boards on ptys for the tests of the drivers, written from the boards' documents and not from the drivers.

One thread plays every board of one wire. A board is a function from the bytes of one request to its reply.
"""

import os
import select
import threading
import time
import tty
from contextlib import suppress

from hardware.banks.modbus import crc  # the one thing that both ends share; its vectors stand in test_hardware_codecs


class Cable:
    """A wire under a name: it can be unplugged, plugged in again, and given faults."""

    def __init__(self, name, *boards):
        self.name = name
        self.boards = boards
        self.requests = []
        self.replies = []
        self.garbage = self.foreign = b""
        self.silent = self.flipped = self.glued = self.echo = self.bytewise = False
        self.lose = 0
        self.late = 0.0
        self.pace = 0.0
        self._stop = threading.Event()
        self._far_end = None
        self.plug()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def plug(self):
        fd, near = os.openpty()
        tty.setraw(near)
        os.set_blocking(fd, False)
        self.name.unlink(missing_ok=True)
        self.name.symlink_to(os.ttyname(near))
        os.close(near)
        self._far_end = fd

    def unplug(self):
        fd, self._far_end = self._far_end, None
        self.name.unlink(missing_ok=True)
        time.sleep(0.02)
        os.close(fd)

    def close(self):
        self._stop.set()
        self._thread.join()
        if self._far_end is not None:
            self.unplug()

    def _run(self):
        buffer = b""
        while not self._stop.is_set():
            fd = self._far_end
            if fd is None:
                time.sleep(0.005)
                buffer = b""
                continue
            try:
                if not select.select([fd], [], [], 0.02)[0]:
                    continue
                buffer += os.read(fd, 1024)
            except (OSError, ValueError):
                time.sleep(0.005)
                continue
            buffer = self._serve(fd, buffer)

    def _serve(self, fd, buffer):
        for board in self.boards:
            length = board.length(buffer)
            if length and len(buffer) >= length:
                request, buffer = buffer[:length], buffer[length:]
                self.requests.append((time.monotonic(), request))
                for any_board in self.boards:
                    reply = any_board.reply_to(request)
                    if reply is not None:
                        self._reply(fd, request, reply)
                return buffer
        return b"" if len(buffer) > 20 else buffer

    def _reply(self, fd, request, reply):
        if self.silent:
            return
        if self.lose:
            self.lose -= 1
            return
        if self.flipped:
            reply = bytes([*reply[:-1], reply[-1] ^ 0x10])
        if self.glued:
            reply += reply
        out = (request if self.echo else b"") + self.garbage + self.foreign + reply
        if self.late:
            threading.Timer(self.late, self._write, (fd, out, request)).start()
        else:
            self._write(fd, out, request)

    def _write(self, fd, out, request):
        with suppress(OSError):
            if not (self.bytewise or self.pace):
                self.replies.append(time.monotonic())
                os.write(fd, out)
                return
            if self.pace:
                time.sleep(len(request) * self.pace)
            for byte in out:
                time.sleep(self.pace or 0.0005)
                os.write(fd, bytes([byte]))


class Doors:
    """What hangs on a board: which doors are shut, and every pulse that a coil got."""

    def __init__(self, count):
        self.shut = [True] * count
        self.jammed = set()
        self.pulses = []

    def unlock(self, lock):
        self.pulses.append(lock)
        if lock not in self.jammed:
            self.shut[lock - 1] = False

    def bits(self, count):
        states = self.shut + [False] * (count * 8 - len(self.shut))
        return bytes(sum(states[8 * byte + bit] << bit for bit in range(8)) for byte in range(count))


def _xor(body):
    check = 0
    for byte in body:
        check ^= byte
    return bytes([*body, check])


def _summed(body):
    return bytes([*body, sum(body) & 0xFF])


class Cb8aBoard:
    def __init__(self, address, locks, status_bytes=3, high_first=False, bit_shut=1):
        self.address, self.status_bytes, self.high_first, self.bit_shut = address, status_bytes, high_first, bit_shut
        self.doors = Doors(locks)

    def length(self, buffer):
        return 5 if buffer[:1] in (b"\x8a", b"\x80") else 0

    def reply_to(self, request):
        head, address, lock, what = request[:4]
        if address != self.address or request != _xor(request[:4]):
            return None
        if head == 0x8A and what == 0x11:
            for each in [lock] if lock else range(1, len(self.doors.shut) + 1):
                self.doors.unlock(each)
            return _xor([0x8A, address, lock, 0x11])
        states = self.doors.bits(self.status_bytes)
        if not self.bit_shut:
            states = bytes(byte ^ 0xFF for byte in states)
        return _xor([0x80, address, *(states[::-1] if self.high_first else states), 0x33])


class Cu48Board:
    def __init__(self, address):
        self.address = address
        self.doors = Doors(48)

    def length(self, buffer):
        return 6 if buffer[:1] == b"\x02" else 0

    def reply_to(self, request):
        _, address, lock, command, _, _ = request
        if request != _summed(request[:5]) or address not in (self.address, 0x0A):
            return None
        if command == 0x51:
            for each in range(1, 49) if lock == 0x30 else [lock + 1]:
                self.doors.unlock(each)
            return None
        return _summed([2, self.address, 0, 0x65, *self.doors.bits(6), 3])


class Cu16Board:
    def __init__(self, address):
        self.address = address
        self.doors = Doors(16)

    def length(self, buffer):
        return 5 if buffer[:1] == b"\x02" else 0

    def reply_to(self, request):
        _, where, command, _, _ = request
        if request != _summed(request[:4]) or where >> 4 != self.address:
            return None
        if command == 0x33:
            for each in range(1, 17):
                self.doors.unlock(each)
            return None
        if command == 0x31:
            self.doors.unlock((where & 0xF) + 1)
            return None
        return _summed([2, self.address << 4, 0x35, *self.doors.bits(2), 0, 0, 3])


class RelayBoard:
    """Relays of `welded` channels stay on after their pulse; of them, those in `lost` do not even obey an off."""

    def __init__(self, address, channels):
        self.address = address
        self.doors = Doors(channels)
        self.refuses = False
        self.refuses_coils = False
        self.welded = set()
        self.lost = set()
        self.on = set()

    def length(self, buffer):
        return 8 if len(buffer) > 1 and buffer[1] in (1, 2, 5) else 0

    def reply_to(self, request):
        address, function = request[:2]
        if address != self.address or crc(request[:6]) != request[6:]:
            return None
        first, value = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        if self.refuses or (function == 1 and self.refuses_coils):
            body = bytes([address, function | 0x80, 1])
        elif function == 5:
            self._write(first, value)
            return request
        elif function == 1:
            body = bytes([address, 1, 1, first + 1 in self.on])
        else:
            states = self.doors.bits(-(-value // 8))
            body = bytes([address, 2, len(states), *states])
        return body + crc(body)

    def _write(self, coil, value):
        channel = (coil & 0xFF) + 1
        if coil & 0x0200:
            self.doors.unlock(channel)
            self.on |= {channel} & self.welded
        elif not value:
            self.on -= {channel} - self.lost
