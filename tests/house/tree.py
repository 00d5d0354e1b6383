"""What belongs to the house: the files that are kept, and their parts."""

import ast
import functools
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ROOMS = ("lockerd", "locker", "hardware", "links", "api", "simulator")
LEFT_OUT = {".git", ".venv", "artefacts", "build", "demo-data", "node_modules"}


@functools.cache
def kept_files() -> tuple[Path, ...]:
    """Every file under version control; without git, every file that make did not make."""
    git = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    try:
        said = subprocess.run(git, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return tuple(_walk())
    return tuple(path for name in said.split("\0") if name and (path := ROOT / name).is_file())


def _walk():
    for folder, below, names in os.walk(ROOT):
        below[:] = [
            name for name in below if name not in LEFT_OUT and not name.endswith(("_cache", "__", ".hypothesis"))
        ]
        yield from (Path(folder) / name for name in names)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def product_files() -> list[Path]:
    """The Python files of the product."""
    return [p for p in kept_files() if p.suffix == ".py" and name(p).split("/")[0] in ROOMS]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def run_tool(*command: str) -> tuple[int, str]:
    """Run a tool of the virtual environment at the root: exit code and what it said."""
    tool = [str(BIN / command[0]), *command[1:]]
    done = subprocess.run(tool, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
