"""What people wait for: pickup and deposit over HTTP, on a slow card, with a long past, in a crowd."""

import contextlib
import itertools
import os
import queue
import shutil
import statistics
import subprocess
import sys
import threading
import time

from bench_far import HERE, Asker, Commits, Ear, bare_server, cabinet, deposit, dumped, until
from bench_past import filled
from bench_row import Row, at, over, spread

API = "/api/v1"
SIZES = itertools.cycle(("XS", "S", "M", "L", "XL"))
REST = 0.03  # the notice of the storing is in its outbox before the resident comes


def visit(asker, codes, number, rest=REST):
    """One parcel in and out: the two times that somebody waits for. Of all sizes in turn, so that no coil gets hot."""
    size = next(SIZES)
    time.sleep(rest)
    into, told = deposit(asker, number, size)
    until(asker, told["deposit"], "stored")
    time.sleep(rest)
    out, _ = asker.timed(f"{API}/pickups", {"code": codes.of(told["parcel"])})
    until(asker, told["deposit"], "collected")
    return into, out


def by_http(folder, size):
    """Pickup and deposit by HTTP against a bare commit and a bare round trip."""
    commits, ins, outs, bare_commits, trips = Commits(folder), [], [], [], []
    with bare_server() as bare, cabinet(folder / "http") as (asker, _, codes):
        for number in range(size.visits):
            into, out = visit(asker, codes, number)
            time.sleep(REST)  # who comes to a locker comes to a processor that slept, and so does what is compared
            bare_commits.append(commits.one())
            time.sleep(REST)
            trips.append(bare.timed("/p", {"code": "12345678"})[0])
            ins.append(into)
            outs.append(out)
    floor = statistics.median(bare_commits) + statistics.median(trips)
    against = f"bare commit {spread(bare_commits)} + round trip {spread(trips)}"
    yield Row("pickup by HTTP, order durable", spread(outs), against, statistics.median(outs) / floor, 2.0, 2.6,
              "what a resident waits for before the coil moves")  # fmt: skip
    yield Row("deposit by HTTP", spread(ins), "the same", statistics.median(ins) / floor, 2.5, 3.2,
              "what a courier waits for before the coil moves")  # fmt: skip


