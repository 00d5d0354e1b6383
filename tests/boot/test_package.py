"""The Debian package: what is in it, and what dpkg makes of it from the first installation to the purge."""

import subprocess
import sys
import tomllib
import warnings
from importlib.metadata import distribution
from pathlib import Path

import pytest
from boot_bench import build_deb_module, obstacle
from tree import ROOT

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def builder():
    return build_deb_module()


@pytest.fixture(scope="module")
def unpacked(deb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "--raw-extract", deb, folder], check=True)
    return folder


@pytest.fixture(scope="module")
def life(deb, tmp_path_factory):
    """What was said after each step."""
    if reason := obstacle():
        warnings.warn(f"NO PACKAGE WAS INSTALLED: {reason}", stacklevel=1)
        pytest.skip(f"no package was installed: {reason}")
    folder = tmp_path_factory.mktemp("life")
    newer = folder / "newer.deb"
    _with_version(deb, newer, "99.0")
    command = ["unshare", "-m", "sh", HERE / "package_life.sh", folder / "root", deb, newer]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


def _with_version(deb, newer, version):
    tree = newer.parent / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
    control = tree / "DEBIAN" / "control"
    lines = control.read_text().splitlines(keepends=True)
    control.write_text("".join(f"Version: {version}\n" if line.startswith("Version:") else line for line in lines))
    own = tree / "etc/udev/rules.d/59-locker-own.rules"
    own.write_text(own.read_text() + "# a line of the newer release\n")
    command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, newer]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def test_PK_02_the_first_installation_makes_users_folders_and_units(life):
    assert life["user"] == "/var/lib/locker"
    assert set(life["groups"].split()) == {"dialout", "gpio", "i2c", "locker", "lp", "video"}
    assert life["data"] == "700 locker"
    assert life["enabled"] == "5"
    assert life["version"] == "usage: lockerd"
    assert life["check"] == "1", "the daemon's user may read the site file"


def test_PK_02_an_update_keeps_what_the_installer_wrote_and_what_was_disabled(life):
    assert life["upgraded"] == "99.0"
    assert life["own-names"] == "# my own adapter"
    assert life["site-after-upgrade"] == "there"
    assert life["still-disabled"] == "4"


def test_PK_02_a_pi_gets_one_line_for_its_firmware_and_a_copy_of_what_was(life):
    assert life["firmware"] == "1 dtparam=audio=on"
    assert life["firmware-after-removal"] == "dtparam=audio=on"


def test_PK_02_a_removal_takes_the_code_and_leaves_the_data(life):
    assert (life["code-after-removal"], life["command-after-removal"]) == ("gone", "gone")
    assert (life["data-after-removal"], life["site-after-removal"]) == ("parcels", "there")


def test_PK_02_a_purge_takes_data_only_from_who_said_so(life):
    assert life["purge-question"] == "0", "debconf has its text, which is gone when it is to be asked"
    assert (life["data-after-purge"], life["site-after-purge"]) == ("there", "there")
    assert life["own-names-after-purge"] == "gone"
    assert (life["data-after-asked-purge"], life["site-after-asked-purge"]) == ("gone", "gone")


def test_nothing_needs_a_virtual_environment_or_a_compiler(unpacked):
    assert not list(unpacked.rglob("pyvenv.cfg"))
    assert not [path for path in unpacked.rglob("*") if path.suffix in {".c", ".pyx"}]
    control = (unpacked / "DEBIAN/control").read_text()
    assert "gcc" not in control
    assert "python3-venv" not in control
    first = (unpacked / "opt/locker/bin/lockerd").read_text().splitlines()[0]
    assert first == "#!/usr/bin/python3 -I"


def test_every_path_of_a_unit_is_in_the_package(unpacked):
    ours = [
        word
        for unit in (unpacked / "usr/lib/systemd/system").iterdir()
        for line in unit.read_text().splitlines()
        if line.startswith(("Exec", "Environment"))
        for word in line.replace("=", " ").split()
        if word.startswith("/opt/locker/")  # /opt/locker-releases is the installer's
    ]
    assert ours
    assert [path for path in ours if not (unpacked / path.lstrip("/")).exists()] == []


