"""The first start of a new card, recorded: no network, no clock, then its first token and parcels.

Other rows go on from it.
"""

import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pi_cabinet import SITE, EmulatedCabinet
from pi_card import copy_of, put_on_boot_partition
from pi_machine import device_tree
from pi_places import MADE, say

CARD = MADE / "locker-pi.img"
DEAD_CLOCK = "2020-01-01T00:00:00"
PARCELS = 6


@dataclass
class Commissioned:
    """A card that has been started once, and what was seen meanwhile."""

    card: str
    log: str
    blank: str
    token: str = ""
    run: str = ""
    facts: dict = field(default_factory=dict)
    answered: list = field(default_factory=list)
    """Of each parcel: its number, and how long the recorded log was when its answer came."""


def recording_drive(card, log):
    """A card reader that keeps every write and every flush in the log, in the order in which the card got them."""
    Path(log).write_bytes(b"")
    node = {
        "driver": "blklogwrites", "node-name": "sd", "log-sector-size": 512,
        "file": {"driver": "raw", "node-name": "card", "file": {"driver": "file", "filename": str(card)}},
        "log": {"driver": "file", "filename": str(log)},
    }  # fmt: skip
    return ("-blockdev", json.dumps(node))


def commissioned(*, keep):
    """Start a new card, once a run; with `keep`, once an image."""
    kept, run = MADE / "commissioned.json", os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    if kept.exists() and kept.stat().st_mtime > CARD.stat().st_mtime:
        one = Commissioned(**json.loads(kept.read_text(encoding="utf-8")))
        if keep or (run and one.run == run):
            return one
    device_tree()
    one = Commissioned(str(MADE / "commissioned.img"), str(MADE / "commissioned.log"), str(MADE / "blank.img"), run=run)
    copy_of(CARD, one.blank)
    put_on_boot_partition(one.blank, {"site.toml": SITE})
    copy_of(one.blank, one.card)
    _first_start(one)
    kept.write_text(json.dumps(asdict(one)), encoding="utf-8")
    return one


def _first_start(one):
    drive, facts = recording_drive(one.card, one.log), one.facts
    with EmulatedCabinet(one.card, "first", drive=drive, clock=DEAD_CLOCK,
                         append="systemd.mask=locker-kiosk.service") as pi:  # fmt: skip
        pi.qmp("set_link", name="net", up=False)
        pi.wait_first_restart()
        facts["far end"] = pi.since()
        pi.far_end("watch", pins=[9, 10, 11])
        pi.shut_every_door()
        facts["ready"], facts["own"] = pi.wait_ready(), pi.own()
        say(f"first start: far end {facts['far end']:.0f} s, ready {facts['ready']:.0f} s")
        facts["routes"] = pi.command("ip route")
        facts["date"] = pi.command("date -u +%F")
        facts["synced"] = pi.command("timedatectl show --value -p NTPSynchronized")
        facts["failed"] = pi.command("systemctl --failed --no-legend --plain")
        facts["health"] = pi.command(
            "python3 -c 'import ssl,urllib.request as u; c=ssl._create_unverified_context(); "
            'print(u.urlopen("https://127.0.0.1:8443/api/v1/health",context=c).read().decode())\''
        )
        facts["coils"] = [list(edge) for edge in pi.pins]
        facts["memory"] = pi.command("free -m | awk 'NR==2{print $3, $7}'; systemctl show -P MainPID lockerd | "
                                     "xargs -I% awk '/VmRSS/{print $2}' /proc/%/status")  # fmt: skip
        facts["analyze"] = pi.command("systemd-analyze; systemd-analyze blame --no-pager | head -5", ok=(0, 1))
        pi.make_token()
        one.token = pi.token
        pi.qmp("set_link", name="net", up=True)
        facts["network"] = pi.wait_network()
        facts["reached"] = pi.since()
        pi.command(f"date -u -s @{int(time.time())}")
        _parcels(pi, one)
        pi.power_off()


def _parcels(pi, one):
    resident = {"unit": "1203", "name": "Wang", "phone": "+8613800000000", "consent": True}
    assert pi.ask("PUT", "/residents", resident)[0] in {200, 201}
    for door in ("A1", "A2", "A3", "B1", "B2", "B3", "B4"):
        pi.wait_seen(door, "shut")
        if pi.compartment(door)["use"] == "check":
            pi.ask("POST", f"/compartments/{door}/clear", {"content": "empty"})
    for number in range(PARCELS):
        status, told = pi.deposit(f"SF{number}")
        one.answered.append([told.get("parcel"), status, Path(one.log).stat().st_size])
        if status != 201:
            continue
        door = told["compartment"]
        pi.spring(door)
        pi.wait_seen(door, "open")
        pi.push(door)
        pi.wait_seen(door, "shut")
