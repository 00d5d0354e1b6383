"""A person with a serial cable: logs in at the console of the emulated Pi, reads what it shows, types."""

import os
import queue
import re
import threading

from pi_machine import connect
from setup_person import Person

ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|[78])|\r")
PATIENCE_S, LOOK_S = 400, 20
"""Bounds a failure: what takes a second on a Pi takes ten of the emulator's own."""


class SerialConsole(Person):
    """The far end of the serial cable; `sees`, `types` and `answers` as at any terminal.

    It is always read: a machine whose serial line nobody reads waits for that with its whole start.
    """

    def __init__(self, pi):
        self._pi = pi
        self._socket = connect(pi.folder / "console.sock")
        self._fd = self._socket.fileno()
        self.text, self._read = "", 0
        self._heard = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while data := _some_of(self._fd):
            self._heard.put(data)

    def _more(self, within):
        try:
            data = self._heard.get(timeout=max(within, 0.01))
        except queue.Empty:
            return False
        self.text += data.decode("utf-8", errors="replace").replace("\r\n", "\n")
        return True

    def sees(self, *wanted, within=PATIENCE_S):
        """As at any terminal; `within` are the emulator's own seconds."""
        until = self._pi.own() + within
        while True:
            try:
                return super().sees(*wanted, within=LOOK_S)
            except AssertionError:
                if self._pi.own() > until:
                    raise

    def log_in(self, user, password):
        """From the first prompt to a shell whose own prompt is told from everything else."""
        self.types()
        self.sees("login: ")
        self.types(user)
        self.sees("Password: ")
        self.types(password)
        self.sees("$ ")
        self.types("bind 'set enable-bracketed-paste off'; PS1='READY''> '; stty cols 80 rows 24")
        self.sees("READY> ")

    def does(self, command, code=0):
        """Type a command to the letter; what it said. Raises AssertionError when it ended otherwise."""
        self.types(command)
        start = len(self.text)
        self.sees("READY> ")
        said = ESCAPES.sub("", self.text[start : self._read - len("READY> ")])
        self.types("echo ended=$?")
        self.sees("ended=")
        self.sees("READY> ")
        ended = self.text[: self._read].rsplit("ended=", 1)[1].split()[0]
        assert int(ended) == code, f"{command}: ended with {ended}\n{said}"
        return said

    def close(self):
        self._socket.close()


def _some_of(file):
    try:
        return os.read(file, 65536)
    except OSError:
        return b""
