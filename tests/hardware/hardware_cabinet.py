"""A whole `locker-sim` process whose doors hang on one bank of any kind."""

import json

from locker_sim import SITE, LockerSim

KINDS = {
    "gpio": {},
    "mcp23017": {"address": 0x21},
    "cb8a": {"byte_order": "high-first"},
    "kerong-cu16": {"address": 3},
    "kerong-cu48": {"address": 2, "shut_bit": 0},
    "modbus": {"address": 7, "channels": 8, "pulse_ms": 200},
}
ON_PINS = ("gpio", "mcp23017")
FAULTS = ("unplugged", "silent", "noise", "lost-replies", "slow")
DEAF = ("unplugged", "silent")
DOORS = {"B1": "M", "B2": "M"}


class WiredCabinet(LockerSim):
    """Two doors on one bank named `wire`; a serial bank's port is a pty in the cabinet's own folder."""

    def __init__(self, folder, kind):
        super().__init__(folder, sizes=DOORS)
        self.on_pins = kind in ON_PINS
        head, _ = SITE.split("[[bank]]")
        text = head.format(
            data=self.data, kiosk=self.kiosk_port, staff=self.staff_port, world=self.world_port, pickup=""
        )
        keys = {"name": "wire", "kind": kind} | KINDS[kind]
        if not self.on_pins:
            keys["port"] = str(self.folder / "bus")
        text += table("bank", keys)
        for number, (name, size) in enumerate(DOORS.items()):
            place = {"lock": 8 + number, "switch": number} if self.on_pins else {"channel": 8 - number}
            text += table("compartment", {"id": name, "size": size, "bank": "wire", "column": number + 1} | place)
        self.file.write_text(text, "utf-8")

    def wire(self, fault, *, on=True):
        self.hand("/banks/wire/fault", {"kind": fault, "on": on})

    def seen(self, name):
        return self.get(f"/compartments/{name}")["seen"]

    def until_seen(self, name, value):
        self.until(f"{name} seen {value}", lambda: self.seen(name) == value)


def table(name, keys):
    """One table of an array, as TOML."""
    return f"\n[[{name}]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