def test_what_debian_brings_stands_behind_ours(unpacked, tmp_path):
    (tmp_path / "bin").mkdir()
    said = "import sys, os; print(chr(10).join(sys.path)); print(os.environ['PYTHONPATH'])"
    command = (unpacked / "opt/locker/bin/lockerd").read_text()
    here = f"python3.{sys.version_info.minor}"
    for folder in (f"lib/{here}", "lib/common", "bin"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / "lockerd.py").write_text(f"def main():\n    {said}\n")
    (tmp_path / "bin/lockerd").write_text(command)
    done = subprocess.run([sys.executable, "-I", tmp_path / "bin/lockerd"], capture_output=True, text=True, check=True)
    *path, inherited = done.stdout.splitlines()
    ours = [str(tmp_path), f"{tmp_path}/lib/{here}", f"{tmp_path}/lib/common"]
    assert path[:3] == ours
    assert inherited.split(":") == ours, "the child that looks at pictures finds them too"


def test_a_python_that_it_was_not_packaged_for_is_named(unpacked, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/lockerd").write_text((unpacked / "opt/locker/bin/lockerd").read_text())
    done = subprocess.run([sys.executable, "-I", tmp_path / "bin/lockerd"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "was not packaged for this Python" in done.stderr


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_every_distribution_for_a_pi_is_pinned(builder, python):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    packages = sys.modules["python_packages"]
    found = packages.closure(packages.own_requirements(project), python, "aarch64")
    assert {"fastapi", "pydantic-core", "gpiod", "cffi", "zxing-cpp"} <= set(found)
    assert not {"pip", "pytest", "apprise"} & set(found)
    assert {name: version for name, version in found.items() if packages._pins().get(name) != version} == {}


COMPILED = {
    "argon2-cffi-bindings", "cffi", "cryptography", "gpiod", "httptools", "markupsafe", "pillow", "pydantic-core",
    "pyrage", "zxing-cpp",
}  # fmt: skip
"""Each was seen to have a wheel for arm64. What is added here needs one, or there is no package for a Pi."""


def test_PK_02_what_is_compiled_is_known_to_have_a_wheel_for_a_pi(builder):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    packages = sys.modules["python_packages"]
    found = packages.closure(packages.own_requirements(project), "3.11", "aarch64")
    pure = "Root-Is-Purelib: true"
    assert {name for name in found if pure not in (distribution(name).read_text("WHEEL") or "")} == COMPILED


def test_the_same_files_make_the_same_package(builder, tmp_path):
    first, again = (
        builder.build("amd64", tmp_path / name, from_here=True, wanted=["segno"], compression="none")
        for name in ("first", "again")
    )
    assert again.read_bytes() == first.read_bytes()


def test_what_is_the_same_for_every_python_lies_once(builder, tmp_path):
    share = sys.modules["python_packages"].share
    for python, library in (("3.11", b"a"), ("3.13", b"b")):
        (tmp_path / python / "pure").mkdir(parents=True)
        (tmp_path / python / "pure" / "x.py").write_text("")
        (tmp_path / python / "compiled").mkdir()
        (tmp_path / python / "compiled" / "x.so").write_bytes(library)
        (tmp_path / python / "compiled.libs").mkdir()
        (tmp_path / python / "compiled.libs" / "libx.so").write_bytes(b"the same")
    share([tmp_path / "3.11", tmp_path / "3.13"], tmp_path / "common")
    assert [path.name for path in (tmp_path / "common").iterdir()] == ["pure"]
    for python in ("3.11", "3.13"):
        beside = sorted(path.name for path in (tmp_path / python).iterdir())
        assert beside == ["compiled", "compiled.libs"], "machine code finds its libraries beside itself"
