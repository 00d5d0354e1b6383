"""A daemon as an update sees it: `GET /health` on its port, one process, as good or as bad as its release says.

stand_in_daemon.py COMMAND … --config SITE     run, idle, backup DEST, restore SRC --force, update …
"""

import http.server
import json
import os
import shutil
import sqlite3
import sys
import time
import tomllib
from pathlib import Path

RELEASE = Path(sys.argv[0]).resolve().parents[1]
BEHAVIOUR = json.loads((RELEASE / "behaviour.json").read_text())
WORDS = sys.argv[1:]
SITE = tomllib.loads(Path(WORDS[WORDS.index("--config") + 1]).read_text())
DATA = Path(SITE["storage"]["data"])
DATABASE = DATA / "locker.db"


def schema():
    with sqlite3.connect(DATABASE) as db:
        return db.execute("pragma user_version").fetchone()[0]


def run():
    if BEHAVIOUR.get("fails_on_newer") and schema() > BEHAVIOUR["schema"]:
        sys.exit("this database is of a newer version")
    if BEHAVIOUR.get("migrates"):
        with sqlite3.connect(DATABASE) as db:
            db.execute(f"pragma user_version = {BEHAVIOUR['schema']}")
    if BEHAVIOUR.get("deaf"):
        time.sleep(3600)
    began = time.monotonic()
    doors = [door["id"] for door in SITE["compartment"]]

    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            unseen = [door for door in doors if door in BEHAVIOUR.get("blind", [])]
            if BEHAVIOUR.get("blind_on_newer") and schema() > BEHAVIOUR["schema"]:
                unseen = doors
            if time.monotonic() - began > BEHAVIOUR.get("dies_after", 1e9):
                os._exit(1)
            status = "sealed" if BEHAVIOUR.get("sealed") else "degraded" if unseen else "ok"
            body = json.dumps({"status": status, "version": BEHAVIOUR["version"], "unseen": unseen}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            return

    port = int(SITE["staff"]["listen"].rpartition(":")[2])
    http.server.ThreadingHTTPServer.allow_reuse_address = True
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Health).serve_forever()


def noted():
    with (DATA / "commands").open("a") as file:
        file.write(f"{BEHAVIOUR['version']} {' '.join(WORDS[: WORDS.index('--config')])}\n")


match WORDS[0]:
    case "run":
        run()
    case "idle":
        noted()
        if (DATA / "visitor").exists():
            sys.exit("somebody is at A1")
    case "backup":
        noted()
        shutil.copyfile(DATABASE, WORDS[1])
    case "restore":
        noted()
        shutil.copyfile(WORDS[1], DATABASE)
