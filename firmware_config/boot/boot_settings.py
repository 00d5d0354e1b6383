#!/usr/bin/python3 -I
"""The firmware's part of a cabinet on a Raspberry Pi: `boot_settings.py SITE [--clock ds3231] [--remove]`.

Writes locker.txt beside config.txt, for any model of Pi, from what the site file says of pins, lines and expanders, and
one line in config.txt that includes it. What stood there stays; a copy of each file as it was before the first time is
kept. Run by root; again after a change of the site file. Needs nothing but Python's own library.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

INCLUDE = "include locker.txt"
HEADER_LINES = frozenset({"/dev/serial0", "/dev/ttyAMA0", "/dev/ttyS0"})
"""Names under which the serial line of the header is known; on a Pi 5 it is ttyAMA0 only."""

CONSOLES = ("console=serial0,", "console=ttyAMA0,", "console=ttyS0,")
MEMORY_LIMITS = "cgroup_enable=memory"
"""Firmware of the Pi switches limits of memory off unless the kernel's own line says this."""


def pin_ranges(pins: list[int]) -> str:
    """`9-20,22`: pins as the firmware takes them."""
    parts: list[list[int]] = []
    for pin in sorted(pins):
        if parts and pin == parts[-1][-1] + 1:
            parts[-1].append(pin)
        else:
            parts.append([pin])
    return ",".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)


def fragment(site: dict[str, Any], clock: str | None = None) -> str:
    """The text of locker.txt for this site file."""
    banks, doors = site.get("bank", []), site.get("compartment", [])
    lines = [
        f"# {site['site']['id']}: written by boot_settings.py from the site file; run that again, change nothing here.",
        "[all]",
        *_pins([bank for bank in banks if bank["kind"] == "gpio"], doors),
        *_serial(site),
        *_i2c(any(bank["kind"] == "mcp23017" and bank.get("bus", 1) == 1 for bank in banks), clock),
    ]
    if site.get("sensor"):
        lines += ["", "# Thermometers on one wire: pin 4.", "dtoverlay=w1-gpio,gpiopin=4"]
    lines += [
        "",
        "# The board restarts when kernel or systemd hang. Its timer holds 15 s at most.",
        "dtparam=watchdog=on",
        "kernel_watchdog_timeout=15",
        "",
        "# A public machine.",
        "disable_splash=1",
    ]
    return "\n".join(lines) + "\n"


def _pins(banks: list[dict[str, Any]], doors: list[dict[str, Any]]) -> list[str]:
    if not banks:
        return []
    lines = [
        "",
        "# Locks at rest, switches pulled to what they read while open. This works only seconds after power: until",
        "# then the resistors of wiring.md keep the coils off, nothing else does.",
    ]
    for bank in banks:
        mine = [door for door in doors if door["bank"] == bank["name"]]
        rest = "dl" if bank.get("lock_active", "high") == "high" else "dh"
        pull = "pu" if bank.get("switch_shut", "low") == "low" else "pd"
        lines.append(f"gpio={pin_ranges([door['lock'] for door in mine])}=op,{rest}")
        lines.append(f"gpio={pin_ranges([door['switch'] for door in mine])}=ip,{pull}")
    return [
        *lines,
        "# A process that is killed in mid-pulse must not leave the coil on: without this the kernel of Raspberry Pi",
        "# keeps the last level of a pin for ever. Documented up to a Pi 4; try it once on a Pi 5.",
        "dtparam=strict_gpiod",
    ]


def uses_header_line(site: dict[str, Any]) -> bool:
    """True when a bank or reader hangs on the serial line of the header, pins 14 and 15."""
    wires = [*site.get("bank", []), *site.get("reader", [])]
    return any(wire.get("port") in HEADER_LINES for wire in wires)


def _serial(site: dict[str, Any]) -> list[str]:
    if not uses_header_line(site):
        return []
    return [
        "",
        "# The serial line of the header, pins 14 and 15, as /dev/ttyAMA0 on every model: up to a Pi 4 the good UART",
        "# is Bluetooth's unless that goes; on a Pi 5 serial0 is another plug, and the header's is switched on here.",
        "enable_uart=1",
        *("[pi3]", "dtoverlay=disable-bt", "[pi02]", "dtoverlay=disable-bt", "[pi4]", "dtoverlay=disable-bt"),
        *("[pi5]", "dtparam=uart0=on", "[all]"),
    ]


