"""What the daemon is measured against: a bare durable commit, a bare round trip; and the one who asks."""

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from sqlite_utils import Database

from locker.vault import Vault

HERE = Path(__file__).parent
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
async def answer(request):
    await request.body()
    return JSONResponse({"pickup": "k", "openings": []}, 201)
app = Starlette(routes=[Route("/p", answer, methods=["POST"])])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Commits:
    """A bare durable commit on the same disk: one row in, one changed."""

    def __init__(self, folder):
        self._db = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for line in ("pragma journal_mode = wal", "pragma synchronous = full", "create table t (n integer, x text)"):
            self._db.execute(line)
        self._db.execute("insert into t values (0, '')")

    def one(self):
        began = time.perf_counter()
        self._db.execute("begin immediate")
        self._db.execute("insert into t values (1, ?)", ("x" * 200,))
        self._db.execute("update t set n = n + 1 where rowid = 1")
        self._db.execute("commit")
        return time.perf_counter() - began


class Asker:
    """One kept-alive connection."""

    def __init__(self, port, token=""):
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def ask(self, method, path, body=None):
        self._http.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = self._http.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def timed(self, path, body):
        began = time.perf_counter()
        status, told = self.ask("POST", path, body)
        took = time.perf_counter() - began
        if status != 201:
            raise SystemExit(f"{path} answered {status}: {told}")
        return took, told


@contextlib.contextmanager
def process(arguments, env=None, wait="ready"):
    """A child that has said `wait`."""
    child = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}
    )
    try:
        while wait and wait not in (line := child.stdout.readline()):
            if not line:
                raise SystemExit(f"{arguments[0]} ended at once")
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(10)
        child.kill()


@contextlib.contextmanager
def bare_server():
    """The least that answers a POST over Starlette and uvicorn."""
    port = free_port()
    with process(["-c", BARE, str(port)], wait=""):
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                break
            time.sleep(0.02)
        yield Asker(port)


@contextlib.contextmanager
def cabinet(folder, doors=76, banks=1, env=None):
    """A running daemon, one who may ask it everything, and its process."""
    folder.mkdir(parents=True, exist_ok=True)
    kiosk, staff = free_port(), free_port()
    arguments = [str(HERE / "bench_cabinet.py"), str(folder), str(doors), str(kiosk), str(staff), str(banks)]
    with process(arguments, env) as child:
        made = subprocess.run(
            [sys.executable, "-m", "lockerd", "token", "create", "bench", "--scope", "read", "deposit", "pickup", "staff",
             "--config", str(folder.parent / f"{folder.name}.toml")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        asker = Asker(staff, made.stdout.split()[-1])
        asker.token, asker.port = made.stdout.split()[-1], staff
        person = {"unit": "1203", "name": "Wang Ming", "phone": "+8613800001203", "consent": True}
        asker.ask("PUT", "/api/v1/residents", person)
        yield asker, child, Codes(folder)


class Codes:
    """Codes as the resident's phone would show them, unsealed with the folder's own key."""

    def __init__(self, folder):
        self._vault = Vault.open(folder, create=False)
        self._db = Database(sqlite3.connect(f"file:{folder / 'locker.db'}?mode=ro", uri=True))

    def of(self, parcel):
        blob = self._db.execute("select blob from sealed where parcel = ?", (parcel,)).fetchone()[0]
        return self._vault.unseal(blob)[0]


def deposit(asker, number, size="XS"):
    body = {
        "tracking": f"T{number}",
        "recipient": {"unit": "1203"},
        "size": size,
        "courier": {"company": "SF", "name": "Li"},
    }
    return asker.timed("/api/v1/deposits", body)


def until(asker, deposit_id, state):
    for _ in range(2000):
        if asker.ask("GET", f"/api/v1/deposits/{deposit_id}")[1]["state"] == state:
            return
        time.sleep(0.001)
    raise SystemExit(f"{deposit_id} never became {state}")
