"""The initramfs: busybox, the modules that reach the root, one script; a second archive has what only tests need.

Debian's own is made by programs of the target, which take ten minutes under emulation and put in the same modules.
"""

import shutil

from pi_kernel import modules_in_order
from pi_places import HERE, MADE, sh

PACK = (
    "cd $TREE && find . | sort | cpio --quiet --reproducible --create --format=newc --owner=0:0 | "
    "gzip -1 > $OUT.part && mv $OUT.part $OUT"
)


def initramfs(kern):
    """What the card boots with, on a Pi as in the emulator."""
    tree = _empty("initramfs")
    for folder in ("bin", "dev", "proc", "sys", "run", "lower", "upper", "newroot", "lib/modules", "hooks"):
        (tree / folder).mkdir(parents=True)
    shutil.copy(kern.busybox, tree / "bin" / "busybox")
    modules = modules_in_order(kern)
    for module in modules:
        shutil.copy(module, tree / "lib" / "modules")
    order = "".join(f"{module.name}\n" for module in modules)
    (tree / "lib" / "modules" / "order").write_text(order, encoding="utf-8")
    shutil.copy(HERE / "card" / "init.sh", tree / "init")
    (tree / "init").chmod(0o755)
    return _packed(tree)


def world_archive(kern):
    """What the emulator adds in memory: simulated pins and expanders, and the far end of the wires. Not on the card."""
    tree = _empty("world")
    (tree / "hooks").mkdir()
    (tree / "world").mkdir()
    shutil.copy(HERE / "guest" / "attach.sh", tree / "hooks" / "attach.sh")
    for file in (*kern.simulated.glob("*.ko"), HERE / "guest" / "far_end.py", HERE / "guest" / "far-end.service"):
        shutil.copy(file, tree / "world")
    return _packed(tree)


def _empty(name):
    tree = MADE / "trees" / name
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    return tree


def _packed(tree):
    out = MADE / f"{tree.name}.cpio.gz"
    sh(PACK, TREE=tree, OUT=out)
    return out
