"""N11: the data folder on a disk of its own, as docs/install.md moves it there: all of it goes along, and without that
disk nothing begins anew on the card below.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LOCKERD = Path(sys.executable).parent / "lockerd"
ROOT = Path(__file__).parents[2]
OLD = Path(__file__).with_name("folder_of_0_1_0")
SITE = """
[site]
id = "test-1"
name = "Test Court"
[storage]
data = "{data}"
[[bank]]
name = "pins"
kind = "gpio"
[[compartment]]
id = "A1"
size = "M"
bank = "pins"
lock = 9
switch = 4
"""
MOVE = """
set -e
cd "$1"
truncate -s 48M disk.img && mkfs.ext4 -q disk.img && mkdir new && mount -o loop disk.img new
cp -a data/. new/ && chmod 700 new && umount new
mv data data.card && mkdir data && chattr +i data
echo "without: $("$2" staff add without --config site.toml 2>&1)"
mount -o loop,noatime disk.img data
echo "with: $("$2" staff add with --config site.toml 2>&1)"
"$2" audit --config site.toml
umount data
echo "below: $(ls -A data)"
mount -o loop,noatime disk.img data
"$2" audit --config site.toml
"""


def _can_mount():
    if os.geteuid() != 0 or not Path("/dev/loop-control").exists() or shutil.which("mkfs.ext4") is None:
        return False
    # In a root that is no mount of its own nothing can be mounted aside.
    return subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not _can_mount(), reason="a disk is mounted by root, in a root that is a mount of its own")
def test_N11_a_journal_moves_to_a_disk_of_its_own_and_never_begins_anew_without_it(tmp_path):
    shutil.copytree(OLD, tmp_path / "data")
    (tmp_path / "site.toml").write_text(SITE.format(data=tmp_path / "data"))
    try:
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", MOVE, "sh", str(tmp_path), str(LOCKERD)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        subprocess.run(["chattr", "-i", tmp_path / "data"], check=False, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert said[0].startswith("without: storage.data: "), said
    assert len(said[1].removeprefix("with: ")) > 20, "a set-up secret"
    assert "below: " in said, "the folder under the disk stays empty"
    assert sum("events: the chain is whole" in line for line in said) == 2, said
