"""What the screen must know of the site file, which its user may not read: `screen_settings.py SITE FOLDER`.

Writes FOLDER/address, where the touchscreen's page is, FOLDER/phone, who helps until it answers, and
FOLDER/policy.json, which lets the browser go there and nowhere else. Run by root before each start of the screen.
Needs nothing but the library of Python.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

DEFAULT_LISTEN = "127.0.0.1:8080"
HERE = Path(__file__).resolve().parent


def help_phone(site: Path) -> str:
    """`[site] help_phone` of the site file, as it stands in an address; empty when there is none."""
    try:
        phone = tomllib.loads(site.read_text(encoding="utf-8-sig"))["site"]["help_phone"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return quote(phone) if isinstance(phone, str) else ""


def kiosk_listen(site: Path) -> str:
    """`[kiosk] listen` of the site file, or what it is by default: a file that cannot be read has no daemon to show."""
    try:
        listen = tomllib.loads(site.read_text(encoding="utf-8-sig"))["kiosk"]["listen"]
    except (OSError, ValueError, KeyError, TypeError):
        return DEFAULT_LISTEN
    return listen if isinstance(listen, str) else DEFAULT_LISTEN


def main(site: Path, folder: Path) -> None:
    """Write both files, readable by everybody: they hold no secret."""
    address = f"http://{kiosk_listen(site)}/"
    policy = json.loads((HERE / "kiosk-policy.json").read_text(encoding="utf-8"))
    policy["URLAllowlist"] = [address.rstrip("/"), f"{HERE.as_uri()}/starting.html"]
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    said = {"address": address, "phone": help_phone(site), "policy.json": json.dumps(policy, indent=2)}
    for name, text in said.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
        (folder / name).chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
