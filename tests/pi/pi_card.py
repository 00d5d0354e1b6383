"""A card as one file: boot partition for the firmware, root, data. No loop device and no emulation is needed."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from pi_initramfs import initramfs
from pi_places import HERE, MADE, run, sh
from pi_root import BOOT_LABEL, DATA_LABEL, ROOT_LABEL

MIB = 1 << 20
BOOT_MIB, ROOT_MIB, DATA_MIB = 192, 2400, 256


@dataclass(frozen=True)
class Part:
    """A partition: its first byte and its size, in bytes."""

    start: int
    size: int


BOOT = Part(4 * MIB, BOOT_MIB * MIB)
ROOT_PART = Part(BOOT.start + BOOT.size, ROOT_MIB * MIB)
DATA = Part(ROOT_PART.start + ROOT_PART.size, DATA_MIB * MIB)
CARD_BYTES = 4096 * MIB
"""A power of two, as QEMU's card reader asks; the space behind the data is left for what a card keeps for itself."""

CMDLINE = f"root=LABEL={ROOT_LABEL} console=tty1 fsck.repair=yes panic=10"


def make_card(kern, tree):
    """Write the image for a Pi from a root folder; its file."""
    card = MADE / "locker-pi.img"
    part = card.with_suffix(".part")
    part.unlink(missing_ok=True)
    with part.open("wb") as file:
        file.truncate(CARD_BYTES)
    lines = "".join(
        f"start={one.start // 512},size={one.size // 512},type={kind}\n"
        for one, kind in ((BOOT, "c"), (ROOT_PART, "83"), (DATA, "83"))
    )
    sh('printf "label: dos\n%s" "$LINES" | sfdisk --quiet "$CARD"', LINES=lines, CARD=part)
    _boot_partition(kern, part)
    mkfs = ("mkfs.ext4", "-q", "-m", "1")
    run(*mkfs, "-L", ROOT_LABEL, "-d", tree, "-E", f"offset={ROOT_PART.start}", part, f"{ROOT_MIB}M")
    owner = "{}:{}".format(*_locker(tree))
    run(*mkfs, "-L", DATA_LABEL, "-E", f"offset={DATA.start},root_owner={owner}", part, f"{DATA_MIB}M")
    part.rename(card)
    return card


def _locker(tree):
    users = (tree / "etc" / "passwd").read_text(encoding="utf-8")
    return re.search(r"^locker:[^:]*:(\d+):(\d+):", users, re.MULTILINE).groups()


def _boot_partition(kern, card):
    """Firmware, kernel, device trees. What the cabinet's wires need the first start adds, from the site file."""
    tree = MADE / "trees" / "boot"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for file in (*kern.firmware.glob("*.bin"), *kern.firmware.glob("*.elf"), *kern.firmware.glob("*.dat"),
                 *kern.dtbs.glob("*.dtb")):  # fmt: skip
        shutil.copy(file, tree)
    if (kern.firmware / "overlays").is_dir():
        shutil.copytree(kern.firmware / "overlays", tree / "overlays")
    shutil.copy(kern.image, tree / "vmlinuz")
    shutil.copy(initramfs(kern), tree / "initrd.img")
    shutil.copy(HERE / "card" / "config.txt", tree / "config.txt")
    (tree / "cmdline.txt").write_text(f"{CMDLINE}\n", encoding="ascii")
    fat = MADE / "boot.fat"
    fat.unlink(missing_ok=True)
    run("mkfs.vfat", "-F", "32", "-n", BOOT_LABEL, "-C", fat, BOOT.size // 1024)
    sh('mcopy -s -i "$FAT" "$TREE"/* ::', FAT=fat, TREE=tree)
    put_bytes(fat, card, BOOT.start)


def put_bytes(source, target, offset):
    """Write a file into another one at an offset, holes left as holes."""
    run("dd", f"if={source}", f"of={target}", "bs=1M", f"seek={offset // MIB}", "conv=notrunc,sparse", "status=none")


def put_on_boot_partition(card, files):
    """What an installer does with a card in his own computer: files by name onto its first partition."""
    for name, source in files.items():
        run("mcopy", "-o", "-i", f"{card}@@{BOOT.start}", source, f"::{name}")


def copy_of(card, target):
    """A card written anew, sparse."""
    run("cp", "--sparse=always", "--reflink=auto", card, target)
    return Path(target)


def data_partition(card, target):
    """The data partition as a file of its own."""
    run("dd", f"if={card}", f"of={target}", "bs=1M", f"skip={DATA.start // MIB}", f"count={DATA_MIB}", "conv=sparse",
        "status=none")  # fmt: skip
    return Path(target)
