"""Lock boards on a pty in a process of their own: `bench_board.py LINK BAUD LOCKS...`, one board for each number.

A door springs open 20 ms after its unlock and is shut 400 ms later. Every unlock is told on stdout as
`ADDRESS LOCK NANOSECONDS`, the moment when its first byte was here. Replies come when the wire would have carried them.
"""

import os
import select
import sys
import time
import tty
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "hardware"))

from hardware_wires import Cb8aBoard

OPENS_AFTER, SHUT_AFTER = 0.02, 0.42


def main():
    link, baud, locks = Path(sys.argv[1]), int(sys.argv[2]), [int(one) for one in sys.argv[3:]]
    boards = {address: Cb8aBoard(address, count, status_bytes=status(count)) for address, count in enumerate(locks, 1)}
    far, near = os.openpty()
    tty.setraw(near)
    link.unlink(missing_ok=True)
    link.symlink_to(os.ttyname(near))
    print("ready", flush=True)
    moving, frame = [], b""
    while True:
        heard = select.select([far], [], [], 0.01 if moving else None)[0]
        now = time.monotonic()
        moving = [move for move in moving if not moved(move, now)]
        if heard:
            frame += os.read(far, 64)
            first = time.monotonic_ns()
            if len(frame) < 5:
                continue
            request, frame = frame[:5], frame[5:]
            board = boards.get(request[1])
            if request[0] == 0x8A:
                print(request[1], request[2], first, flush=True)
                moving += [(now + OPENS_AFTER, board, request[2], False), (now + SHUT_AFTER, board, request[2], True)]
                reply = request
            else:
                reply = board.reply_to(request)
            time.sleep((len(request) + len(reply)) * 10 / baud)
            os.write(far, reply)


def status(locks):
    return 3 if locks <= 24 else 4 if locks <= 32 else 7


def moved(move, now):
    due, board, lock, shut = move
    if now >= due:
        board.doors.shut[lock - 1] = shut
    return now >= due


if __name__ == "__main__":
    main()
