"""A real mosquitto and a real PostgreSQL of the test's own, which can be killed and started again."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(true, what, patience=PATIENCE_S):
    """Wait for something of another process, for as long as a slow machine may need."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            if true():
                return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come")


def answers(port):
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


class Program:
    """A process that is started, killed in the middle, and started again."""

    def __init__(self, command, **options):
        self.command = command
        self.options = options
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            self.command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.options
        )

    def kill(self, number=signal.SIGKILL):
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            self.process.wait(PATIENCE_S)


class Broker(Program):
    """mosquitto, which writes its sessions to disk at every change, as the guide of the fleet asks for."""

    def __init__(self, folder, lines=("allow_anonymous true",), port=None):
        self.port = port or free_port()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        text = [
            *("persistence true", f"persistence_location {folder}/", "autosave_interval 1", "autosave_on_changes true"),
            *("set_tcp_nodelay true", "max_queued_messages 0", "user root", f"listener {self.port} 127.0.0.1", *lines),
        ]
        (folder / "mosquitto.conf").write_text("\n".join(text) + "\n")
        super().__init__([shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", str(folder / "mosquitto.conf")])

    def start(self):
        super().start()
        until(lambda: answers(self.port), "the broker")


class Postgres(Program):
    """A cluster of its own. PostgreSQL does not run as root, so there it runs as its own user."""

    def __init__(self):
        self.port = free_port()
        self.folder = folder = Path(
            tempfile.mkdtemp(prefix="fleet-pg-")
        )  # pytest's own folders are shut to other users
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.as_user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.as_user:
            shutil.chown(folder, "postgres", "postgres")
        initdb = [self.bin / "initdb", "-D", folder / "cluster", "-A", "trust", "-U", "fleet", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", env=_plain(), **self.as_user)
        options = [
            "-p",
            str(self.port),
            "-k",
            str(folder),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "shared_buffers=32MB",
        ]
        super().__init__(
            [self.bin / "postgres", "-D", folder / "cluster", *options], cwd="/", env=_plain(), **self.as_user
        )

    @property
    def dsn(self):
        return f"host=127.0.0.1 port={self.port} user=fleet dbname=postgres connect_timeout=5"

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "cluster" / "postmaster.pid").unlink()
        super().start()
        ready = [self.bin / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        until(lambda: subprocess.run(ready, check=True).returncode == 0, "the database")


def _plain():
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def centre_file(folder, broker, database, name="fleet.toml", **more):
    """The file of a centre on these two."""
    lines = {
        "broker": f"mqtt://127.0.0.1:{broker.port}",
        "database": database.dsn,
        "folder": str(folder / "keys"),
        **more,
    }
    path = folder / name
    path.write_text("".join(f'{key} = "{value}"\n' for key, value in lines.items()))
    return path


def consumer(path, command="intake"):
    """fleetd as a process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return Program([sys.executable, "-m", "fleet", command, str(path)], env=environment, cwd="/")
