"""`lockerd run` keeps parcels on no file system that forgets them, unless the site file says that it may."""

from pathlib import Path

import pytest
from power_cabinet import _site as site_file

from locker.journal.file_system import forgetful
from locker.journal.folder import FolderLock
from lockerd import main

MOUNTS = r"""
27 1 254:0 / / rw,relatime - overlay overlay rw
28 27 254:1 / /var/lib rw shared:1 - ext4 /dev/mmcblk0p2 rw
29 28 0:25 / /var/lib/memory rw - tmpfs tmpfs rw
30 28 0:26 / /var/lib/a\040b rw - tmpfs tmpfs rw
31 28 0:27 / /var/lib/twice rw - tmpfs tmpfs rw
32 31 254:2 / /var/lib/twice rw - ext4 /dev/sda1 rw
no line of this table
"""


@pytest.mark.parametrize(
    ("folder", "lies"),
    [
        ("/var/lib/locker", None),
        ("/var/lib", None),
        ("/var/lib/memory", "tmpfs"),
        ("/var/lib/memory/deep/down", "tmpfs"),
        ("/var/lib/memory-not", None),
        ("/var/lib/a b/locker", "tmpfs"),
        ("/var/lib/twice/locker", None),
        ("/srv/locker", "overlay"),
    ],
)
def test_the_innermost_mount_says_how_a_folder_lies(tmp_path, folder, lies):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, encoding="utf-8")
    said = forgetful(Path(folder), mounts)
    assert (said is None) if lies is None else (lies in said)


def test_where_nobody_knows_nothing_is_refused(tmp_path):
    assert forgetful(tmp_path, tmp_path / "absent") is None


@pytest.mark.parametrize("accepted", [False, True])
def test_run_refuses_memory_unless_the_site_file_accepts_it(tmp_path, capsys, accepted):
    memory = Path("/dev/shm/locker-test-volatile")
    if forgetful(memory) is None:
        pytest.skip("/dev/shm does not lie in memory here")
    site = site_file(tmp_path, memory, (18901, 18902, 18903))
    if accepted:
        text = site.read_text(encoding="utf-8")
        site.write_text(text.replace("[storage]", "[storage]\nvolatile = true"), encoding="utf-8")
        with FolderLock(memory, "a test"):
            assert main(["run", "--config", str(site)]) == 1
        assert "is held by a test" in capsys.readouterr().err
        (memory / "lock").unlink()
        memory.rmdir()
        return
    assert main(["run", "--config", str(site)]) == 1
    said = capsys.readouterr().err
    assert "storage.data" in said
    assert "volatile = true" in said
    assert not memory.exists()
