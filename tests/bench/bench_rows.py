"""The rows: each gives a ratio against something bare that was measured in the same minutes, turn by turn."""

import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench_far import HERE, Asker, Commits, bare_server, cabinet, deposit, process, until

API = "/api/v1"
REST = 0.03  # the notice of the storing is in its outbox before the resident comes
IMPORTS = "import fastapi, uvicorn, pydantic, sqlite_utils, gpiozero"


@dataclass
class Row:
    """One line of the table. `gate` fails the run, `aim` is what we want; both are the most (or `least`) allowed."""

    name: str
    against: str
    value: float
    aim: float
    gate: float
    means: str
    least: bool = False
    spread: str = ""
    raw: dict = field(default_factory=dict)

    @property
    def verdict(self):
        within = (lambda limit: self.value >= limit) if self.least else (lambda limit: self.value <= limit)
        return "aim" if within(self.aim) else "gate" if within(self.gate) else "short of it"

    def far_off(self, slack):
        return self.value < self.gate / slack if self.least else self.value > self.gate * slack


def spread(times):
    ordered = sorted(times)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * q))] for q in (0.5, 0.95, 0.99)]
    return " / ".join(f"{one * 1000:.2f}" for one in at) + " ms"


def visit(asker, codes, number, size="XS"):
    """One parcel in and out: the two times that somebody waits for."""
    into, told = deposit(asker, number, size)
    until(asker, told["deposit"], "stored")
    time.sleep(REST)
    out, _ = asker.timed(f"{API}/pickups", {"code": codes.of(told["parcel"])})
    until(asker, told["deposit"], "collected")
    return into, out


def by_http(folder, rounds):
    """Pickup and deposit by HTTP against a bare commit and a bare round trip."""
    commits, ins, outs, bare_commits, trips = Commits(folder), [], [], [], []
    with bare_server() as bare, cabinet(folder / "http") as (asker, child, codes):
        before = written(child.pid)
        for number in range(rounds):
            into, out = visit(asker, codes, number)
            bare_commits.append(commits.one())
            trips.append(bare.timed("/p", {"code": "12345678"})[0])
            ins.append(into)
            outs.append(out)
        bytes_each = (written(child.pid) - before) / rounds
        rows = row_bytes(folder / "http", rounds)
    floor = statistics.median(bare_commits) + statistics.median(trips)
    against = f"bare commit {spread(bare_commits)} + round trip {spread(trips)}"
    yield Row("pickup by HTTP, order durable", against, statistics.median(outs) / floor, 2.0, 2.6,
              "what a resident waits for before the coil moves", spread=spread(outs))  # fmt: skip
    yield Row("deposit by HTTP", "the same", statistics.median(ins) / floor, 2.5, 3.2,
              "what a courier waits for before the coil moves", spread=spread(ins))  # fmt: skip
    yield Row("bytes written per deposit + pickup", f"its rows, {rows / 1000:.1f} kB", bytes_each / rows, 12, 12,
              "wear of the card", spread=f"{bytes_each / 1000:.0f} kB")  # fmt: skip


