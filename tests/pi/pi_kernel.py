"""Debian's own kernel for the Pi, and for the emulator the modules that Debian leaves out: simulated pins and I2C.

The modules are built from the source package of the very same version, for the stock kernel, which is not changed.
"""

import shutil
from pathlib import Path

from pi_debian import DebianPackages
from pi_places import CROSS, MADE, run, say, sh

SOURCES = ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c", "drivers/i2c/i2c-stub.c")

TO_THE_ROOT = ("virtio_pci", "virtio_mmio", "virtio_blk", "ext4", "crc32c_generic", "overlay", "sdhci_iproc", "bcm2835",
               "mmc_block", "vfat", "nls_ascii", "nls_cp437")  # fmt: skip
"""What the initramfs must load to reach the root: of the emulator, of a Pi 3 and of a Pi 4."""


class Kernel:
    """The unpacked kernel: `version`, `image`, `modules` (folder), `dtbs`, and the simulator's modules."""

    def __init__(self, place):
        self.place = place
        (boot,) = (place / "image" / "boot").glob("vmlinuz-*")
        self.image = boot
        self.version = boot.name.removeprefix("vmlinuz-")
        self.modules = place / "image" / "lib" / "modules" / self.version
        self.dtbs = place / "image" / "usr" / "lib" / f"linux-image-{self.version}" / "broadcom"
        self.firmware = place / "firmware" / "usr" / "lib" / "raspi-firmware"
        self.busybox = place / "busybox" / "bin" / "busybox"
        self.simulated = place / "simulated"


def kernel():
    """The kernel, fetched and built once. Raises Failed."""
    place = MADE / "kernel"
    if not (place / "made").exists():
        _make(place)
    return Kernel(place)


def _make(place):
    say("fetching the kernel, and building its simulated pins: 230 MB, once")
    shutil.rmtree(place, ignore_errors=True)
    packages = DebianPackages()
    packages.update()
    image = packages.field("linux-image-arm64", "Depends").split(" ")[0]
    same = packages.field(image, "Version")
    version = image.removeprefix("linux-image-")
    common = f"linux-headers-{version.removesuffix('-arm64')}-common"
    wanted = [f"{image}={same}", f"linux-headers-{version}={same}", f"{common}={same}", f"linux-source-6.1={same}"]
    debs = packages.fetch(*wanted, "linux-kbuild-6.1:amd64", "busybox-static", "raspi-firmware")
    for deb, folder in zip(
        debs, ("image", "headers", "headers", "source", "headers", "busybox", "firmware"), strict=True
    ):
        packages.unpack(deb, place / folder)
    run("depmod", "-b", place / "image", version)
    _build_simulated(place, version)
    (place / "made").touch()


def _build_simulated(place, version):
    """Compile against the headers. Their Makefiles name absolute paths, which are linked for the time of the build."""
    build = place / "simulated"
    build.mkdir()
    names = " ".join(f"linux-source-6.1/{name}" for name in SOURCES)
    sh("cd $BUILD && tar -xJf $SOURCE/usr/src/linux-source-6.1.tar.xz --strip-components=1 " + names, BUILD=build,
       SOURCE=place / "source")  # fmt: skip
    for name in SOURCES:
        (build / name).rename(build / Path(name).name)
    # irq_sim is no module upstream: it lacks a licence line, and one call that the kernel does not export to modules.
    text = (build / "irq_sim.c").read_text(encoding="utf-8")
    text = text.replace("handle_simple_irq(irq_to_desc(irqnum));", "generic_handle_irq(irqnum);")
    (build / "irq_sim.c").write_text(f'{text}\n#include <linux/module.h>\nMODULE_LICENSE("GPL");\n', encoding="utf-8")
    (build / "Makefile").write_text("obj-m := gpio-sim.o irq_sim.o i2c-stub.o\n", encoding="utf-8")
    linked = []
    try:
        for source in [*(place / "headers/usr/src").iterdir(), *(place / "headers/usr/lib").glob("linux-kbuild-*")]:
            target = Path("/") / source.relative_to(place / "headers")
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(source)
                linked.append(target)
        run("make", "-C", f"/usr/src/linux-headers-{version}", f"M={build}", "DEB_BUILD_ARCH=amd64",
            "DEB_HOST_ARCH=arm64", f"DEB_HOST_GNU_TYPE={CROSS}", "modules")  # fmt: skip
    finally:
        for link in linked:
            link.unlink()
    for module in build.glob("*.ko"):
        run(f"{CROSS}-strip", "--strip-debug", module)


def modules_in_order(kern):
    """Files of the modules that reach the root, each after those that it needs."""
    ordered = {}
    for name in TO_THE_ROOT:
        said = run("modprobe", "-d", kern.place / "image", "-S", kern.version, "--show-depends", name)
        ordered.update({line.split()[1]: None for line in said.splitlines() if line.startswith("insmod")})
    return [Path(path) for path in ordered]
