"""Serial wires made of software: a pseudo-terminal behind the name that the site file gives."""

from __future__ import annotations

import os
import tty
from contextlib import suppress
from pathlib import Path

PTY_FOLDER = "/dev/pts/"


class CableRefused(Exception):
    """The port's name cannot be linked to a pty; the text says why and what to do."""


class PtyCable:
    """A pty whose near end stands under `port`, as a link, until it is closed.

    The far end is `fd`, non-blocking, for the loop. Our own hold on the near end keeps the wire alive
    while nobody has it open. Raises CableRefused.
    """

    def __init__(self, port: Path) -> None:
        self.port = port
        self.fd, self._near = os.openpty()
        tty.setraw(self._near)
        os.set_blocking(self.fd, False)
        self._target = os.ttyname(self._near)
        try:
            self._link()
        except CableRefused:
            self.close()
            raise

    def _link(self) -> None:
        try:
            if self.port.is_symlink():
                if not str(self.port.readlink()).startswith(PTY_FOLDER):
                    raise CableRefused(f"{self.port} is a real device; name another port in the file")
                self.port.unlink()
            self.port.parent.mkdir(parents=True, exist_ok=True)
            self.port.symlink_to(self._target)
        except FileExistsError as taken:
            raise CableRefused(f"{self.port} exists and is no link; name another port in the file") from taken
        except OSError as refused:
            raise CableRefused(
                f"{self.port} cannot be made ({refused.strerror}); name a port in a folder of yours"
            ) from refused

    def write(self, data: bytes) -> bool:
        """Put bytes on the wire. False when the buffer is full because nobody reads."""
        try:
            return os.write(self.fd, data) == len(data)
        except BlockingIOError:
            return False

    def read(self) -> bytes:
        """What the near end has written; empty when nothing."""
        try:
            return os.read(self.fd, 4096)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """Take the link away, if it is still ours, and close the pty."""
        with suppress(OSError):  # on a disk that takes nothing the link stays; the next start replaces it
            if self.port.is_symlink() and str(self.port.readlink()) == self._target:
                self.port.unlink()
        for fd in (self.fd, self._near):
            os.close(fd)


def can_be_linked(port: Path) -> bool:
    """True when a cable can stand under this name: it is free or a link of ours, in a folder that we may write."""
    if port.is_symlink():
        ours = str(port.readlink()).startswith(PTY_FOLDER)
        return ours and os.access(port.parent, os.W_OK)
    return not port.exists() and is_writable(port.parent)


def is_writable(folder: Path) -> bool:
    """True when names can be made in this folder, or the folder itself where it can be."""
    nearest = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    return os.access(nearest, os.W_OK)
