"""systemd/install.sh, for machines without the package: nothing is changed before it is known to be good."""

import os
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import pytest
import wheelhouse
from boot_bench import build_deb_module, obstacle
from tree import ROOT

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """What was said after each step."""
    if reason := obstacle():
        warnings.warn(f"NOTHING WAS INSTALLED: {reason}", stacklevel=1)
        pytest.skip(f"nothing was installed: {reason}")
    folder = tmp_path_factory.mktemp("install")
    build_deb_module()
    packages = sys.modules["python_packages"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    needed = packages.closure(packages.own_requirements(project), python, os.uname().machine)
    wheelhouse.fill(folder / "wheels", [*needed, "pip", "setuptools"])
    path = f"{sys.base_prefix}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    command = ["unshare", "-m", "sh", HERE / "install_life.sh", folder / "root", ROOT, folder / "wheels", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert said["first"] == "0", done.stderr
    return said


def test_PK_02_a_first_installation_switches_one_link_and_starts(life):
    assert life["link"] == "/opt/locker-releases/code"
    assert life["works"] == "1"
    assert life["mode"] == "640 locker"
    assert life["restarts-first"] == "2"


def test_PK_02_a_bad_site_file_replaces_nothing(life):
    assert life["bad-first"] == "1 0"
    assert (life["bad-site"], life["site-after-bad"]) == ("1", "same")
    assert life["restarts-after-bad"] == life["restarts-first"]


def test_PK_02_a_second_run_changes_and_restarts_nothing(life):
    assert life["again"] == f"0 {life['restarts-first']}"


def test_PK_02_nothing_is_switched_while_somebody_is_at_a_door(life):
    assert (life["during-visit"], life["link-during-visit"]) == ("1", "same")
    assert life["restarts-during-visit"] == life["restarts-first"]


def test_PK_02_an_update_is_another_folder_and_the_old_one_stays_for_the_way_back(life):
    assert (life["update"], life["link-after-update"], life["old-release"]) == ("0", "other", "there")
    assert life["own-names"] == "# my own adapter"
    assert int(life["restarts-after-update"]) > int(life["restarts-first"])


def test_PK_02_the_versions_of_a_release_are_kept_to_and_what_cannot_be_had_changes_nothing(life):
    assert (life["pins-moved"], life["link-after-pins"]) == ("1", "same")


def test_PK_02_uninstalling_leaves_data_site_file_and_own_names(life):
    assert (life["uninstall"], life["code-after-uninstall"]) == ("0", "0")
    assert life["kept"] == "parcels /etc/locker/site.toml # my own adapter"
