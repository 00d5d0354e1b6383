"""The product in the root of a card: its own package, installed by the root's own dpkg."""

import os
import shutil
import sys

from pi_places import ROOT, run

PACKAGES = ROOT / "build"


def install_product(tree):
    """Build the arm64 package of this tree and install it; its scripts run emulated.

    With PI_KEEP a package that was built before is taken, while one works on something else.
    """
    if not (os.environ.get("PI_KEEP") and _built()):
        run(sys.executable, ROOT / "deb" / "build_deb.py", "--architecture", "arm64")
    shutil.copy(todays_package(), tree / "lockerd.deb")
    run("chroot", tree, "dpkg", "--install", "/lockerd.deb")
    (tree / "lockerd.deb").unlink()


def todays_package():
    """The package that was built last: the one on the card."""
    return max(_built(), key=lambda path: path.stat().st_mtime)


def _built():
    return list(PACKAGES.glob("lockerd_*_arm64.deb"))
