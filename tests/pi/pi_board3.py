"""QEMU's own board of a Pi 3: Debian's drivers of pins, card reader and serial line run on the registers of the chip.

Nothing is put into the machine: its pins are read and driven in their registers, from outside, and a command is a
session of SSH with the key that an installer puts on the card.
"""

import re
import socket
import subprocess
import threading
import time

from pi_cabinet import PINS, SITE, EmulatedCabinet
from pi_card import put_on_boot_partition
from pi_machine import PATIENCE, connect, free_port
from pi_places import MADE, Failed, run

REVISION = "a02082"
REGISTERS = 0x3F200000
SET, CLEAR, LEVEL = 0x1C, 0x28, 0x34
"""Of the BCM2837: offsets of the registers that set, clear and show the first 32 pins."""

NO_WATCHDOG = "modprobe.blacklist=bcm2835_wdt"
"""QEMU takes the arming of this board's watchdog for a reset."""


def site_of_board3(folder):
    """The cabinet of the other rows without its expander, which has no bus here; its lock board is on the header."""
    text = SITE.read_text(encoding="utf-8").replace("/dev/locker-rs485", "/dev/ttyAMA0")
    parts = re.split(r"(?m)^(?=\[\[)", text)
    kept = [part for part in parts if 'kind = "mcp23017"' not in part and 'bank = "lower"' not in part]
    file = folder / "site-board3.toml"
    file.write_text("".join(kept), encoding="utf-8")
    return file


def device_tree3():
    """Debian's tree of a Pi 3 with its revision, and the serial line free of Bluetooth, as locker.txt has it."""
    out = MADE / "board3.dtb"
    (source,) = (MADE / "kernel" / "image" / "usr" / "lib").glob("linux-image-*/broadcom/bcm2837-rpi-3-b.dtb")
    out.write_bytes(source.read_bytes())
    run("fdtput", "-c", out, "/system")
    run("fdtput", "-t", "x", out, "/system", "linux,revision", REVISION)
    run("fdtput", "-r", out, "/soc/serial@7e201000/bluetooth")
    return out


def card_of_board3(card, folder):
    """Give a new card the site file of this board, and the installer's key: the file of that key.

    The firmware's part is there already, since this board cannot restart by itself without its watchdog.
    """
    key = folder / "installer"
    if not key.exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    told = folder / "locker.txt"
    told.write_text("# what the firmware would read stands in the device tree of the test\n", encoding="ascii")
    put_on_boot_partition(
        card, {"site.toml": site_of_board3(folder), "authorized_keys": key.with_suffix(".pub"), "locker.txt": told}
    )
    return key


class Board3(EmulatedCabinet):
    """A running Pi 3 with doors. `pins` are levels of its coils with when they were seen, in seconds since power."""

    def __init__(self, card, name, *, key, **options):
        self._key, self._ssh_port = key, free_port()
        super().__init__(card, name, **options)

    def _command(self, card, append, extra, _drive, _clock, _network):
        kernel = next((MADE / "kernel" / "image" / "boot").glob("vmlinuz-*"))
        words = f"root=LABEL=root console=ttyS1,115200 panic=10 quiet {NO_WATCHDOG} {append}"
        yield from (
            "qemu-system-aarch64",
            "-M",
            "raspi3b",
            "-nodefaults",
            "-display",
            "none",
            "-accel",
            "tcg,thread=multi",
        )
        yield from ("-dtb", device_tree3(), "-kernel", kernel, "-initrd", MADE / "initramfs.cpio.gz", "-append", words)
        yield from ("-qmp", f"unix:{self.folder}/qmp.sock,server=on,wait=off", "-qtest-log", "/dev/null")
        yield from ("-qtest", f"unix:{self.folder}/registers.sock,server=on,wait=off")
        yield from ("-chardev", self._sock("rs485"), "-serial", "chardev:rs485")
        yield from (
            "-chardev",
            f"{self._sock('console')},logfile={self.folder}/console.log",
            "-serial",
            "chardev:console",
        )
        yield from ("-drive", f"file={card},if=sd,format=raw,cache=unsafe")
        ports = "".join(
            f",hostfwd=tcp:127.0.0.1:{here}-:{there}" for here, there in ((self.port, 8443), (self._ssh_port, 22))
        )
        yield from ("-device", "usb-net,netdev=net", "-netdev", f"user,id=net,restrict=on{ports}")
        yield from extra

    # Its registers

    def _meet_far_end(self):
        self._registers = connect(self.folder / "registers.sock")
        self._asking, self._said = threading.Lock(), b""

    def _register(self, words):
        with self._asking:
            self._registers.sendall(f"{words}\n".encode())
            while b"\n" not in self._said:
                if not (more := self._registers.recv(4096)):
                    raise Failed("QEMU shows its registers no more")
                self._said += more
            line, _, self._said = self._said.partition(b"\n")
        return line.decode().split()

    def level(self, pin):
        """What lies on a pin of the header now."""
        return int(self._register(f"readl {REGISTERS + LEVEL:#x}")[1], 16) >> pin & 1

    def is_output(self, pin):
        """True when the driver has made the pin an output."""
        return int(self._register(f"readl {REGISTERS + 4 * (pin // 10):#x}")[1], 16) >> 3 * (pin % 10) & 7 == 1

    def watch(self, pins):
        """Keep every change of these pins from now on."""
        threading.Thread(target=self._watch, args=(pins,), daemon=True).start()

    def _watch(self, pins):
        before = {}
        while self.process.poll() is None:
            try:
                now = {pin: self.level(pin) for pin in pins}
            except (OSError, Failed):
                return
            with self._changed:
                for pin, level in now.items():
                    if before.get(pin) != level:
                        self.pins.append((self.since(), pin, level, time.monotonic()))
                        self._changed.notify_all()
            before = now
            time.sleep(0.004)

    def _contact(self, door, *, shut):
        self._register(f"writel {REGISTERS + (CLEAR if shut else SET):#x} {1 << PINS[door][1]:#x}")

    def shut_every_door(self):
        """What a person does before anything begins."""
        for door in PINS:
            self.push(door)
        self.board.open.clear()

    # A shell inside

    def command(self, text, seconds=600, ok=(0,)):
        """Run a command as root inside; what it said. Raises Failed."""
        done = self._ssh(text, seconds)
        if done.returncode not in ok:
            raise Failed(f"{text}: exit {done.returncode}\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
        return done.stdout.strip()

    def _ssh(self, text, seconds):
        return subprocess.run(
            ["ssh", "-q", "-i", str(self._key), "-p", str(self._ssh_port), "-o", "StrictHostKeyChecking=no",
             "-o", "UserKnownHostsFile=/dev/null", "-o", f"ConnectTimeout={int(seconds)}", "-o", "BatchMode=yes",
             "root@127.0.0.1", text],
            check=False, capture_output=True, text=True, timeout=seconds + 10,
        )  # fmt: skip

    def wait_far_end(self):
        """Until the installer's key opens a shell."""
        until = time.monotonic() + PATIENCE
        while self._ssh("true", 60).returncode:
            if self.process.poll() is not None or time.monotonic() > until:
                raise Failed(f"no shell within {PATIENCE} s\n{self.console()[-1500:]}")
            time.sleep(2)

    def cut(self):
        super().cut()
        with_end = getattr(self, "_registers", None)
        if isinstance(with_end, socket.socket):
            with_end.close()
