"""O15: a start brings in nothing before it is needed; every library here is a part of a second on a Pi."""

import json
import subprocess
import sys

from tree import ROOT

READY = """
import json, sys
sys.modules["rich"] = None  # of the test tools: a cabinet has none
import lockerd.daemon
lockerd.daemon.import_listeners()
print(json.dumps([*sys.modules]))
"""
AFTER_READY = {
    "fastapi": "describes the machine API, and serves nothing",
    "opentelemetry": "comes with FastAPI",
    "jinja2": "draws the first screen",
    "babel": "words for the first screen",
    "api.kiosk": "the first screen",
    "api.machine": "the first program that asks",
    "api.staff": "the first page of the panel",
    "phonenumbers": "a number that is no Chinese mobile",
    "h11": "where httptools has no wheel",
    "httpx": "a site with a webhook",
    "smtplib": "a site with a mail server",
    "apprise": "a site with apprise",
    "cryptography.x509": "a listener off loopback",
    "PIL": "the child that sees",
    "zxingcpp": "the child that sees",
    "segno": "drawing a QR code",
    "gpiozero": "a bank on pins",
    "serial": "a bank or a scanner on a serial line",
    "smbus2": "a bank on I2C",
    "simulator": "another program",
}


def test_what_is_needed_after_ready_is_imported_after_ready():
    done = subprocess.run([sys.executable, "-c", READY], cwd=ROOT, capture_output=True, text=True, check=True)
    brought = json.loads(done.stdout)
    early = {name for name in AFTER_READY if any(f"{each}.".startswith(f"{name}.") for each in brought)}
    assert {name: AFTER_READY[name] for name in early} == {}
