"""`make pi-test`: the machine of each group of rows, and the table of all of them."""

import fcntl
import os
import re
import shutil
import time

import pytest
from pi_cabinet import EmulatedCabinet
from pi_card import copy_of
from pi_commission import commissioned
from pi_initramfs import world_archive
from pi_kernel import kernel
from pi_places import MADE

TABLE = MADE / "table.md"
KEEP = bool(os.environ.get("PI_KEEP"))
"""While one works on a row: the first start of the card is not repeated as long as the image is the same."""

NO_SCREEN = "systemd.mask=locker-kiosk.service"
PATIENT_WATCHDOG = "systemd.watchdog_sec=600"
"""An emulator that gets no processor for ten seconds feeds its hardware watchdog late, and would be reset for that."""


@pytest.fixture(scope="session")
def first():
    """The recorded first start of a new card."""
    if os.geteuid():
        pytest.exit("make pi-test mounts file systems and needs root")
    if shutil.which("qemu-system-aarch64") is None or not (MADE / "locker-pi.img").exists():
        pytest.exit("make pi-image comes first")
    with (MADE / "first.lock").open("w") as lock:  # groups of rows that run side by side start it once
        fcntl.flock(lock, fcntl.LOCK_EX)
        world_archive(kernel())
        return commissioned(keep=KEEP)


@pytest.fixture(scope="module")
def machine(first):
    """Give power to a machine on a card: `machine(name)` on a fresh copy of the commissioned one.

    Cut at the end of its rows, before the next group gives power to its own.
    """
    running = []

    def power(name, *, card=None, append=NO_SCREEN, watchdog=PATIENT_WATCHDOG, **options):
        if card is None:
            card = copy_of(first.card, MADE / "run" / f"{name}.img")
        running.append(EmulatedCabinet(card, name, token=first.token, append=f"{append} {watchdog}", **options))
        return running[-1]

    (MADE / "run").mkdir(exist_ok=True)
    yield power
    for one in running:
        one.cut()


LONGEST_FIRST = (8, 9, 3, 2, 4, 1, 7, 5, 10, 6)
"""Groups in the order in which they begin, so that those side by side end together."""


def pytest_collection_modifyitems(items):
    """Rows of a group stay together and in their order."""
    if all(_group(item.nodeid) for item in items):
        items.sort(key=lambda item: LONGEST_FIRST.index(_group(item.nodeid)))


def _group(nodeid):
    found = re.search(r"pi/row_(\d+)_", nodeid)
    return int(found[1]) if found else 0


@pytest.fixture
def measured(request):
    """What a row measured: sentences for its line of the table."""
    said = []
    request.node.user_properties.append(("measured", said))
    return said


ROWS = []
BEGAN = time.monotonic()


def pytest_runtest_logreport(report):
    """A row, in whichever process it was run."""
    group = _group(report.nodeid)
    if group and report.outcome != "skipped" and (report.when == "call" or report.outcome != "passed"):
        said = dict(report.user_properties).get("measured", [])
        name = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
        ROWS.append((group, name, report.outcome, "; ".join(said), report.duration))


def pytest_terminal_summary(terminalreporter):
    """The table, also as a file."""
    if not ROWS:
        return
    lines = ["| what is proved | result | measured | row took |", "|---|---|---|---|"]
    in_order = sorted(ROWS, key=lambda row: row[0])
    lines += [f"| {name} | {outcome} | {said} | {took:.0f} s |" for _, name, outcome, said, took in in_order]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    terminalreporter.write_line("")
    terminalreporter.write_line("\n".join(lines))
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    terminalreporter.write_line(f"\n{time.monotonic() - BEGAN:.0f} s in all; load of this machine at the end {load}")
