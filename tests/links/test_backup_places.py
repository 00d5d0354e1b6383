"""Where backups go: a stick that is in, out, full of the same disk, and another machine that speaks ssh."""

import hashlib
import os
import resource
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from links import backup_places
from links.backup_places import NotDelivered, deliver
from links.options import FolderPlace, RsyncPlace, SftpPlace

NAME = "riverside-20260310T030000Z.age"


@pytest.fixture
def sealed(tmp_path):
    file = tmp_path / NAME
    file.write_bytes(os.urandom(300_000))
    return file


def stick(path, **more):
    return FolderPlace(kind="folder", path=path, **{"same_disk": True, **more})


def test_a_stick_keeps_the_newest_and_what_is_not_ours(tmp_path, sealed):
    folder = tmp_path / "stick"
    folder.mkdir()
    for name in ("riverside-20260101T030000Z.age", "riverside-20260102T030000Z.age", "photos.zip"):
        (folder / name).write_text("before")
    deliver(stick(folder, keep=2), sealed, tmp_path, "riverside")
    assert sorted(each.name for each in folder.iterdir()) == ["photos.zip", "riverside-20260102T030000Z.age", NAME]
    assert (folder / NAME).read_bytes() == sealed.read_bytes()


def test_a_stick_that_is_out_is_not_replaced_by_the_cards_own_folder(tmp_path, sealed):
    with pytest.raises(NotDelivered, match="no such folder"):
        deliver(stick(tmp_path / "gone"), sealed, tmp_path, "riverside")
    mount_point = tmp_path / "stick"
    mount_point.mkdir()
    with pytest.raises(NotDelivered, match="disk of the data itself"):
        deliver(stick(mount_point, same_disk=False), sealed, tmp_path, "riverside")
    assert list(mount_point.iterdir()) == []


def test_a_stick_that_reads_back_something_else_is_not_believed(tmp_path, sealed, monkeypatch):
    folder = tmp_path / "stick"
    folder.mkdir()
    honest = hashlib.file_digest

    def rotten(file, name):
        digest = honest(file, name)
        if str(folder) in file.name:
            digest.update(b"a bit that has turned")
        return digest

    monkeypatch.setattr(backup_places.hashlib, "file_digest", rotten)
    with pytest.raises(NotDelivered, match="change the stick"):
        deliver(stick(folder), sealed, tmp_path, "riverside")
    assert list(folder.iterdir()) == []


def test_a_full_stick_is_said_and_leaves_no_half(tmp_path, sealed):
    folder = tmp_path / "stick"
    folder.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(NotDelivered, match="too large"):
            deliver(stick(folder), sealed, tmp_path, "riverside")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(folder.iterdir()) == []


def test_what_a_pulled_stick_kept_of_half_a_copy_does_not_stop_the_next(tmp_path, sealed):
    folder = tmp_path / "stick"
    folder.mkdir()
    for name in (NAME, "riverside-20260101T030000Z.age"):
        (folder / f".{name}.part").write_bytes(b"half")
    deliver(stick(folder), sealed, tmp_path, "riverside")
    assert [each.name for each in folder.iterdir()] == [NAME]


class OtherMachine:
    """A real sshd of the test's own, with its own keys, on a port of its own."""

    def __init__(self, folder):
        self.folder = folder / "received"
        self.folder.mkdir()
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        shutil.copy(folder / "user.pub", folder / "authorized")
        (folder / "authorized").chmod(0o600)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.known = folder / "known"
        host = (folder / "host.pub").read_text().split()
        self.known.write_text(f"[127.0.0.1]:{self.port} {host[0]} {host[1]}\n")
        config = folder / "sshd_config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\nStrictModes no\n"
            f"AuthorizedKeysFile {folder / 'authorized'}\nPasswordAuthentication no\nUsePAM no\n"
            "PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n"
        )
        self.identity = folder / "user"
        Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen([shutil.which("sshd"), "-D", "-e", "-f", config], stderr=subprocess.DEVNULL)
        self._until_up()

    def _until_up(self):
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("sshd does not listen")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    if shutil.which("sshd") is None or os.geteuid() != 0:
        pytest.skip("no sshd here, or not root")
    made = OtherMachine(tmp_path_factory.mktemp("machine"))
    yield made
    made.process.terminate()
    made.process.wait(20)


@pytest.fixture
def ported(machine, tmp_path, monkeypatch):
    """ssh of the test's own that takes its port from a file, as /etc/ssh/ssh_config gives it on a cabinet."""
    config = tmp_path / "ssh_config"
    config.write_text(f"Host locker-far\n  HostName 127.0.0.1\n  Port {machine.port}\n")
    real = backup_places._ssh_options
    monkeypatch.setattr(backup_places, "_ssh_options", lambda place: ["-F", str(config), *real(place)])


def over_ssh(kind, machine, **more):
    keys = {"to": f"{os.environ.get('USER', 'root')}@locker-far:{machine.folder}/", "identity": machine.identity}
    return kind(kind={RsyncPlace: "rsync", SftpPlace: "sftp"}[kind], **{**keys, "known_hosts": machine.known, **more})


@pytest.mark.parametrize("kind", [RsyncPlace, SftpPlace])
@pytest.mark.usefixtures("ported")
def test_another_machine_gets_it_whole_under_its_name(machine, tmp_path, sealed, kind):
    if kind is RsyncPlace and shutil.which("rsync") is None:
        pytest.skip("no rsync here")
    deliver(over_ssh(kind, machine), sealed, tmp_path, "riverside")
    [received] = machine.folder.iterdir()
    assert (received.name, received.read_bytes()) == (NAME, sealed.read_bytes())
    received.unlink()


@pytest.mark.parametrize("kind", [RsyncPlace, SftpPlace])
@pytest.mark.usefixtures("ported")
def test_a_machine_that_is_not_the_one_that_was_known_gets_nothing(machine, tmp_path, sealed, kind):
    if kind is RsyncPlace and shutil.which("rsync") is None:
        pytest.skip("no rsync here")
    stranger = tmp_path / "known"
    stranger.write_text("")
    with pytest.raises(NotDelivered, match=r"(?i)host key"):
        deliver(over_ssh(kind, machine, known_hosts=stranger), sealed, tmp_path, "riverside")
    assert list(machine.folder.iterdir()) == []


@pytest.mark.usefixtures("ported")
def test_a_folder_that_is_not_there_is_said(machine, tmp_path, sealed):
    place = over_ssh(SftpPlace, machine, to=f"root@locker-far:{machine.folder}/none")
    with pytest.raises(NotDelivered, match="sftp: "):
        deliver(place, sealed, tmp_path, "riverside")


@pytest.mark.parametrize("to", ["-oProxyCommand=x:y", "host:$(id)", "host:a b", "host", "u@h:a;b", 'h:"x"'])
def test_a_target_that_could_be_taken_for_an_order_is_refused(to):
    with pytest.raises(ValueError, match="to"):
        RsyncPlace(kind="rsync", to=to)
