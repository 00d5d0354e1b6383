"""Where everything of the emulated Pi lies, and how another program is run for it."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MADE = ROOT / "artefacts" / "pi"
SUITE = "bookworm"
MIRROR = os.environ.get("PI_MIRROR", "http://deb.debian.org/debian")
SECURITY_MIRROR = os.environ.get("PI_SECURITY_MIRROR", "http://deb.debian.org/debian-security")
CROSS = "aarch64-linux-gnu"


class Failed(Exception):
    """A program that we need did not do what it was asked; the text is for a person."""


def say(sentence):
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def run(*command, **options):
    """Run a program to its end; what it said. Raises Failed with the end of that."""
    words = [str(word) for word in command]
    options = {"capture_output": True, "text": True, **options}
    done = subprocess.run(words, check=False, **options)
    if done.returncode:
        said = f"{done.stdout or ''}{done.stderr or ''}".strip()[-2000:]
        raise Failed(f"{shlex.join(words)[:300]}: exit {done.returncode}\n{said}")
    return done.stdout


def sh(script, **names):
    """Run a piece of shell with these variables. Raises Failed."""
    return run("bash", "-euo", "pipefail", "-c", script, env={**os.environ, **{k: str(v) for k, v in names.items()}})
