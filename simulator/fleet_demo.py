"""`make fleet`: three simulated lockers, a broker, a database and the operator's centre, on one machine.

mosquitto and PostgreSQL are Debian's own; each runs from a folder of this demonstration, and ends with it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pyotp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parent.parent
SITE = ROOT / "firmware_config" / "sites" / "demo-12.toml"
FOLDER = ROOT / "demo-data" / "fleet"
BROKER, DATABASE, PAGES, FIRST = 8183, 8132, 8120, 8200
NAME = "demo"
LOBBIES = (("riverside-1", "Riverside Court, lobby"), ("harbour-2", "Harbour House"), ("garden-3", "Garden Gate"))
_PATIENCE_S = 60.0
_USER = "postgres"


class FleetDemo:
    """All processes of the demonstration; whatever began is ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ends = ExitStack()

    def start(self) -> str:
        """Start everything; what people need to look at it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._start_broker()
        self._start_database()
        centre = self._centre_file()
        key = _said(self._fleetd("key", centre)).strip()
        password = secrets.token_urlsafe(12)
        told = _said(self._fleetd("operator", centre, NAME), password + "\n")
        secret = told.rsplit(" ", 1)[-1].strip()
        self._start([*self._fleetd("run", centre)], self._folder / "centre.log")
        kiosks = [self._start_locker(number, *lobby, key) for number, lobby in enumerate(LOBBIES)]
        lines = [
            "",
            f"  Operator's centre  http://127.0.0.1:{PAGES}    name {NAME}, password {password},",
            f"                     code now {pyotp.TOTP(secret).now()}; for an authenticator app: {secret}",
            *(
                f"  {name:18} kiosk http://127.0.0.1:{kiosk}, simulator http://127.0.0.1:{world}"
                for name, kiosk, world in kiosks
            ),
            "",
            "  Ctrl-C ends all of it.",
            "",
        ]
        return "\n".join(lines)

    def end(self) -> None:
        """End everything, last begun first."""
        self._ends.close()

    def _start_broker(self) -> None:
        folder = self._folder / "broker"
        folder.mkdir(exist_ok=True)
        lines = [
            *("persistence true", f"persistence_location {folder}/", "autosave_interval 1", "autosave_on_changes true"),
            *("set_tcp_nodelay true", "user root", f"listener {BROKER} 127.0.0.1", "allow_anonymous true"),
        ]
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._start([program, "-c", str(folder / "mosquitto.conf")], folder / "mosquitto.log")

    def _start_database(self) -> None:
        """PostgreSQL does not run as root: there it runs as its own user, from a folder of its own."""
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
        if programs is None:
            sys.exit("make fleet needs PostgreSQL: apt-get install postgresql")
        folder = Path(
            self._ends.enter_context(tempfile.TemporaryDirectory(prefix="fleet-demo-", ignore_cleanup_errors=True))
        )
        as_user: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(folder, _USER, _USER)
            as_user = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"]
        cluster = folder / "cluster"
        made = [*as_user, str(programs / "initdb"), "-D", str(cluster), "-A", "trust", "-U", "fleet", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, cwd="/")  # noqa: S603  our own words
        options = ["-p", str(DATABASE), "-k", str(folder), "-c", "listen_addresses=127.0.0.1"]
        self._start([*as_user, str(programs / "postgres"), "-D", str(cluster), *options], self._folder / "database.log")
        ready = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(DATABASE), "-q"]
        _until(lambda: subprocess.run(ready, check=False).returncode == 0, "the database")  # noqa: S603  our own words

    def _centre_file(self) -> Path:
        path = self._folder / "fleet.toml"
        dsn = f"host=127.0.0.1 port={DATABASE} user=fleet dbname=postgres"
        told = {"broker": f"mqtt://127.0.0.1:{BROKER}", "database": dsn, "folder": str(self._folder / "keys")}
        told["listen"] = f"127.0.0.1:{PAGES}"
        path.write_text("".join(f'{key} = "{value}"\n' for key, value in told.items()), encoding="utf-8")
        return path

    def _fleetd(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "fleet", *map(str, arguments)]

    def _start_locker(self, number: int, site: str, name: str, key: str) -> tuple[str, int, int]:
        kiosk, staff, world = (FIRST + 10 * number + each for each in range(3))
        text = SITE.read_text(encoding="utf-8")
        told = tomllib.loads(text)
        for old, new in (
            (f'id = "{told["site"]["id"]}"', f'id = "{site}"'),
            (f'name = "{told["site"]["name"]}"', f'name = "{name}"'),
            (told["kiosk"]["listen"], f"127.0.0.1:{kiosk}"),
            (told["staff"]["listen"], f"127.0.0.1:{staff}"),
            (told["notices"]["webhook"], f"http://127.0.0.1:{world}/sms"),
        ):
            text = text.replace(old, new, 1)
        text += f'\n[mqtt]\nbroker = "mqtt://127.0.0.1:{BROKER}"\noperator_key = "{key}"\n'
        file, data = self._folder / f"{site}.toml", self._folder / site
        file.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "simulator", str(file), "--data", str(data), "--listen", f"127.0.0.1:{world}"]
        self._start(command, self._folder / f"{site}.log")
        return name, kiosk, world

    def _start(self, command: Sequence[str], log: Path) -> None:
        with log.open("w", encoding="utf-8") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT, start_new_session=True)  # noqa: S603  our own words
        self._ends.callback(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _said(command: Sequence[str], typed: str = "") -> str:
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=True, cwd=ROOT).stdout  # noqa: S603  our own words


def _until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not true():
        if time.monotonic() > end:
            sys.exit(f"{what} did not start; its log is in {FOLDER}")
        time.sleep(0.1)


def main() -> int:
    """Run the demonstration until Ctrl-C."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    demo = FleetDemo(FOLDER)
    try:
        sys.stdout.write(demo.start() + "ready\n")
        sys.stdout.flush()
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        demo.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
