"""What these tests need of the machine. Without it they are skipped, unless LOCKER_REQUIRE_POWER is set."""

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def lacking(reason):
    """Skip, or fail where that was forbidden."""
    if os.environ.get("LOCKER_REQUIRE_POWER"):
        pytest.fail(reason)
    pytest.skip(reason)


def need_gcc():
    if shutil.which("gcc") is None:
        lacking("gcc is needed to build the recorder")


@functools.cache
def _traces():
    if shutil.which("strace") is None:
        return "strace is needed to make the disk fail"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(["strace", "-qq", "-o", Path(folder) / "out", "true"], capture_output=True, check=False)
    return "strace may not trace here (ptrace is forbidden)" if tried.returncode else ""


def need_strace():
    if reason := _traces():
        lacking(reason)
