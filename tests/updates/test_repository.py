"""A signed repository: apt takes a package from it, and nothing that its key did not sign or that was changed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("reprepro", "gpg", "apt-get", "dpkg-deb")
pytestmark = pytest.mark.skipif(any(shutil.which(name) is None for name in NEEDED), reason=f"needs {', '.join(NEEDED)}")


class Publisher:
    """Whoever makes releases: a key, a repository, and a cabinet's apt with folders of its own."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "gnupg").mkdir(mode=0o700)
        self.env = {**os.environ, "GNUPGHOME": str(folder / "gnupg"), "LC_ALL": "C.UTF-8"}
        self.key = self.new_key("release")
        self.repository = folder / "repository"
        self.apt_root = folder / "apt"
        for part in ("state/lists/partial", "cache/archives/partial", "etc/sources.list.d", "etc/preferences.d"):
            (self.apt_root / part).mkdir(parents=True)
        (self.apt_root / "status").touch()

    def new_key(self, name):
        words = ["--batch", "--passphrase", "", "--quick-gen-key", f"{name}@locker.invalid", "ed25519", "sign", "never"]
        subprocess.run(["gpg", *words], env=self.env, check=True, capture_output=True)
        listed = subprocess.run(
            ["gpg", "--with-colons", "--list-keys", name], env=self.env, check=True, capture_output=True, text=True
        ).stdout
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))

    def package(self, version):
        tree = self.folder / f"tree-{version}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(
            f"Package: lockerd\nVersion: {version}\nArchitecture: arm64\nSection: misc\nPriority: optional\n"
            "Maintainer: nobody <nobody@locker.invalid>\nDescription: a package of the test\n"
        )
        made = self.folder / f"lockerd_{version}_arm64.deb"
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, made], check=True, capture_output=True)
        return made

    def publish(self, *packages):
        command = [ROOT / "deb/repository.sh", self.repository, self.key, *packages]
        subprocess.run(command, env=self.env, check=True, capture_output=True)

    def apt(self, *words, keyring):
        sources = (self.repository / "locker.sources").read_text()
        sources = sources.replace("REPLACE-WITH-THE-ADDRESS", f"copy:{self.repository}")
        sources = sources.replace("/usr/share/keyrings/locker.gpg", str(keyring))
        (self.apt_root / "etc/sources.list.d/locker.sources").write_text(sources)
        options = {
            "Dir::Etc": self.apt_root / "etc", "Dir::State": self.apt_root / "state",
            "Dir::State::status": self.apt_root / "status", "Dir::Cache": self.apt_root / "cache",
            "APT::Architecture": "arm64", "APT::Architectures": "arm64", "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
        }  # fmt: skip
        told = [f"-o{name}={value}" for name, value in options.items()]
        return subprocess.run(
            ["apt-get", *told, *words], env=self.env, capture_output=True, text=True, cwd=self.folder, check=False
        )


@pytest.fixture
def publisher(tmp_path):
    return Publisher(tmp_path)


def test_O4_N11_a_cabinet_gets_the_newest_release_that_the_key_has_signed(publisher):
    publisher.publish(publisher.package("0.1.0"))
    newest = publisher.package("0.2.0")
    publisher.publish(newest)
    content = newest.read_bytes()
    newest.unlink()
    ours = publisher.repository / "locker.gpg"
    assert publisher.apt("update", keyring=ours).returncode == 0
    got = publisher.apt("download", "lockerd", keyring=ours)
    assert got.returncode == 0, got.stderr
    assert newest.read_bytes() == content


def test_O4_N11_another_key_and_a_changed_list_are_refused(publisher):
    publisher.publish(publisher.package("0.1.0"))
    stranger = publisher.folder / "stranger.gpg"
    other = publisher.new_key("stranger")
    exported = subprocess.run(["gpg", "--export", other], env=publisher.env, check=True, capture_output=True).stdout
    stranger.write_bytes(exported)
    refused = publisher.apt("update", "-oAPT::Update::Error-Mode=any", keyring=stranger)
    assert refused.returncode != 0
    assert "NO_PUBKEY" in refused.stdout + refused.stderr or "not signed" in refused.stdout + refused.stderr
    release = publisher.repository / "dists/stable/InRelease"
    release.write_text(release.read_text().replace("Codename: stable", "Codename: stable\nSuite: other", 1))
    ours = publisher.repository / "locker.gpg"
    assert publisher.apt("update", "-oAPT::Update::Error-Mode=any", keyring=ours).returncode != 0


def test_O4_a_version_that_was_ordered_is_fetched_from_this_repository_alone_and_never_unsigned(
    publisher, tmp_path, monkeypatch
):
    from locker.errors import SettingsError
    from lockerd.updates import repository

    publisher.publish(publisher.package("0.1.0"))
    publisher.apt("--version", keyring=publisher.repository / "locker.gpg")  # lays its locker.sources down
    sources = publisher.apt_root / "etc/sources.list.d/locker.sources"
    (sources.parent / "other.sources").write_text("Types: deb\nURIs: copy:/nowhere\nSuites: stable\nComponents: main\n")
    places = {"Etc": "etc", "State": "state", "State::status": "status", "Cache": "cache"}
    lines = [f'Dir::{name} "{publisher.apt_root}/{place}";' for name, place in places.items()]
    config = tmp_path / "apt.conf"
    config.write_text("\n".join([*lines, 'APT::Architecture "arm64";', 'APT::Architectures "arm64";']) + "\n")
    monkeypatch.setenv("APT_CONFIG", str(config))
    monkeypatch.setattr(repository, "SOURCES", sources)
    got = repository.fetch("0.1.0", tmp_path / "state")
    assert got.read_bytes() == (publisher.folder / "lockerd_0.1.0_arm64.deb").read_bytes()
    with pytest.raises(SettingsError, match=r"0\.9\.0"):
        repository.fetch("0.9.0", tmp_path / "state")
    release = publisher.repository / "dists/stable/InRelease"
    release.write_text(release.read_text().replace("Codename: stable", "Codename: stable\nSuite: other", 1))
    with pytest.raises(SettingsError, match="apt-get update"):
        repository.fetch("0.1.0", tmp_path / "state")


def test_O4_N11_a_file_that_was_brought_by_hand_needs_the_signature_of_the_key(publisher):
    from locker.errors import SettingsError
    from lockerd.updates.releases import verify_signature

    file = publisher.package("0.1.0")
    publisher.publish(file)
    ours = publisher.repository / "locker.gpg"
    with pytest.raises(SettingsError, match="not signed"):
        verify_signature(file, ours)
    words = ["--batch", "--local-user", publisher.key, "--detach-sign", "--output", f"{file}.sig", file]
    subprocess.run(["gpg", *words], env=publisher.env, check=True, capture_output=True)
    verify_signature(file, ours)
    file.write_bytes(file.read_bytes() + b"one byte more")
    with pytest.raises(SettingsError, match="not signed"):
        verify_signature(file, ours)
