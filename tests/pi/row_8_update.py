"""Rows: updates on the machine itself, with the real daemons, dpkg and systemd, and the mains plug in every phase."""

import json
import shutil
import time

import pytest
from pi_audit import audited
from pi_card import copy_of, data_partition
from pi_offline import put_package, root_of
from pi_places import MADE, Failed, say
from pi_product import todays_package
from pi_releases import NO_PINS, PREVIOUS, a_table_more, later_package, previous_package

OLD, TODAY, NEXT, BAD = "0.0.9", "0.1.0", "0.2.0", "0.3.0"
KEPT = "/var/cache/locker"
ENDED = {"good", "reverted", "broken"}
WATCHED = [9, 10, 11]


class Updated:
    """One cabinet and its card, through releases and power cuts."""

    def __init__(self, machine, card):
        self._machine, self.card = machine, card
        self.pi, self.within, self.edges, self.token = None, 0, [], ""

    def power(self, *, new_card=False):
        self.pi = self._machine("update", card=self.card)
        self.pi.token = self.token
        self.pi.wait_first_restart() if new_card else self.pi.wait_far_end()
        self.pi.far_end("watch", pins=WATCHED)
        self.pi.shut_every_door()
        return self.pi

    def cut(self):
        self.edges += self.pi.pins
        self.pi.cut()

    def take_in(self, package):
        """What a person does with a stick: the package onto the card, where updates keep theirs."""
        with root_of(self.card) as root:
            folder = root / KEPT.lstrip("/")
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(package, folder / package.name.replace("_arm64", ""))

    def begin(self, version):
        self.pi.command(
            "systemd-run --unit=a-person --collect lockerd update --config /etc/locker/site.toml --unsigned "
            f"--within {self.within} {KEPT}/lockerd_{version}.deb"
        )

    def progress(self):
        """How far the update is, and whether dpkg stands in the middle."""
        said = self.pi.command(f"cat {KEPT}/update.json; echo; dpkg-query -W -f '${{Status}}' lockerd", ok=(0, 1))
        told, _, status = said.rpartition("\n")
        try:
            return json.loads(told)["phase"], status
        except ValueError:
            return "", status

    def wait(self, condition, what, seconds=3000):
        until = time.monotonic() + seconds
        while not condition(*self.progress()):
            if time.monotonic() > until:
                raise Failed(f"{what}: not within {seconds} s, but {self.progress()}\n{self.journal()}")
            time.sleep(1)  # each look starts two programs inside, and the shortest phase takes ten

    def journal(self):
        return self.pi.command("journalctl -b -o cat --no-pager -u locker-update -u a-person -u lockerd | tail -40")

    def ended(self):
        """The phase in which the update ended."""
        self.wait(lambda phase, _: phase in ENDED, "the end of the update")
        return self.progress()[0]

    def is_next(self, version):
        """True when dpkg has put this version in place."""
        return self.pi.command("dpkg-query -W -f '${Version}' lockerd") == version

    def runs(self):
        self.pi.wait_ready()
        self.pi.wait_network()
        health = self.pi.ask("GET", "/health")[1]
        assert (health["status"], health["unseen"]) == ("ok", []), health
        return self.pi.command("dpkg-query -W -f '${Version} ${Status}' lockerd")

    def schema(self):
        return int(self.pi.command(
            "python3 -c 'import sqlite3; print(sqlite3.connect(\"file:/var/lib/locker/locker.db?mode=ro\", uri=True)"
            '.execute("pragma user_version").fetchone()[0])\''
        ))  # fmt: skip

    def parcels(self):
        return {(one["id"], one["state"]) for one in self.pi.ask("GET", "/parcels")[1]["items"]}


