"""A vision child at the far end of the pipes, written from the words in vision_process: it misbehaves as it is told.

`hardware_camera_child.py LOG KIND [HOW_OFTEN]`: the first so many starts misbehave, later ones are as they should be.
Each start leaves its process id as a line in LOG.
"""

import json
import os
import struct
import sys
import threading
from pathlib import Path

PICTURE = b"\xff\xd8 a picture"


def frame(header, body=b"", size=None):
    told = {**header, "size": len(body) if size is None else size}
    encoded = json.dumps(told).encode()
    return struct.pack(">I", len(encoded)) + encoded + body


def raw(encoded):
    return struct.pack(">I", len(encoded)) + encoded


READY = frame({"ready": True})

WRITES = {
    "a head that is no JSON": raw(b"oops"),
    "a head that is no text": raw(b"\xff\xfe\xfd\xfc"),
    "a head that is a list": raw(b"[1, 2]"),
    "a head without a size": raw(b'{"ready": true}'),
    "a head of a thousand brackets": raw(b"[" * 60_000),
    "a head with a number of sixty thousand digits": raw(b'{"size": ' + b"9" * 60_000 + b"}"),
    "a head that is too long": b"\xff\xff\xff\xff",
    "a body that is too long": frame({"n": 1}, size=10**30),
    "a body of less than nothing": frame({"n": 1}, size=-1),
    "a body of true bytes": frame({"n": 1}, size=True),
    "a body of so many bytes as text": frame({"n": 1}, size="7"),
    "half a length": b"\x00\x00",
    "half a head": raw(b"x" * 100)[:50],
    "half a body": frame({"n": 1}, size=1000) + b"x" * 10,
    "nothing": b"",
}
"""What is written after the word that it is ready; then it keeps silent and reads no command."""


def silence():
    threading.Event().wait()


def serve(out):
    out(READY)
    for line in sys.stdin.buffer:
        command = json.loads(line)
        match command["do"]:
            case "still":
                out(frame({"n": command["n"]}, PICTURE))
            case "frames":
                out(frame({"n": command["n"]}, b"[]\n"))
            case "ping":
                out(frame({"n": command["n"]}))


def misbehave(kind, out):
    match kind:
        case "is silent from the start":
            silence()
        case "ends at once":
            os._exit(3)
        case "ends in the middle of a reply":
            out(READY + frame({"n": 1}, size=1000) + b"x" * 10)
        case "is ready and ends":
            out(READY)
        case "floods":
            out(READY)
            while True:
                out(frame({"text": "PL1.SPAM"}) * 100)
        case _:
            out(READY + WRITES[kind])
            silence()


def main(log, kind, how_often="1"):
    with Path(log).open("a", encoding="ascii") as starts:
        starts.write(f"{os.getpid()}\n")
    count = len(Path(log).read_text("ascii").split())

    def out(data):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    if count <= int(how_often):
        misbehave(kind, out)
    else:
        serve(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
