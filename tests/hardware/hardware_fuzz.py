"""Coverage-guided fuzzing of every decoder of a wire, as a command: `make fuzz`, again with `SECONDS=N`.

Any bytes in any chunking are a frame, a wait or nothing: never an exception, never more kept than the longest frame
needs, and never another frame than the same bytes give in one piece, because another frame is another door.
"""

import argparse
import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

with atheris.instrument_imports(include=["hardware"]):
    from hardware.banks import cb8a, kerong, modbus
    from hardware.readers import gm65
    from hardware.readers.serial_scanner import BurstCollector
    from locker.labels import cleaned_scan

FAMILIES = (
    lambda buffer: cb8a.decode_status(buffer, 24),
    cb8a.decode_unlock_ack,
    kerong.cu48_decode,
    kerong.cu16_decode,
    modbus.decode,
    gm65.decode,
)
KEPT = 600


def frames(decode, chunks):
    """Every frame in these chunks, and what is kept for more."""
    found, buffer = [], b""
    for chunk in chunks:
        buffer += chunk
        while True:
            frame, buffer = decode(buffer)
            if frame is None:
                break
            found.append(frame)
        assert len(buffer) <= KEPT
    return found


def one(text):
    """One input: the first byte says which decoder, the second how it is cut."""
    if len(text) < 3:
        return
    kind, size, stream = text[0], text[1] % 16 + 1, text[2:]
    chunks = [stream[n : n + size] for n in range(0, len(stream), size)]
    if kind % (len(FAMILIES) + 1) == len(FAMILIES):
        burst = BurstCollector()
        for chunk in chunks:
            burst.feed(chunk)
        text = burst.take()
        assert text == cleaned_scan(text)
        return
    decode = FAMILIES[kind % (len(FAMILIES) + 1)]
    apart, whole = frames(decode, chunks), frames(decode, [stream])
    assert apart == whole, (apart, whole)


def main():
    """Fuzz for so many seconds; the fuzzer ends the process, with the input when something broke."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    atheris.Setup([sys.argv[0], f"-max_total_time={arguments.seconds}", "-max_len=256", "-print_final_stats=1"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
