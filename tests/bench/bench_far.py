"""What the daemon is measured against (a bare durable commit, a bare round trip), and those who ask and listen."""

import asyncio
import contextlib
import http.client
import http.server
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
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

    def __init__(self, folder, name="bare"):
        self._db = sqlite3.connect(folder / f"{name}.db", isolation_level=None, check_same_thread=False)
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


class Hops:
    """A bare queue hop and commit: from a thread into a loop's queue, a commit on the writer's thread, and back."""

    def __init__(self, folder):
        self._commits = Commits(folder, "hops")
        self._loop = asyncio.new_event_loop()
        self._queue = asyncio.Queue()
        threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True).start()

    async def _run(self):
        while True:
            done = await self._queue.get()
            await self._loop.run_in_executor(None, self._commits.one)
            done.set()

    def one(self):
        done, began = threading.Event(), time.perf_counter()
        self._loop.call_soon_threadsafe(self._queue.put_nowait, done)
        done.wait()
        return time.perf_counter() - began


class Asker:
    """One kept-alive connection."""

    def __init__(self, port, token=""):
        self.port, self.token = port, token
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def ask(self, method, path, body=None):
        self._http.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = self._http.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def text(self, path):
        """What is no JSON: counts, a picture."""
        self._http.request("GET", path, headers=self._headers)
        answer = self._http.getresponse()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return answer.read()

    def timed(self, path, body):
        began = time.perf_counter()
        status, told = self.ask("POST", path, body)
        took = time.perf_counter() - began
        if status != 201:
            raise SystemExit(f"{path} answered {status}: {told}")
        return took, told


class Ear:
    """Follows the stream on a connection of its own; `hear` gives (nanoseconds, kind, data) one after another."""

    def __init__(self, port, token):
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._http.request("GET", "/api/v1/events/stream", headers={"Authorization": f"Bearer {token}"})
        self._lines = self._http.getresponse().fp
        while self._lines.readline().strip() != b": here":
            pass

    def hear(self):
        kind = ""
        for line in self._lines:
            if line.startswith(b"event: "):
                at, kind = time.monotonic_ns(), line[7:].strip().decode()
            elif line.startswith(b"data: "):
                yield at, kind, json.loads(line[6:])["data"]


class Phones:
    """Where notices arrive: answers 204 and counts."""

    def __init__(self):
        phones, self.rang = self, 0

        class Ring(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                phones.rang += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ring)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.line = f'[notices]\nwebhook = "http://127.0.0.1:{server.server_address[1]}/sms"\n'


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
        for _ in range(500):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                break
            time.sleep(0.02)
        yield Asker(port)


@contextlib.contextmanager
def cabinet(folder, doors=76, banks=1, env=None, more=""):
    """A running daemon, one who may ask it everything, and its process. `more` is added to its site file."""
    folder.mkdir(parents=True, exist_ok=True)
    kiosk, staff = free_port(), free_port()
    arguments = [str(HERE / "bench_cabinet.py"), str(folder), str(doors), str(kiosk), str(staff), str(banks), more]
    with process(arguments, env) as child:
        made = subprocess.run(
            [sys.executable, "-m", "lockerd", "token", "create", f"bench{staff}", "--scope", "read", "deposit",
             "pickup", "staff", "--config", str(folder.parent / f"{folder.name}.toml")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        asker = Asker(staff, made.stdout.split()[-1])
        person = {"unit": "1203", "name": "Wang Ming", "phone": "+8613800001203", "consent": True}
        asker.ask("PUT", "/api/v1/residents", person)
        yield asker, child, Codes(folder)


class Codes:
    """Codes as the resident's phone would show them, unsealed with the folder's own key."""

    def __init__(self, folder):
        self._vault = Vault.open(folder)
        self._db = Database(sqlite3.connect(f"file:{folder / 'locker.db'}?mode=ro", uri=True, check_same_thread=False))

    def of(self, parcel):
        blob = self._db.execute("select blob from sealed where parcel = ?", (parcel,)).fetchone()[0]
        return self._vault.unseal(blob)[0]


def deposit(asker, number, size="XS"):
    body = {
        "tracking": f"T{number}",
        "recipient": {"unit": "1203", "name": "Wang Ming"},
        "size": size,
        "courier": {"company": "SF", "name": "Li"},
    }
    return asker.timed("/api/v1/deposits", body)


def until(asker, deposit_id, state):
    for _ in range(4000):
        if asker.ask("GET", f"/api/v1/deposits/{deposit_id}")[1]["state"] == state:
            return
        time.sleep(0.001)
    raise SystemExit(f"{deposit_id} never became {state}")


def dumped(child, folder):
    """What the daemon under measurement has noted so far."""
    path = folder / "bench-marks"
    path.unlink(missing_ok=True)
    child.send_signal(signal.SIGUSR2)
    for _ in range(1000):
        time.sleep(0.01)
        if path.exists() and (text := path.read_text()).endswith("}"):
            return json.loads(text)
    raise SystemExit("the daemon did not tell its marks")
