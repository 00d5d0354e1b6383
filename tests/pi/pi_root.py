"""The root file system of the card: Debian, its kernel, the product, and what a card needs that no package brings."""

import shutil

from pi_debian import let_programs_of_a_pi_run, root_archive
from pi_places import HERE, MADE, run, sh
from pi_product import install_product

ROOT_LABEL, DATA_LABEL, BOOT_LABEL = "root", "data", "BOOT"

FSTAB = f"""LABEL={ROOT_LABEL} / ext4 defaults,noatime 0 1
LABEL={DATA_LABEL} /var/lib/locker ext4 defaults,noatime 0 2
LABEL={BOOT_LABEL} /boot/firmware vfat ro,noatime,umask=077,nofail 0 2
"""

SILENT = (
    "systemd-networkd-wait-online.service", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
    "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer",
)  # fmt: skip
"""Doors wait for none of these, and none of them is to write on the card by itself."""


def root_tree(kern):
    """Unpack, install, and put in place; the folder."""
    tree = MADE / "trees" / "root"
    sh('rm -rf --one-file-system "$TREE"; mkdir -p "$TREE"; tar -xf "$TAR" -C "$TREE"', TREE=tree, TAR=root_archive())
    modules = tree / "usr" / "lib" / "modules" / kern.version
    shutil.copytree(kern.modules, modules, symlinks=True, ignore=shutil.ignore_patterns("build", "source"))
    let_programs_of_a_pi_run()
    install_product(tree)
    _of_the_card(tree)
    return tree


def _of_the_card(tree):
    etc = tree / "etc"
    (etc / "fstab").write_text(FSTAB, encoding="utf-8")
    (etc / "hostname").write_text("locker\n", encoding="utf-8")
    (etc / "hosts").write_text("127.0.0.1 localhost locker\n::1 localhost locker\n", encoding="utf-8")
    (etc / "systemd/network/80-wired.network").write_text(
        "[Match]\nName=e* usb*\n[Network]\nDHCP=yes\n", encoding="utf-8"
    )
    # Ten cards of one image are ten machines: each makes its own identity and its own keys at its first start.
    (etc / "machine-id").write_text("uninitialized\n", encoding="utf-8")
    for key in (etc / "ssh").glob("ssh_host_*"):
        key.unlink()
    (tree / "boot" / "firmware").mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "card" / "first-start.sh", tree / "usr/local/sbin/locker-first-start")
    (tree / "usr/local/sbin/locker-first-start").chmod(0o755)
    shutil.copy(HERE / "card" / "locker-first-start.service", etc / "systemd/system/")
    run("systemctl", f"--root={tree}", "--quiet", "enable", "locker-first-start.service", "systemd-networkd.service",
        "systemd-resolved.service")  # fmt: skip
    run("systemctl", f"--root={tree}", "--quiet", "mask", *SILENT)
    shutil.rmtree(tree / "var/lib/apt/lists", ignore_errors=True)
    shutil.rmtree(tree / "var/cache/apt", ignore_errors=True)
    (tree / "var/cache/apt/archives/partial").mkdir(parents=True)
