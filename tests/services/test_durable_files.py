"""Files that a power cut leaves whole or not at all."""

import stat

import pytest

from locker.durable_files import synced_file, write_file, write_new_file


@pytest.mark.parametrize("write", [write_file, write_new_file])
def test_a_file_is_whole_has_its_mode_and_leaves_no_draft(tmp_path, write):
    (tmp_path / "f.new").write_bytes(b"half")
    write(tmp_path / "f", b"all of it", 0o400)
    assert (tmp_path / "f").read_bytes() == b"all of it"
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o400
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]


def test_one_way_replaces_what_is_there_and_the_other_never_does(tmp_path):
    (tmp_path / "f").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_new_file(tmp_path / "f", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]
    assert (tmp_path / "f").read_bytes() == b"old"
    write_file(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"new"


def test_a_synced_file_is_a_new_one(tmp_path):
    with synced_file(tmp_path / "f") as file:
        file.write(b"x")
    with pytest.raises(FileExistsError), synced_file(tmp_path / "f"):
        pass
