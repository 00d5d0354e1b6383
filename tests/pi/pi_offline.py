"""The root of a card changed while the card lies in another computer: mounted there, its own programs run emulated."""

import contextlib
import shutil
import tempfile
from pathlib import Path

from pi_card import ROOT_PART
from pi_places import run


@contextlib.contextmanager
def root_of(card):
    """The folder of the card's root file system."""
    with tempfile.TemporaryDirectory() as folder:
        run("mount", "-o", f"loop,offset={ROOT_PART.start},sizelimit={ROOT_PART.size}", card, folder)
        try:
            yield Path(folder)
        finally:
            run("umount", folder)


def put_package(card, deb):
    """Another version of the product, by the card's own dpkg."""
    with root_of(card) as root:
        shutil.copy(deb, root / "lockerd.deb")
        run("chroot", root, "dpkg", "--install", "/lockerd.deb")
        (root / "lockerd.deb").unlink()


def plain_card(card, deb, user, password):
    """A card that knows nothing of the product, with a person who may log in, and the package in that person's home."""
    with root_of(card) as root:
        run("chroot", root, "dpkg", "--purge", "lockerd")
        run("chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", "--groups", "sudo", user)
        run("chroot", root, "chpasswd", input=f"{user}:{password}\n")
        (root / "etc/sudoers.d/person").write_text(f"{user} ALL=(ALL) NOPASSWD: ALL\n", encoding="utf-8")
        shutil.copy(deb, root / "home" / user)
        fstab = root / "etc/fstab"
        text = fstab.read_text(encoding="utf-8").replace("vfat ro,", "vfat rw,")  # as Raspberry Pi OS has it
        lines = [line for line in text.splitlines() if "/var/lib/locker" not in line]
        fstab.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        shutil.rmtree(root / "etc/systemd/system/locker-first-start.service", ignore_errors=True)
        for left in ("etc/systemd/system/locker-first-start.service",
                     "etc/systemd/system/multi-user.target.wants/locker-first-start.service"):  # fmt: skip
            (root / left).unlink(missing_ok=True)
        run("chroot", root, "ssh-keygen", "-A")
