"""What these tests need of the machine. Without it they are skipped, unless LOCKER_REQUIRE_POWER is set."""

import contextlib
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


@contextlib.contextmanager
def small_disk(megabytes):
    """A file system of its own, so small that it can be filled, and that can be made read-only."""
    folder = tempfile.mkdtemp()
    size = f"size={megabytes}m,mode=0700"
    tried = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False)
    if tried.returncode:
        Path(folder).rmdir()
        lacking("mounting a small disk needs root")
    try:
        yield Path(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        Path(folder).rmdir()