def written(pid):
    return int(re.search(r"write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text())[1])


def row_bytes(folder, rounds):
    """The bytes of all event rows, and of one parcel's row, divided by the visits."""
    import sqlite3

    db = sqlite3.connect(f"file:{folder / 'locker.db'}?mode=ro", uri=True)
    events = db.execute(
        "select sum(length(at) + length(kind) + length(by) + length(data) + length(hash) + 4) from event"
    )
    return events.fetchone()[0] / rounds + 900


def shim(folder):
    """The counting and slowing shim, built with the machine's compiler; None without one."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    target = folder / "bench_sync.so"
    subprocess.run([compiler, "-O2", "-fPIC", "-shared", "-o", target, HERE / "bench_sync.c", "-ldl"], check=True)
    return str(target)


SLOW_COMMITS = """
import sys, statistics; sys.path.insert(0, {here!r})
from pathlib import Path; from bench_far import Commits
commits = Commits(Path({folder!r})); print(statistics.median([commits.one() for _ in range(40)]))
"""


def on_a_slow_card(folder, rounds):
    """Every sync takes 10 ms longer: a pickup must cost one of them and little else."""
    preload = shim(folder)
    if preload is None:
        return
    env = {"LD_PRELOAD": preload, "BENCH_SYNC_MS": "10"}
    outs = []
    with cabinet(folder / "slow", env=env) as (asker, _, codes):
        outs = [visit(asker, codes, number)[1] for number in range(max(10, rounds // 8))]
    script = SLOW_COMMITS.format(here=str(HERE), folder=str(folder / "slow"))
    told = subprocess.run([sys.executable, "-c", script], env={**os.environ, **env}, capture_output=True, check=True)
    yield Row("pickup with 10 ms added to every sync", f"one such commit, {float(told.stdout) * 1000:.1f} ms",
              statistics.median(outs) / float(told.stdout), 1.2, 1.2, "an SD card", spread=spread(outs))  # fmt: skip


def counted(folder, _):
    """Counted, not timed: syncs and statements between a request and the coil."""
    preload = shim(folder)
    if preload is None:
        return
    import json

    with cabinet(folder / "counted", env={"LD_PRELOAD": preload, "BENCH_TRACE": "1"}) as (asker, child, codes):
        _, told = deposit(asker, 1)
        until(asker, told["deposit"], "stored")
        time.sleep(0.5)
        code = codes.of(told["parcel"])
        began = time.monotonic_ns()
        before = dumped(child, folder / "counted")
        asker.timed(f"{API}/pickups", {"code": code})
        until(asker, told["deposit"], "collected")
        after = dumped(child, folder / "counted")
    coil = next(mark for mark in after["marks"] if mark[0] == "coil" and mark[1] > began)
    statements = [s for s in after["statements"] if began < s[0] < coil[1]]
    del json
    yield Row("syncs between request and coil", "counted", coil[2] - before["syncs"], 1, 1, "exactly one")
    yield Row("SQL statements between request and coil", "counted", len(statements), 8, 8, "begin and commit included")


def dumped(child, folder):
    import json

    path = folder / "bench-marks"
    path.unlink(missing_ok=True)
    child.send_signal(signal.SIGUSR2)
    for _ in range(500):
        time.sleep(0.01)
        if path.exists() and (text := path.read_text()).endswith("}"):
            return json.loads(text)
    raise SystemExit("the daemon did not tell its marks")


def flat(folder, rounds):
    """One pickup on cabinets of 16 to 1000 doors and 1 to 16 banks, turn by turn."""
    from contextlib import ExitStack

    kinds = [(16, 1), (76, 1), (390, 1), (1000, 1), (390, 4), (390, 16)]
    times = {kind: [] for kind in kinds}
    with ExitStack() as stack:
        open_ones = {k: stack.enter_context(cabinet(folder / f"flat-{k[0]}-{k[1]}", *k)) for k in kinds}
        for number in range(max(20, rounds // 3)):
            for kind, (asker, _, codes) in open_ones.items():
                times[kind].append(visit(asker, codes, number)[1])
    medians = {kind: statistics.median(each) for kind, each in times.items()}
    against = ", ".join(f"{k[0]}x{k[1]} {v * 1000:.2f} ms" for k, v in medians.items())
    worst = max(medians.values()) / medians[(76, 1)]
    yield Row("one pickup, doors 16 to 1000, banks 1 to 16", against, worst, 1.1, 1.1, "the dearest against 76 doors")


def many_at_once(folder, rounds):
    """8 couriers and 8 residents at once on 390 doors; every visit has six durable steps."""
    commits = Commits(folder)
    began = time.perf_counter()
    for _ in range(rounds):
        commits.one()
    bare = rounds / (time.perf_counter() - began)
    with cabinet(folder / "many", 390) as (asker, _, codes):
        lock, stored, done = threading.Lock(), [], []
        each = max(4, rounds // 10)

        def courier(who):
            mine = Asker(asker.port, asker.token)
            for number in range(each):
                _, told = deposit(mine, f"{who}-{number}")
                with lock:
                    stored.append(told)

        def resident(who):
            from bench_far import Codes

            mine, own = Asker(asker.port, asker.token), Codes(folder / "many")
            while len(done) < 8 * each:
                with lock:
                    told = stored.pop(0) if stored else None
                if told is None:
                    time.sleep(0.001)
                    continue
                until(mine, told["deposit"], "stored")
                mine.timed(f"{API}/pickups", {"code": own.of(told["parcel"])})
                with lock:
                    done.append(who)

        people = [threading.Thread(target=who, args=(n,)) for n in range(8) for who in (courier, resident)]
        began = time.perf_counter()
        for one in people:
            one.start()
        for one in people:
            one.join()
        steps = 6 * len(done) / (time.perf_counter() - began)
    yield Row("8 couriers + 8 residents on 390 doors", f"bare commits, {bare:.0f}/s", steps / bare, 0.5, 0.5,
              "durable visit steps a second", least=True, spread=f"{steps:.0f} steps/s")  # fmt: skip


def edge_to_stream(folder, rounds):
    """A switch changes; somebody who follows the stream hears of it."""
    commits, took, bare = Commits(folder), [], []
    with cabinet(folder / "edge", 76) as (asker, child, _):
        stream = Asker(asker.port, asker.token)
        stream._http.request("GET", f"{API}/events/stream", headers=stream._headers | {"Last-Event-ID": "999999"})
        lines = stream._http.getresponse().fp
        heard = []

        def listen():
            for line in lines:
                if line.startswith(b"event: Door"):
                    heard.append(time.monotonic_ns())

        threading.Thread(target=listen, daemon=True).start()
        time.sleep(0.5)
        for _ in range(max(10, rounds // 10)):
            bare.append(commits.one())
        for number in range(max(10, rounds // 5)):
            time.sleep(REST)
            child.send_signal(signal.SIGUSR1)
            deadline = time.monotonic() + 5
            while len(heard) <= number and time.monotonic() < deadline:
                time.sleep(0.002)
        marks = [m for m in dumped(child, folder / "edge")["marks"] if m[0] == "edge"]
        took = [(h - m[1]) / 1e9 for h, m in zip(heard, marks, strict=False)]
    if took:
        yield Row("switch edge to event on the stream", f"bare commit {spread(bare)}",
                  statistics.median(took) / statistics.median(bare), 1.5, 1.5, "what the map shows is now",
                  spread=spread(took))  # fmt: skip


def start_and_rest(folder, rounds):
    """From start to ready, and the memory at rest, against the bare imports."""
    starts, bare, pss = [], [], 0
    for number in range(max(3, rounds // 40)):
        began = time.perf_counter()
        with cabinet_only(folder / f"start-{number}") as child:
            starts.append(time.perf_counter() - began)
            time.sleep(0.5)
            pss = memory(child.pid)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", IMPORTS], check=True)
        bare.append(time.perf_counter() - began)
    with process(["-c", f"{IMPORTS}\nprint('ready', flush=True)\nimport time; time.sleep(60)"]) as child:
        bare_pss = memory(child.pid)
    yield Row("start to ready", f"importing what it stands on, {spread(bare)}",
              statistics.median(starts) / statistics.median(bare), 1.5, 1.5, "after a power cut", spread=spread(starts))  # fmt: skip
    yield Row("memory at rest, 76 doors", f"the same imports, {bare_pss / 1024:.0f} MB", pss / bare_pss, 1.4, 1.4,
              "under 120 MB", spread=f"{pss / 1024:.0f} MB")  # fmt: skip


def cabinet_only(folder):
    from bench_far import free_port

    folder.mkdir(parents=True)
    arguments = [str(HERE / "bench_cabinet.py"), str(folder), "76", str(free_port()), str(free_port()), "1"]
    return process(arguments)


def memory(pid):
    """Proportional memory in kB."""
    return int(re.search(r"Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())[1])


ROWS = (by_http, on_a_slow_card, counted, flat, many_at_once, edge_to_stream, start_and_rest)
