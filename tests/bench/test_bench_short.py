"""The short form of the bench: no ratio is worse than one and a half times its gate."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).with_name("bench.py")


def test_no_ratio_is_far_off_its_gate():
    done = subprocess.run([sys.executable, BENCH, "--short"], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
