"""Updates of the real package by the real daemon, dpkg and systemd: they stay or go back, killed in every phase."""

import json
import shutil
import subprocess
import warnings

import pytest
from boot_bench import Machine, obstacle
from tree import ROOT

LISTEN = "127.0.0.1:8098"
KEPT = "/var/cache/locker"
NO_SCREEN = "[Unit]\nConditionPathExists=/nowhere\n"
WHOLE = "install ok installed"
ENDED = {"good", "reverted", "broken"}
NEXT, BAD = "98.0", "99.0"
RUNS = "            await run(settings, SystemClock())\n"
MIGRATES_AND_FALLS = """            from lockerd.daemon import opened

            with opened(settings, SystemClock()):
                raise OSError("this release cannot run")
"""


def _release(deb, version, tables, *, never_ready=False):
    """A release after this one, with so many tables more."""
    tree = deb.parent / f"tree-{version}"
    subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
    control, schema = tree / "DEBIAN/control", tree / "opt/locker/locker/journal/schema.py"
    lines = control.read_text().splitlines(keepends=True)
    control.write_text("".join(f"Version: {version}\n" if line.startswith("Version:") else line for line in lines))
    steps = "".join(f'    ("create table later_{n} (id text primary key) strict",),\n' for n in range(tables))
    text = schema.read_text()
    assert "\n)\n\n\ndef migrate(" in text
    schema.write_text(text.replace("\n)\n\n\ndef migrate(", f"\n{steps})\n\n\ndef migrate("))
    if never_ready:  # it changes the tables, and then cannot run
        run = tree / "opt/locker/lockerd/run_command.py"
        text = run.read_text()
        assert RUNS in text
        run.write_text(text.replace(RUNS, MIGRATES_AND_FALLS))
        _forget_compiled(run)
    _forget_compiled(schema)
    made = deb.parent / f"lockerd_{version}.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return made


def _forget_compiled(source):
    for compiled in (source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"):
        compiled.unlink()


class Cabinet:
    """The machine with a daemon that updates."""

    def __init__(self, machine):
        self._machine = machine
        self.ask = machine.ask

    def begin(self, version, within):
        words = (
            f"lockerd update --config /etc/locker/site.toml --unsigned --within {within} {KEPT}/lockerd_{version}.deb"
        )
        self.ask("sh", "-c", f"systemd-run --quiet --collect --unit=a-person {words}")

    def progress(self):
        """How far the update is, what dpkg has put in place, and how well."""
        told = self.ask("cat", f"{KEPT}/update.json")
        version, _, status = self.ask("dpkg-query", "-W", "-f", "${Version} ${Status}", "lockerd").partition(" ")
        return json.loads(told)["phase"] if told else "", version, status

    def kill_when(self, phase, dpkg):
        """End the updater, and the dpkg under it, in this phase while dpkg says so; then what the next boot does."""
        asked = "dpkg-query -W -f '${Version} ${Status}' lockerd"
        seen = f"grep -q '\"phase\": \"{phase}\"' {KEPT}/update.json && {asked} | grep -q '{dpkg}'"
        self.ask("timeout", "120", "sh", "-c", f"until {seen}; do :; done")
        for unit in ("a-person", "locker-update"):
            self.ask("systemctl", "kill", "--signal=SIGKILL", unit)
        now = self.progress()
        assert dpkg in f"{now[1]} {now[2]}", f"it was never {phase} with {dpkg}, but {now}"
        self.ask("systemctl", "stop", "a-person", "locker-update", "lockerd")
        self.ask("systemctl", "reset-failed")
        self.ask("systemctl", "--no-block", "start", "lockerd", "locker-update")

    def ends(self):
        self._machine.until("the end of the update", lambda: self.progress()[0] in ENDED)
        return self.progress()

    def tables(self):
        database = "sqlite3.connect('/var/lib/locker/locker.db')"
        said = f"import sqlite3; print({database}.execute('pragma user_version').fetchone()[0])"
        return int(self.ask("python3", "-c", said))

    def events(self):
        self._machine.until("an audit", lambda: self.ask("sh", "-c", f"{AUDIT} | grep 'chain is whole'"))
        return int(self.ask("sh", "-c", AUDIT).split()[0])


AUDIT = "runuser -u locker -- lockerd audit --config /etc/locker/site.toml"


@pytest.fixture(scope="module")
def cabinet(deb, tmp_path_factory):
    if reason := obstacle():
        warnings.warn(f"NOTHING WAS UPDATED: {reason}", stacklevel=1)
        pytest.skip(f"nothing was updated: {reason}")
    folder = tmp_path_factory.mktemp("update")
    (folder / "data").mkdir()
    version = deb.name.split("_")[1]
    shutil.copy(deb, folder / "data" / f"lockerd_{version}.deb")
    for later in (_release(deb, NEXT, 1), _release(deb, BAD, 2, never_ready=True)):
        shutil.move(later, folder / "data")
    site = (ROOT / "firmware_config/sites/cb8a-24.toml").read_text(encoding="utf-8")
    site = site.replace("0.0.0.0:8443", LISTEN).replace("127.0.0.1:8080", "127.0.0.1:8097")
    with Machine(folder, deb, site, {"locker-kiosk": NO_SCREEN}) as machine:
        machine.ask("sh", "-c", f"mkdir -p {KEPT} && mv /var/lib/locker/lockerd_*.deb {KEPT}")
        machine.ask("sh", "-c", "echo force-depends > /etc/dpkg/dpkg.cfg.d/of-this-test")  # it has no udev, for one
        machine.until("the daemon is ready", lambda: machine.show("lockerd.service", "ActiveState") == "active")
        yield Cabinet(machine)


def test_N11_killed_in_every_phase_a_good_package_is_in_place_in_the_end(cabinet):
    tables = cabinet.tables()
    cabinet.begin(NEXT, within=45)
    cabinet.kill_when("staged", WHOLE)
    cabinet.kill_when("switched", "half-installed")
    cabinet.kill_when("switched", f"{NEXT} {WHOLE}")
    assert cabinet.ends() == ("good", NEXT, WHOLE)
    assert cabinet.tables() == tables + 1
    assert cabinet.events() > 0


def test_O4_N11_a_package_that_never_runs_goes_back_with_its_tables_killed_on_the_way(cabinet):
    tables = cabinet.tables()
    events = cabinet.events()
    cabinet.begin(BAD, within=30)
    cabinet.kill_when("back", "half-installed")
    cabinet.kill_when("back", f"{NEXT} {WHOLE}")
    assert cabinet.ends() == ("reverted", NEXT, WHOLE)
    assert cabinet.tables() == tables
    assert cabinet.events() >= events
