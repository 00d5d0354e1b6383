"""Other releases than today's, as packages for the emulated Pi: an earlier one, and ones that come after today's."""

import os
import shutil
import sys

from pi_places import MADE, ROOT, Failed, run, sh

PREVIOUS = "98fce92"
"""The first commit whose version judges the one that follows it."""
FOLDER = MADE / "releases"


def a_table_more(name):
    """A step of the journal's tables behind the last one."""
    last = "\n)\n\n\ndef migrate("
    step = f'\n    ("create table {name} (id text primary key) strict",),'
    return "opt/locker/locker/journal/schema.py", last, step + last


NO_PINS = (
    "opt/locker/hardware/banks/gpio.py",
    "Device.pin_factory = HeaderPinFactory()",
    'raise OSError("this release reaches no pin")',
)
"""What a later release may change: a file, what stands there, what stands there then."""


def previous_package(version):
    """The package of an earlier commit; built once. Raises Failed where the repository does not go so far back."""
    package = FOLDER / f"lockerd_{version}_arm64.deb"
    if not package.exists():
        tree = MADE / "trees" / "previous"
        shutil.rmtree(tree, ignore_errors=True)
        sh('mkdir -p "$TREE" && git -C "$ROOT" archive "$COMMIT" | tar -x -C "$TREE"',
           TREE=tree, ROOT=ROOT, COMMIT=PREVIOUS)  # fmt: skip
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        run(sys.executable, tree / "deb/build_deb.py", "--version", version, "--output", FOLDER, cwd=tree,
            env=environment)  # fmt: skip
        shutil.rmtree(tree)
    return package


def later_package(today, version, *changes):
    """A release after today's, with these changes. Raises Failed when one of them finds nothing to change."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    package, tree = FOLDER / f"lockerd_{version}_arm64.deb", MADE / "trees" / "later"
    shutil.rmtree(tree, ignore_errors=True)
    run("dpkg-deb", "--raw-extract", today, tree)
    control = tree / "DEBIAN" / "control"
    lines = control.read_text(encoding="utf-8").splitlines()
    control.write_text(
        "".join(f"Version: {version}\n" if line.startswith("Version:") else f"{line}\n" for line in lines),
        encoding="utf-8",
    )
    for name, before, after in changes:
        file = tree / name
        text = file.read_text(encoding="utf-8")
        if before not in text:
            raise Failed(f"{name} has changed: it has no {before!r}")
        file.write_text(text.replace(before, after), encoding="utf-8")
        for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):  # it is not compared with its source
            compiled.unlink()
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, package)
    shutil.rmtree(tree)
    return package
