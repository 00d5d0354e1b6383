"""The child that makes one backup: it copies, seals and delivers, and the daemon serves its doors meanwhile.

One JSON line comes in ({"data", "site", "name", "recipients", "places"}), one goes out ({"size", "sha256", "delivered",
"faults"}, or {"faults"} alone where there is nothing to deliver).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from links.backup_places import NotDelivered, deliver
from links.options import BackupPlace
from locker.errors import SettingsError
from locker.services.backup import MadeBackup, seal_backup

if TYPE_CHECKING:
    from links.options import BackupOptions

MADE_WITHIN = 4 * 3600
_PLACES: TypeAdapter[list[Any]] = TypeAdapter(list[BackupPlace])


async def make_backup(options: BackupOptions, data: Path, site: str, name: str) -> MadeBackup:
    """Let a child make a backup of this name; what became of it. Never raises for a place or a disk that fails."""
    order = {
        "data": str(data),
        "site": site,
        "name": name,
        "recipients": options.recipients,
        "places": _PLACES.dump_python(options.place, mode="json"),
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "links.backup_process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )
    try:
        async with asyncio.timeout(MADE_WITHIN):
            said, _ = await child.communicate(json.dumps(order).encode())
        told = json.loads(said)
    except TimeoutError:
        return MadeBackup(name, faults=["it did not end within four hours"])
    except ValueError:
        return MadeBackup(name, faults=[f"its process ended with {child.returncode}"])
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return MadeBackup(name, **told)


def make_here(order: dict[str, Any]) -> dict[str, Any]:
    """Make the backup in this process."""
    data, site = Path(order["data"]), str(order["site"])
    delivered, faults = [], []
    try:
        with tempfile.TemporaryDirectory(dir=data, prefix=".sealed-") as draft:
            sealed = Path(draft) / str(order["name"])
            seal_backup(data, sealed, order["recipients"])
            for place in _PLACES.validate_python(order["places"]):
                try:
                    deliver(place, sealed, data, site)
                    delivered.append(place.name)
                except NotDelivered as fault:
                    faults.append(str(fault))
            with sealed.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return {"size": sealed.stat().st_size, "sha256": sha256, "delivered": delivered, "faults": faults}
    except SettingsError as wrong:
        return {"faults": wrong.faults}
    except OSError as fault:
        return {"faults": [f"the copy cannot be written: {fault.strerror}"]}


def main() -> int:
    """Serve one order."""
    os.nice(10)
    print(json.dumps(make_here(json.loads(sys.stdin.read()))))  # noqa: T201  the answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
