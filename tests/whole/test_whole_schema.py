"""The machine API keeps what its own OpenAPI document says: schemathesis asks a live `locker-sim` and finds nothing.

Seeded and bounded; docs/contributing.md has the command for a longer look.
"""

import os
import subprocess
from pathlib import Path

from locker_sim import SCRIPTS

from api.machine.operations import OPERATIONS

PATIENCE_S = 240
EXAMPLES = os.environ.get("SCHEMA_EXAMPLES", "2")


def asked_operations():
    """Every operation of the document but the stream, which never ends."""
    return len(OPERATIONS) - 1


def test_REL_11_schemathesis_finds_nothing(make_cabinet):
    cabinet = make_cabinet()
    here = Path(__file__).parent
    asked = subprocess.run(
        [
            *(SCRIPTS / "schemathesis", "run", f"http://127.0.0.1:{cabinet.staff_port}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {cabinet.token}", "--exclude-path", "/events/stream"),
            *("--max-examples", EXAMPLES, "--seed", "1", "--phases", "coverage,fuzzing,stateful"),
            *("--generation-database", "none", "--request-timeout", "20", "--no-color"),
        ],
        cwd=cabinet.folder,
        env={**os.environ, "PYTHONPATH": str(here), "SCHEMATHESIS_HOOKS": "schema_hooks"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert asked.returncode == 0, asked.stdout[-8000:] + asked.stderr[-2000:]
    assert f"Tested: {asked_operations()}" in asked.stdout
