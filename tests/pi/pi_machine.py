"""One emulated Pi: its mains plug, its wires, its screen. QEMU runs the card that `make pi-image` wrote.

The processor is a Cortex-A72 as in a Pi 4; pins and expanders are simulated by the Pi's own kernel; serial line, card,
screen and hardware watchdog are devices of QEMU. Nothing of the product knows of it.
"""

import json
import re
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

from pi_places import MADE, Failed, run, say

PATIENCE = 900
"""Seconds that bound a failure: emulation on a busy machine is fifty times slower than a Pi."""

ASK_AGAIN = 45
"""The serial line inside a virtual machine may lose a word when that is reset. The far end does nothing twice."""

MODEL = "Raspberry Pi 4 Model B Rev 1.4 (emulated)"
REVISION = "c03114"
CPU = ("-M", "virt", "-cpu", "cortex-a72", "-smp", "4", "-m", "1024")


class Lines:
    """A socket of QEMU's, read line by line in a thread."""

    def __init__(self, path, take):
        self._socket = connect(path)
        self._take = take
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, value):
        self._socket.sendall(json.dumps(value).encode() + b"\n")

    def _read(self):
        with suppress(OSError), self._socket.makefile("rb") as lines:
            for line in lines:
                with suppress(ValueError):
                    said = json.loads(line)
                    if isinstance(said, dict):  # a machine that was reset in mid-sentence leaves the end of one
                        self._take(said)


def connect(path):
    """A socket that QEMU is about to open. Raises Failed."""
    until = time.monotonic() + 20
    while True:
        one = socket.socket(socket.AF_UNIX)
        try:
            one.connect(str(path))
        except OSError as refused:
            one.close()
            if time.monotonic() > until:
                raise Failed(f"QEMU opened no {path.name}") from refused
            time.sleep(0.05)
        else:
            return one


def device_tree():
    """The tree of QEMU's machine, told to be a Pi 4 with the 54 pins of its header."""
    out = MADE / "emulated-pi.dtb"
    run("qemu-system-aarch64", *CPU[:1], f"virt,dumpdtb={out}", *CPU[2:], "-display", "none", "-nodefaults",
        "-device", "qemu-xhci")  # fmt: skip

    def put(node, name, *values, kind="s"):
        run("fdtput", "-t", kind, out, node, name, *values)

    run("fdtput", "-r", out, "/gpio-keys")
    put("/pl061@9030000", "status", "disabled")
    put("/", "model", MODEL)
    for node in ("/system", "/gpio-sim", "/gpio-sim/bank0"):
        run("fdtput", "-c", out, node)
    put("/system", "linux,revision", REVISION, kind="x")
    put("/gpio-sim", "compatible", "gpio-simulator")
    run("fdtput", out, "/gpio-sim/bank0", "gpio-controller")
    put("/gpio-sim/bank0", "#gpio-cells", "2", kind="x")
    put("/gpio-sim/bank0", "ngpios", "36", kind="x")  # hexadecimal: the 54 of a header
    put("/gpio-sim/bank0", "gpio-sim,label", "pinctrl-bcm2711")
    # The first bus that is made later is then number 1, as on the header of a Pi.
    run("fdtput", "-p", "-t", "s", out, "/aliases", "i2c0", "/gpio-sim")
    return out


