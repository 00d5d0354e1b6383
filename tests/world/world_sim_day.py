"""One day of a real `locker-sim` through the real drivers, twenty times as fast, with people and faults.

As a command: `python tests/world/world_sim_day.py --hours 24`. Afterwards the audit must pass and every pulse have its
order.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
TREE = HERE.parents[1]
sys.path[:0] = [str(TREE / "tests" / "power"), str(TREE / "tests"), str(TREE)]

from locker_sim import free_ports  # noqa: E402
from power_cabinet import Cabinet  # noqa: E402  as a command this file finds its own neighbours first

from locker.journal.audit import AuditFault, audit  # noqa: E402
from locker.journal.store import read_only  # noqa: E402

SPEED = 20
SITE = TREE / "firmware_config" / "sites" / "demo-24.toml"


class Day(Cabinet):
    """The example cabinet of 24 on pins and a serial board, at our own addresses."""

    def __init__(self, folder):
        super().__init__(folder)
        text = SITE.read_text("utf-8")
        for port, mine in zip((8080, 8443, 8090, 8091), (*self.ports, free_ports(1)[0]), strict=True):
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{mine}")
        text = re.sub(r'"/dev/(locker-[a-z0-9]+)"', rf'"{self.folder}/\1"', text)
        text = re.sub(r'^data = ".*"', f'data = "{self.data}"', text, flags=re.MULTILINE)
        self.site.write_text(text, "utf-8")


def live(cabinet, hours, chance):
    """Let people come and things break; how often something broke."""
    faults, end = 0, time.monotonic() + hours * 3600 / SPEED
    cabinet.hand("POST", "/people", {"couriers_per_hour": 6, "residents_per_hour": 7})
    doors = sorted(cabinet.hand("GET", "/doors").json())
    while time.monotonic() < end:
        time.sleep(min(chance.uniform(10, 60), max(0.1, end - time.monotonic())))
        kind, door = chance.choice(["jammed", "coil-dead", "bouncy"]), chance.choice(doors)
        cabinet.fault(door, kind)
        faults += 1
        time.sleep(chance.uniform(1, 5))
        cabinet.fault(door, kind, on=False)
        for name, one in cabinet.compartments().items():
            if one["use"] == "check" and one["seen"] == "shut":
                held = cabinet.hand("GET", "/doors").json()[name]["load"] is not None and one["parcels"]
                cabinet.ask("POST", f"/compartments/{name}/clear", {"content": "parcel" if held else "empty"})
            elif one["use"] == "retired":
                cabinet.ask("POST", f"/compartments/{name}/restore")
    return faults


def examine(cabinet):
    """What was broken, in sentences."""
    wrong = []
    pulses = Counter(pulse["door"] for pulse in cabinet.hand("GET", "/pulses").json())
    db = read_only(cabinet.data)
    try:
        events = audit(db)
    except AuditFault as found:
        events, wrong = 0, [str(found)]
    sql = "select json_extract(data, '$.compartment'), count(*) from event where kind = 'UnlockOrdered' group by 1"
    orders = dict(db.execute(sql).fetchall())
    states = dict(db.execute("select state, count(*) from parcel group by 1").fetchall())
    db.conn.close()
    wrong += [
        f"{door}: {n} pulses, {orders.get(door, 0)} orders" for door, n in pulses.items() if n > orders.get(door, 0)
    ]
    return wrong, {"events": events, "pulses": sum(pulses.values())} | states


def main():
    """Print what the day came to; 1 when a rule was broken."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cabinet = Day(folder)
        try:
            cabinet.token()
            cabinet.start(more=["--speed", str(SPEED)])
            faults = live(cabinet, asked.hours, random.Random(asked.seed))
            wrong, counts = examine(cabinet)
            wrong += [] if cabinet.end() == 0 else ["it did not end cleanly"]
        finally:
            cabinet.close()
    told = f"{asked.hours:g} hours at speed {SPEED}: {json.dumps(counts)}, faults {faults}"
    sys.stdout.write(f"{told}, invariants broken {len(wrong)}\n" + "".join(f"  {line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
