"""The real command line, with shorter looks, and an end of its own by SIGKILL where KILL says so."""

import os
import signal
import sys
from pathlib import Path

import lockerd.update_command as command
from lockerd import main
from lockerd.updates import repository, updater
from lockerd.updates.releases import DebianPackages

SIDE, _, PHASE = os.environ.get("KILL", "").partition(" ")
real_save = updater.save_progress


def save(file, progress):
    """Write it down as the real one does."""
    if ("before", progress.phase) == (SIDE, PHASE):
        os.kill(os.getpid(), signal.SIGKILL)
    real_save(file, progress)
    if ("after", progress.phase) == (SIDE, PHASE):
        os.kill(os.getpid(), signal.SIGKILL)


updater.LOOK_SECONDS, updater.STEADY_SECONDS, updater.save_progress = 0.05, 0.4, save
command.DebianPackages = lambda cache: DebianPackages(cache, Path(os.environ["PROGRAM"]))
repository.SOURCES = Path(os.environ.get("SOURCES", repository.SOURCES))
sys.exit(main(sys.argv[1:]))