def shim(folder):
    """The counting and slowing shim, built with the machine's compiler; None without one."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    target = folder / "bench_sync.so"
    subprocess.run([compiler, "-O2", "-fPIC", "-shared", "-o", target, HERE / "bench_sync.c", "-ldl"], check=True)
    return str(target)


SLOW_COMMITS = """
import sys; sys.path.insert(0, {here!r})
from pathlib import Path; from bench_far import Commits
commits = Commits(Path({folder!r}))
print("ready", flush=True)
for _ in sys.stdin: print(commits.one(), flush=True)
"""


def on_a_slow_card(folder, size):
    """Every sync takes 10 ms longer: a pickup must cost one of them and little else."""
    preload = shim(folder)
    if preload is None:
        return
    env = {"LD_PRELOAD": preload, "BENCH_SYNC_MS": "10"}
    outs, bare = [], []
    script = SLOW_COMMITS.format(here=str(HERE), folder=str(folder))
    slow = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, **env}, text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    slow.stdout.readline()
    with slow, cabinet(folder / "slow", env=env) as (asker, _, codes):
        for number in range(max(20, size.visits // 3)):
            outs.append(visit(asker, codes, number, rest=0.1)[1])
            time.sleep(0.1)
            print(file=slow.stdin, flush=True)
            bare.append(float(slow.stdout.readline()))
        slow.stdin.close()
    yield Row("pickup with 10 ms added to every sync", spread(outs), f"one such commit {spread(bare)}",
              over(outs, bare), 1.2, 1.2, "an SD card: the one sync is nearly all")  # fmt: skip


def counted(folder, _):
    """Counted, not timed: syncs and statements between a request and the coil."""
    preload = shim(folder)
    if preload is None:
        return
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
    yield Row("syncs between request and coil", "", "counted", coil[2] - before["syncs"], 1, 1, "exactly one")
    yield Row(
        "SQL statements between request and coil", "", "counted", len(statements), 8, 8, "begin and commit are two"
    )


def flat(folder, size):
    """One pickup on cabinets of 16 to 1000 doors and 1 to 16 banks, turn by turn."""
    kinds = [(16, 1), (76, 1), (390, 1), (1000, 1), (390, 4), (390, 16)]
    kinds = kinds if size.visits > 100 else [(16, 1), (76, 1), (1000, 1), (390, 16)]
    times = {kind: [] for kind in kinds}
    with contextlib.ExitStack() as stack:
        open_ones = {k: stack.enter_context(cabinet(folder / f"flat-{k[0]}-{k[1]}", *k)) for k in kinds}
        for number in range(max(20, size.visits // 4)):  # 16 doors of which none may get hot
            for kind, (asker, _, codes) in open_ones.items():
                times[kind].append(visit(asker, codes, number)[1])
    # The lower quartile: what a neighbour on the machine took from a single visit is not the cabinet's size.
    low = {kind: at(each, 0.25) for kind, each in times.items()}
    against = ", ".join(f"{k[0]} doors on {k[1]}: {v * 1000:.2f} ms" for k, v in low.items())
    yield Row("one pickup, doors 16 to 1000, banks 1 to 16", against, "76 doors on one bank, lower quartiles",
              max(low.values()) / low[(76, 1)], 1.1, 1.1, "the dearest; flat in doors and boards")  # fmt: skip


def with_a_past(folder, size):
    """The same pickup in a cabinet with many archived parcels and in one without any, turn by turn."""
    past = filled(folder, size)
    olds, news = [], []
    with cabinet(folder / "none", 76, 2) as (new, _, new_codes), cabinet(past.folder, 76, 2) as (old, _, old_codes):
        for number in range(size.visits):
            run = f"{time.time_ns()}-{number}"
            news.append(visit(new, new_codes, run)[1])
            olds.append(visit(old, old_codes, run)[1])
    took = f", filled in {past.took:.0f} s" if past.took else ""
    name = f"pickup with {past.parcels:,} archived parcels and {past.events:,} events"
    yield Row(f"{name}, p50", spread(olds), f"with none {spread(news)}", over(olds, news), 1.1, 1.1,
              f"a past costs nothing{took}")  # fmt: skip
    yield Row(f"{name}, p99", "", "the same", at(olds, 0.99) / at(news, 0.99), 1.25, 1.25,
              "the slowest of a hundred; moves by a third between runs", decides=False)  # fmt: skip


def many_at_once(folder, size):
    """8 couriers and 8 residents at once on 390 doors; every visit has six durable steps."""
    commits, ratios, rates, bares = Commits(folder), [], [], []
    with cabinet(folder / "many", 390) as (asker, _, codes):
        crowd = Crowd(asker, codes)
        crowd.serve(2)  # both sides warm
        for _ in range(max(4, size.visits // 40)):
            began, count = time.perf_counter(), 0
            while time.perf_counter() < began + 0.3:
                commits.one()
                count += 1
            bares.append(count / (time.perf_counter() - began))
            each = 6
            rates.append(6 * 8 * each / crowd.serve(each))
            ratios.append(rates[-1] / bares[-1])
    yield Row("8 couriers + 8 residents on 390 doors", f"{statistics.median(rates):.0f} steps/s",
              f"bare commits, {statistics.median(bares):.0f}/s", statistics.median(ratios), 0.5, 0.5,
              "durable visit steps a second, one writer", least=True, stands=0.09)  # fmt: skip


class Crowd:
    """Eight couriers put in, eight residents fetch what the stream says is stored."""

    def __init__(self, asker, codes):
        self._asker, self._codes = asker, codes
        self._lock = threading.Lock()
        self._stored, self._collected = queue.Queue(), queue.Queue()
        threading.Thread(target=self._listen, args=(Ear(asker.port, asker.token),), daemon=True).start()
        self._people = [Asker(asker.port, asker.token) for _ in range(16)]
        self._number = 0

    def _listen(self, ear):
        for _, kind, data in ear.hear():
            if kind == "ParcelStored":
                self._stored.put(data["parcel"])
            elif kind == "ParcelCollected":
                self._collected.put(data["parcel"])

    def serve(self, each):
        """Every courier brings `each` parcels; the seconds until the last is collected."""
        self._number += 1
        threads = [threading.Thread(target=self._courier, args=(p, n, each)) for n, p in enumerate(self._people[:8])]
        threads += [threading.Thread(target=self._resident, args=(p, each)) for p in self._people[8:]]
        began = time.perf_counter()
        for one in threads:
            one.start()
        for _ in range(8 * each):
            self._collected.get(timeout=60)
        took = time.perf_counter() - began
        for one in threads:
            one.join()
        return took

    def _courier(self, asker, who, each):
        for number in range(each):
            deposit(asker, f"{self._number}-{who}-{number}")

    def _resident(self, asker, each):
        for _ in range(each):
            parcel = self._stored.get(timeout=60)
            with self._lock:
                code = self._codes.of(parcel)
            asker.timed(f"{API}/pickups", {"code": code})


ROWS = (by_http, on_a_slow_card, counted, flat, with_a_past, many_at_once)