@pytest.fixture(scope="module")
def cabinet(first, machine):
    """The earlier release with its own journal: two parcels behind doors."""
    card = copy_of(first.blank, MADE / "run" / "update.img")
    today = todays_package()
    put_package(card, previous_package(OLD))
    one = Updated(machine, card)
    later = later_package(today, NEXT, a_table_more("next"))
    bad = later_package(today, BAD, a_table_more("next"), a_table_more("after_next"), NO_PINS)
    for package in (previous_package(OLD), today, later, bad):
        one.take_in(package)
    pi = one.power(new_card=True)
    ready = pi.wait_ready()
    pi.make_token()
    pi.wait_network()
    one.token = pi.token
    began = pi.since()
    pi.command("systemctl restart lockerd")
    one.within = max(120, round(4 * (pi.wait_ready() - began)))
    say(f"update: ready after {ready:.0f} s, a version has {one.within} s to show its doors")
    resident = {"unit": "1203", "name": "Wang", "phone": "+8613800000000", "consent": True}
    assert pi.ask("PUT", "/residents", resident)[0] in {200, 201}
    for number in range(2):
        status, told = pi.deposit(f"OLD{number}")
        assert status == 201, told
        pi.spring(told["compartment"])
        pi.wait_seen(told["compartment"], "open")
        pi.push(told["compartment"])
        pi.wait_seen(told["compartment"], "shut")
    one.stored = one.parcels()
    assert {state for _, state in one.stored} == {"stored"}
    pi.wait(lambda: pi.pins[-1][2] == 0, 60, "the end of the last pulse")
    pi.pins.clear()  # from here on no coil moves
    return one


def test_N11_the_package_of_before_with_its_journal_becomes_today_s(cabinet, measured):
    pi, before = cabinet.pi, cabinet.schema()
    began = pi.since()
    cabinet.begin(TODAY)
    assert cabinet.ended() == "good", cabinet.journal()
    measured.append(f"{OLD} of {PREVIOUS} to {TODAY} in {pi.since() - began:.0f} s, judged by what ran before")
    assert cabinet.runs() == f"{TODAY} install ok installed"
    assert cabinet.parcels() == cabinet.stored
    measured.append(f"{before} to {cabinet.schema()} steps of the tables, 2 parcels as they were")


def test_N11_the_mains_fail_in_every_phase_of_an_update_and_it_goes_on_by_itself(cabinet, measured):
    tables = cabinet.schema()
    cabinet.begin(NEXT)
    cuts = {
        "staged": lambda phase, _: phase == "staged",
        "unpacking": lambda phase, dpkg: phase == "switched" and not dpkg.endswith(" installed"),
        "judging": lambda phase, dpkg: phase == "switched" and dpkg.endswith(" ok installed") and cabinet.is_next(NEXT),
    }
    for name, condition in cuts.items():
        cabinet.wait(condition, name)
        measured.append(f"cut while {name}: {cabinet.progress()[1]}")
        cabinet.cut()
        cabinet.power()
    assert cabinet.ended() == "good", cabinet.journal()
    assert cabinet.runs() == f"{NEXT} install ok installed"
    assert (cabinet.schema(), cabinet.parcels()) == (tables + 1, cabinet.stored)


def test_N11_a_release_that_reaches_no_pin_goes_back_with_its_tables_through_two_cuts(cabinet, measured):
    pi, tables = cabinet.pi, cabinet.schema()
    cabinet.begin(BAD)
    cabinet.wait(lambda phase, _: phase == "back", "the way back")
    assert "it does not see A1, A2, A3" in cabinet.journal()
    cabinet.wait(lambda _, dpkg: not dpkg.endswith(" installed"), "unpacking of the one before")
    cabinet.cut()
    cabinet.power()
    cabinet.wait(lambda _, dpkg: dpkg.endswith(" ok installed") and cabinet.is_next(NEXT), "the one before, judged")
    cabinet.cut()
    pi = cabinet.power()
    assert cabinet.ended() == "reverted", cabinet.journal()
    measured.append(f"reverted {pi.since():.0f} s after the second cut")
    assert cabinet.runs() == f"{NEXT} install ok installed"
    assert (cabinet.schema(), cabinet.parcels()) == (tables, cabinet.stored)
    said = [one["data"] for one in pi.ask("GET", "/events?after=0&limit=500")[1] if one["kind"] == "UpdateEnded"]
    measured.append(f"{len(said)} updates told")


def test_no_coil_moved_through_all_of_it_and_the_journal_is_whole(cabinet, measured):
    pi = cabinet.pi
    assert {level for _, _, level, _ in cabinet.edges + pi.pins} == {0}
    pi.order_open("A3")
    pi.wait(lambda: [edge for edge in pi.coil_edges("A3") if edge[1]], 60, "the coil of A3")
    pi.cut()
    events = audited(data_partition(cabinet.card, MADE / "run" / "update-data.img"))
    measured.append(f"audit clean with {events} events; a door opens")
