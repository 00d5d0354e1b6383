"""A data partition as a cut left it: mounted by a real ext4, and audited by the product's own audit on this machine."""

import contextlib
import gc
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pi_cabinet import SITE
from pi_machine import free_port
from pi_places import ROOT, Failed, run

from locker.services.admin import run_audit

WHOLE = re.compile(r"^(\d+) events: the chain is whole", re.MULTILINE)
NOTHING = "nothing has been recorded yet"


@contextlib.contextmanager
def mounted(image):
    """The folder of a data partition; mounting replays the journal of its ext4, as the next start does."""
    with tempfile.TemporaryDirectory() as folder:
        run("mount", "-o", "loop", image, folder)
        try:
            yield Path(folder)
        finally:
            gc.collect()  # an error that was dealt with may hold what it had open
            run("umount", folder)


def audited(image):
    """Events of the journal, 0 before there is any. Raises Failed where the audit finds a fault."""
    with mounted(image) as folder:
        return audit_of(folder)


def audit_of(folder):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = run_audit(folder)
    text = said.getvalue()
    if code == 0 and NOTHING in text:
        return 0
    if code or not (found := WHOLE.search(text)):
        raise Failed(f"audit: exit {code}, {text[:500]}")
    return int(found[1])


def daemon_starts(folder):
    """Start the daemon on this folder, wires made of software, until it says that it is ready. Raises Failed."""
    kiosk, staff, world = (f"127.0.0.1:{free_port()}" for _ in range(3))
    with tempfile.TemporaryDirectory() as place:
        site = Path(place) / "site.toml"
        text = SITE.read_text(encoding="utf-8").replace("/dev/locker-rs485", f"{place}/rs485")
        site.write_text(text.replace("127.0.0.1:8080", kiosk).replace("0.0.0.0:8443", staff), encoding="utf-8")
        _until_ready([sys.executable, "-u", "-m", "simulator", str(site), "--data", str(folder), "--listen", world])


def _until_ready(command):
    said = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as daemon:
        for line in daemon.stdout:
            said.append(line)
            if line.strip() == "ready":
                daemon.terminate()
                daemon.wait(60)
                return
    raise Failed(f"the daemon did not start: {''.join(said)[-1500:]}")