def _i2c(expanders: bool, clock: str | None) -> list[str]:
    lines: list[str] = []
    if expanders or clock:
        lines += ["", "# Expanders and clocks: pins 2 and 3.", "dtparam=i2c_arm=on", "dtparam=i2c_arm_baudrate=100000"]
    if clock:
        lines += [
            "# A clock that goes on without power. A Pi 5 has its own and needs only the cell.",
            *("[pi02]", f"dtoverlay=i2c-rtc,{clock}", "[pi3]", f"dtoverlay=i2c-rtc,{clock}"),
            *("[pi4]", f"dtoverlay=i2c-rtc,{clock}", "[all]"),
        ]
    return lines


def with_include(config: str) -> str:
    """config.txt with the one line, once, and whatever filter stood at its end taken back."""
    lines = without_include(config).rstrip("\n")
    return (f"{lines}\n" if lines else "") + f"\n# The cabinet's own lines.\n[all]\n{INCLUDE}\n"


def without_include(config: str) -> str:
    """config.txt as it was without us."""
    ours = f"\n# The cabinet's own lines.\n[all]\n{INCLUDE}\n"
    return (
        config.replace(ours, "")
        if ours in config
        else "".join(line for line in config.splitlines(keepends=True) if line.strip() != INCLUDE)
    )


def kernel_line(line: str, *, header_line: bool) -> str:
    """cmdline.txt: no console on a line that belongs to a lock board, and limits of memory that hold."""
    words = [word for word in line.split() if not (header_line and word.startswith(CONSOLES))]
    return " ".join(words if MEMORY_LIMITS in words else [*words, MEMORY_LIMITS]) + "\n"


def put(path: Path, text: str) -> bool:
    """Write a file so that a power cut leaves the old one or the new one; True when it changed."""
    before = path.read_text(encoding="utf-8") if path.exists() else None
    if before == text:
        return False
    copy = path.with_name(f"{path.name}.before-locker")
    if before is not None and path.name != "locker.txt" and not copy.exists():
        _durable(copy, before)
    _durable(path, text)
    return True


def _durable(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def apply(site: dict[str, Any], boot: Path, clock: str | None) -> bool:
    """Write all three files; True when one changed, which needs a restart."""
    config, cmdline = boot / "config.txt", boot / "cmdline.txt"
    changed = put(boot / "locker.txt", fragment(site, clock))
    changed |= put(config, with_include(config.read_text(encoding="utf-8")))
    if cmdline.exists():
        line = cmdline.read_text(encoding="utf-8")
        changed |= put(cmdline, kernel_line(line, header_line=uses_header_line(site)))
    return changed


def remove(boot: Path) -> None:
    """Take the line and the fragment away again; cmdline.txt stays, what it says harms nobody."""
    config = boot / "config.txt"
    put(config, without_include(config.read_text(encoding="utf-8")))
    (boot / "locker.txt").unlink(missing_ok=True)


def boot_folder() -> Path | None:
    """Where the firmware reads: /boot/firmware, before Debian 12 /boot; None on no Raspberry Pi."""
    return next((path for path in (Path("/boot/firmware"), Path("/boot")) if (path / "config.txt").exists()), None)


def main() -> int:
    """Do what the command line asks for; 1 with a sentence when it cannot be done."""
    parser = argparse.ArgumentParser(description="Write the cabinet's lines for the firmware of a Raspberry Pi.")
    parser.add_argument("site", type=Path, help="the site file")
    parser.add_argument("--boot", type=Path, default=boot_folder(), help="the folder of config.txt")
    parser.add_argument("--clock", metavar="CHIP", help="a clock on I²C, as ds3231")
    parser.add_argument("--remove", action="store_true", help="take them away again")
    asked = parser.parse_args()
    if asked.boot is None or not (asked.boot / "config.txt").exists():
        print("there is no config.txt: this is no Raspberry Pi, and nothing needs to be written")
        return 0
    try:
        if asked.remove:
            remove(asked.boot)
            return 0
        site = tomllib.loads(asked.site.read_text(encoding="utf-8-sig"))
        changed = apply(site, asked.boot, asked.clock)
    except (OSError, ValueError, KeyError) as fault:
        print(f"{asked.site} or {asked.boot}: {fault}", file=sys.stderr)
        return 1
    print(f"{asked.boot}/locker.txt: {'written; restart the Pi' if changed else 'nothing changed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