class EmulatedPi:
    """A running machine. `cut` is the mains plug; what happens meanwhile is in `pins`, `chips` and `events`."""

    def __init__(self, card, name, *, append="", port=0, extra=(), drive=None, clock=None, network=True):
        self.folder = MADE / "run" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("*.sock"):
            left.unlink()
        self.port = port or free_port()
        self.pins, self.chips, self.events = [], [], []
        self.hello = None
        self._changed, self._answers, self._asked = threading.Condition(), {}, 0
        self._began = time.monotonic()
        self._log = (self.folder / "qemu.log").open("ab")
        self.process = subprocess.Popen(
            [str(word) for word in self._command(card, append, extra, drive, clock, network)],
            stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self._qmp = Lines(self.folder / "qmp.sock", self._take_qmp)
        self._qmp.send({"execute": "qmp_capabilities"})
        self.serial_line = connect(self.folder / "rs485.sock")
        self._meet_far_end()

    def _meet_far_end(self):
        self._far_end = Lines(self.folder / "far-end.sock", self._take_far_end)

    def _command(self, card, append, extra, drive, clock, network):
        sock, initrd = self._sock, self.folder / "initrd"
        with initrd.open("wb") as file:
            for part in ("initramfs.cpio.gz", "world.cpio.gz"):
                file.write((MADE / part).read_bytes())
        kernel = next((MADE / "kernel" / "image" / "boot").glob("vmlinuz-*"))
        words = f"root=LABEL=root console=ttyAMA0 panic=10 quiet {append}"
        yield from ("qemu-system-aarch64", *CPU, "-nodefaults", "-display", "none", "-accel", "tcg,thread=multi")
        yield from ("-dtb", MADE / "emulated-pi.dtb", "-kernel", kernel, "-initrd", initrd, "-append", words)
        yield from ("-qmp", f"unix:{self.folder}/qmp.sock,server=on,wait=off")
        yield from ("-chardev", f"{sock('console')},logfile={self.folder}/console.log", "-serial", "chardev:console")
        # The guest flushes; this machine need not: what QEMU has written it keeps, whenever QEMU is killed.
        card_reader = ("-drive", f"file={card},if=none,id=sd,format=raw,cache=unsafe,aio=threads")
        yield from (*(drive or card_reader), "-device", "virtio-blk-pci,drive=sd")
        forward = f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-:8443"
        yield from (("-device", "virtio-net-pci,netdev=net,romfile=", "-netdev", forward) if network else ())
        yield from ("-device", "virtio-serial-pci", "-chardev", sock("far-end"))
        yield from ("-device", "virtserialport,chardev=far-end,name=far-end")
        yield from ("-device", "qemu-xhci", "-chardev", sock("rs485"), "-device", "usb-serial,chardev=rs485")
        yield from ("-device", "virtio-rng-pci", "-device", "i6300esb", "-action", "watchdog=reset")
        yield from (("-rtc", f"base={clock}") if clock else ())
        yield from extra

    def _sock(self, name):
        return f"socket,id={name},path={self.folder}/{name}.sock,server=on,wait=off"

    # What comes in

    def _take_qmp(self, said):
        with self._changed:
            if "event" in said:
                self.events.append((self.since(), said["event"], said.get("data")))
            elif "id" in said:
                self._answers["qmp", said["id"]] = said
            self._changed.notify_all()

    def _take_far_end(self, said):
        with self._changed:
            if "hello" in said:
                self.hello = said | {"since": self.since()}
            elif "pin" in said:
                self.pins.append((self.since(), said["pin"], said["level"], said["at"]))
            elif "i2c" in said:
                self.chips.append((self.since(), said["i2c"], said["at"]))
            elif "id" in said:
                self._answers["far-end", said["id"]] = said
            self._changed.notify_all()

    def since(self):
        """Seconds since power came."""
        return time.monotonic() - self._began

    def own(self):
        """Seconds since power without those in which a processor of the emulator, the one that had to most, waited for
        one of this machine: what a limit is held against, however many others work here. Raises Failed after a cut.
        """
        waited = 0
        for told in Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            with suppress(OSError):  # a thread that has just ended
                waited = max(waited, int(told.read_text(encoding="ascii").split()[1]))
        if self.process.poll() is not None:
            raise Failed("QEMU has ended, and nobody knows any more how long it waited")
        return self.since() - waited / 1e9

    def wait(self, condition, seconds=PATIENCE, what="what is waited for"):
        """Until the condition is true; its value. Raises Failed."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition() or self.process.poll() is not None, seconds):
                raise Failed(f"{what}: not within {seconds} s\n{self.console()[-1500:]}")
        if self.process.poll() is not None and not condition():
            raise Failed(f"QEMU has ended: {(self.folder / 'qemu.log').read_text(errors='replace')[-800:]}")
        return condition()

    def _ask(self, channel, send, message, seconds):
        self._asked += 1
        number, until = self._asked, time.monotonic() + seconds
        while True:
            send({**message, "id": number})
            left = until - time.monotonic()
            with self._changed:
                self._changed.wait_for(lambda: self._answered(channel, number), min(left, ASK_AGAIN))
            if channel == "qmp" or left <= ASK_AGAIN or self._answered(channel, number):
                return self.wait(lambda: self._answers.get((channel, number)), left, f"an answer to {message}")

    def _answered(self, channel, number):
        return (channel, number) in self._answers or self.process.poll() is not None

    def qmp(self, command, **arguments):
        said = self._ask("qmp", self._qmp.send, {"execute": command, "arguments": arguments}, 60)
        if "error" in said:
            raise Failed(f"{command}: {said['error']}")
        return said["return"]

    def far_end(self, do, within=120, **values):
        """Ask the far end of the wires for something. Raises Failed."""
        said = self._ask("far-end", self._far_end.send, {"do": do, "with": values}, within)
        if "fault" in said:
            raise Failed(f"{do} {values}: {said['fault']}")
        return said["answer"]

    def command(self, text, seconds=600, ok=(0,)):
        """Run a command as root inside; what it said. Raises Failed."""
        done = self.far_end("run", seconds + 10, command=text, seconds=seconds)
        if done["code"] not in ok:
            raise Failed(f"{text}: exit {done['code']}\n{done['said'][-2000:]}")
        return done["said"].strip()

    def send_command(self, text):
        """Run a command that nobody lives to answer."""
        self._far_end.send({"do": "run", "with": {"command": text}, "id": 0})

    def wait_far_end(self):
        """Until the wires have their far ends. The line is asked for, since it does not say when it is heard."""
        self.wait(lambda: self.hello, what="the far end of the wires")

    def wait_first_restart(self):
        """A new card writes the firmware's part of its site file and starts anew, once."""
        self.wait(lambda: [one for one in self.events if one[1] == "RESET"], what="the restart of a new card")
        self.hello = None
        self.wait_far_end()

    def wait_ready(self, seconds=PATIENCE):
        """Until systemd says that lockerd is ready; seconds since power."""
        self.wait_far_end()
        until = time.monotonic() + seconds
        while self.command("systemctl is-active lockerd", ok=(0, 3)).split("\n")[-1] != "active":
            if time.monotonic() > until:
                raise Failed(f"lockerd: not ready within {seconds} s\n{self.journal('lockerd')[-3000:]}")
            time.sleep(1)
        return self.since()

    def journal(self, unit):
        return self.command(f"journalctl -b -o cat --no-pager -u {unit} | tail -40")

    def console(self):
        text = (self.folder / "console.log").read_text(encoding="utf-8", errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)

    # The plug

    def cut(self):
        """Take the mains plug out: nothing is flushed, nobody is asked."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self._log.close()
        self.serial_line.close()

    def power_off(self):
        """End as a person at the keyboard ends it, with everything written. Raises Failed."""
        self.send_command("systemctl poweroff")
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired as late:
            raise Failed("the machine did not power off") from late
        finally:
            self.cut()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cut()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


if __name__ == "__main__":
    say(device_tree())
