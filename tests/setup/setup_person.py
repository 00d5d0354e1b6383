"""A person at a terminal of 80 x 24: reads what `lockerd setup` asks, types, presses Ctrl-C."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import preloaded

LOCKERD = Path(sys.executable).parent / "lockerd"
PATIENCE_S = 90
CTRL_C = b"\x03"
TERMINAL = {"TERM": "dumb", "LC_ALL": "C.UTF-8"}


class Person:
    """At the terminal of one process. `text` is all that was shown, as a screen of 80 columns gets it."""

    def __init__(self, file, env=None):
        """At a start from a process that has read every module; see `AtTheConsole` for a whole one."""
        self._fd, near = pty.openpty()
        fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        with os.fdopen(near, "r+b", buffering=0) as tty:
            words = ("setup", "--config", str(file))
            whole = os.environ | TERMINAL | (env or {})
            self._process = preloaded.start("lockerd", *words, stdin=tty, stdout=tty, stderr=tty, env=whole)
        self.text, self._read = "", 0
        self.code = None

    def sees(self, *wanted, within=PATIENCE_S):
        """Read on until one of these stands there, behind what was read before; which one it was."""
        end = time.monotonic() + within
        while True:
            new = self.text[self._read :].replace("\n", " ")  # where a line was broken says nothing
            places = {each: new.find(each) for each in wanted if each in new}
            if places:
                first = min(places, key=places.get)
                self._read += places[first] + len(first)
                return first
            assert self._more(end - time.monotonic()), f"never saw {wanted} after:\n{self.text[-1500:]}"

    def types(self, line="", enter="\n"):
        os.write(self._fd, (line + enter).encode())

    def presses_ctrl_c(self):
        """As the terminal does it for the process that it controls."""
        self._process.send_signal(signal.SIGINT)

    def answers(self, asked, line=""):
        self.sees(asked)
        self.sees(": ")
        self.types(line)

    def ends(self):
        """Read to the end; the exit code."""
        end = time.monotonic() + PATIENCE_S
        while self._more(end - time.monotonic()):
            pass
        if self.code is None:
            self.code = self._waited()
            os.close(self._fd)
        return self.code

    def _waited(self):
        return self._process.wait(PATIENCE_S)

    def leaves(self):
        """End the process, whatever it does."""
        if self.code is None:
            self._kill()
            self.ends()

    def _kill(self):
        self._process.kill()

    def _more(self, within):
        if within <= 0 or not select.select([self._fd], [], [], within)[0]:
            return False
        try:
            more = os.read(self._fd, 65536)
        except OSError:
            return False
        self.text += more.decode("utf-8", errors="replace").replace("\r\n", "\n")
        return bool(more)


class AtTheConsole(Person):
    """A whole process with a terminal of its own, which turns Ctrl-C into a signal by itself."""

    def __init__(self, file, env=None, words=("setup",)):
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.execve(LOCKERD, [str(LOCKERD), *words, "--config", str(file)], os.environ | TERMINAL | (env or {}))
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.text, self._read = "", 0
        self.code = None

    def presses_ctrl_c(self):
        os.write(self._fd, CTRL_C)

    def _waited(self):
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)


def lines(text):
    return [re.sub(r"\r", "", line) for line in text.split("\n")]
