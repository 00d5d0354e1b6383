"""A disk that fails, is full, is slow or cannot be written, under a real process that is asked over HTTP."""

import contextlib
import signal
import subprocess
import tempfile
from pathlib import Path

import httpx
from needs import need_gcc, need_strace, small_disk
from power_cabinet import Cabinet, Died, recorder, until
from power_replay import memory
from power_walk import ONE, fetch, residents, store

from locker.journal.audit import audit
from locker.journal.store import read_only


@contextlib.contextmanager
def cabinet_at(data=None, shim=None, **more):
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        cabinet = Cabinet(folder, shim() if shim else None, data=data, **more)
        if data is not None:
            (cabinet.folder / "world").mkdir()
            (cabinet.data / "world").symlink_to(cabinet.folder / "world")
        cabinet.token()
        try:
            yield cabinet
        finally:
            cabinet.close()


@contextlib.contextmanager
def disk_fault(cabinet, calls, fault):
    """From now on, and until the end, these system calls on the journal's log go wrong."""
    need_strace()
    log = cabinet.data / "locker.db-wal"
    command = ["strace", "-f", "-o", "/dev/null", "-P", str(log), "-e", f"trace={calls}"]
    command += ["-e", f"inject={calls}:{fault}", "-p", str(cabinet.process.pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        attached = tracer.stderr.readline()
        assert "attached" in attached, attached
        try:
            yield
        finally:
            tracer.send_signal(signal.SIGINT)


def status(cabinet):
    return cabinet.ask("GET", "/health").json()["status"]


def is_sealed(cabinet):
    """Sealed is said on every side, and nothing opens."""
    told = cabinet.deposit("SF-sealed")
    assert (told.status_code, told.json()["code"]) == (409, "sealed")
    assert status(cabinet) == "sealed"
    return "outage" in cabinet.kiosk.get("/").text or "is-words" in cabinet.kiosk.get("/").text


def heals(cabinet):
    """It is well again by itself."""
    cabinet.later(6)
    until(lambda: status(cabinet) == "ok", "unsealed")


def whole(cabinet):
    db = read_only(cabinet.data)
    assert audit(db) > 0
    db.conn.close()


def test_an_io_error_ends_the_process_and_the_next_start_knows_everything():
    with cabinet_at() as cabinet:
        cabinet.start()
        residents(cabinet)
        store(cabinet, "SF1")
        code, _ = cabinet.secrets(ONE)
        pulses = len(cabinet.hand("GET", "/pulses").json())
        with disk_fault(cabinet, "fdatasync", "error=EIO"):
            with contextlib.suppress(Died):
                assert cabinet.deposit("SF2").status_code >= 500
            assert cabinet.process.wait(30) not in {0, -signal.SIGTERM}
        cabinet.start()
        assert len(cabinet.hand("GET", "/pulses").json()) == pulses, "a door moved without its order"
        fetch(cabinet, code=code)
        whole(cabinet)


def test_a_sync_that_fails_in_a_sign_in_ends_the_process_too():
    with cabinet_at() as cabinet:
        cabinet.start()
        residents(cabinet)
        store(cabinet, "SF1")
        code, _ = cabinet.secrets(ONE)
        panel = f"http://127.0.0.1:{cabinet.ports[1]}"
        made = cabinet.lockerd("staff", "add", "chen")
        assert made.returncode == 0, made.stderr
        with disk_fault(cabinet, "fdatasync", "error=EIO"):
            said = {"name": "chen", "password": "wrong wrong 1"}
            with contextlib.suppress(httpx.TransportError):
                told = cabinet.staff.post(f"{panel}/sign-in", data=said, headers={"Origin": panel})
                assert told.status_code >= 500
            assert cabinet.process.wait(30) not in {0, -signal.SIGTERM}
        cabinet.start()
        fetch(cabinet, code=code)
        whole(cabinet)


def test_a_full_disk_seals_loses_nothing_and_unseals_when_there_is_room():
    with small_disk(8) as disk, cabinet_at(disk) as cabinet:
        cabinet.start()
        residents(cabinet)
        store(cabinet, "SF1")
        code, _ = cabinet.secrets(ONE)
        pulses = len(cabinet.hand("GET", "/pulses").json())
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        until(lambda: _spends_the_reserve(cabinet, disk), "sealed")
        before = len(cabinet.hand("GET", "/pulses").json())
        assert before >= pulses
        assert is_sealed(cabinet)
        assert len(cabinet.hand("GET", "/pulses").json()) == before
        (disk / "filler").unlink()
        heals(cabinet)
        fetch(cabinet, code=code)
        whole(cabinet)


def _spends_the_reserve(cabinet, disk):
    """Ask for something small again and again, and fill up what the reserve gave, until nothing goes any more."""
    cabinet.resident("103", "+8613800000003")
    with contextlib.suppress(OSError), (disk / "filler").open("ab", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    return status(cabinet) == "sealed"


def test_no_room_at_a_single_write_seals_and_heals_too():
    with cabinet_at() as cabinet:
        cabinet.start()
        residents(cabinet)
        with disk_fault(cabinet, "pwrite64", "error=ENOSPC"):
            assert is_sealed(cabinet)
        heals(cabinet)
        store(cabinet, "SF1")
        whole(cabinet)


def test_short_writes_are_gone_on_with():
    need_gcc()
    with cabinet_at(shim=recorder, short=True) as cabinet:
        cabinet.start()
        residents(cabinet)
        store(cabinet, "SF1")
        code, _ = cabinet.secrets(ONE)
        cabinet.end()
        cabinet.start()
        fetch(cabinet, code=code)
        whole(cabinet)


def test_slow_writes_delay_an_answer_and_break_nothing():
    with cabinet_at() as cabinet:
        cabinet.start()
        residents(cabinet)
        with disk_fault(cabinet, "fdatasync", "delay_enter=200000"):
            store(cabinet, "SF1")
            assert status(cabinet) == "ok"
        fetch(cabinet, code=cabinet.secrets(ONE)[0])
        whole(cabinet)


def test_a_read_only_data_folder_starts_sealed_and_heals():
    with small_disk(16) as disk, cabinet_at(disk) as cabinet:
        cabinet.start()
        residents(cabinet)
        store(cabinet, "SF1")
        code, _ = cabinet.secrets(ONE)
        cabinet.end()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        try:
            cabinet.start()
            pulses = len(cabinet.hand("GET", "/pulses").json())
            assert is_sealed(cabinet)
            assert cabinet.pickup(code=code).json()["code"] == "sealed"
            told = cabinet.lockerd("audit")
            assert (told.returncode, told.stderr) == (0, ""), "what cannot be written can be audited all the same"
            told = cabinet.lockerd("staff", "add", "chen")
            assert (told.returncode, told.stderr.count("\n")) == (1, 1), told.stderr
            assert "is held by" in told.stderr, "its socket cannot be made there"
            assert len(cabinet.hand("GET", "/pulses").json()) == pulses
            cabinet.end()
            told = cabinet.lockerd("token", "create", "b", "--scope", "read")
            assert told.returncode == 1
            assert told.stderr.splitlines()[-1].startswith("nothing was changed, because the cabinet is sealed"), (
                "alone"
            )
            assert "Traceback" not in told.stderr
            cabinet.start()
        finally:
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        heals(cabinet)
        fetch(cabinet, code=code)
        whole(cabinet)


def test_a_start_on_a_full_disk_that_has_the_temporary_files_too_is_sealed_and_heals(monkeypatch):
    with small_disk(12) as disk, tempfile.TemporaryDirectory(dir=memory()) as folder:
        (disk / "data").mkdir()
        (disk / "tmp").mkdir()
        (Path(folder) / "world").mkdir()
        (disk / "data" / "world").symlink_to(Path(folder) / "world")
        cabinet = Cabinet(folder, data=disk / "data")
        try:
            cabinet.token()
            cabinet.start()
            residents(cabinet)
            store(cabinet, "SF1")
            code, _ = cabinet.secrets(ONE)
            cabinet.end(signal.SIGKILL)
            (disk / "data" / "reserve").unlink(missing_ok=True)
            with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(4096))
            monkeypatch.setenv("TMPDIR", str(disk / "tmp"))
            cabinet.start()
            assert is_sealed(cabinet)
            (disk / "filler").unlink()
            heals(cabinet)
            fetch(cabinet, code=code)
            whole(cabinet)
        finally:
            cabinet.close()


def test_a_missing_key_starts_sealed_and_heals_when_it_is_back():
    with cabinet_at() as cabinet:
        cabinet.start()
        residents(cabinet)
        store(cabinet, "SF1")
        code, _ = cabinet.secrets(ONE)
        cabinet.end()
        key = cabinet.data / "key"
        aside = key.rename(cabinet.folder / "key")
        cabinet.start()
        assert is_sealed(cabinet)
        assert not key.exists(), "a new key beside old codes is worthless"
        aside.rename(key)
        heals(cabinet)
        fetch(cabinet, code=code)
        whole(cabinet)
