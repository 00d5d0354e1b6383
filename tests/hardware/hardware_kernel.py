"""The kernel's side of a Pi's pins, behind the calls of libgpiod's `Chip`: who holds a line, and what happened to it.

As measured on the kernel's own simulated chip: a line is requested with its level, a second request of it is EBUSY and
its info names the consumer, a reconfigured line is never free between, an edge makes the request's descriptor readable.
"""

import errno
import os
from dataclasses import dataclass, field
from types import SimpleNamespace

from gpiod import EdgeEvent
from gpiod.line import Direction, Edge, Value

NAMELESS = "\0"
"""Stands for a line that is taken and tells no consumer."""


@dataclass
class Line:
    consumer: str = ""
    history: list = field(default_factory=list)
    outside: int = 1
    broken: bool = False
    edges: Edge = Edge.NONE
    request: object = None


class Kernel:
    """One chip. `history` of a line: ("output", level), ("input", pull), ("write", level), ("free",)."""

    def __init__(self, label="pinctrl-bcm2711", lines=28):
        self.label = label
        self.lines = [Line() for _ in range(lines)]
        self.no_edges = False
        self.opened = []
        self.closed = 0

    def chip(self, path):
        self.opened.append(path)
        return _Chip(self)

    def drive(self, number, level):
        line = self.lines[number]
        changed, line.outside = line.outside != level, level
        if changed and line.edges is Edge.BOTH and line.request:
            line.request.pending.append(level)
            os.eventfd_write(line.request.fd, 1)


class _Chip:
    def __init__(self, kernel):
        self.kernel = kernel

    def get_info(self):
        return SimpleNamespace(label=self.kernel.label)

    def get_line_info(self, number):
        line = self.kernel.lines[number]
        return SimpleNamespace(used=bool(line.consumer), consumer=line.consumer.strip(NAMELESS))

    def request_lines(self, config, consumer):
        ((number, settings),) = config.items()
        line = self.kernel.lines[number]
        if line.broken:
            raise OSError(errno.EIO, "Input/output error")
        if line.consumer:
            raise OSError(errno.EBUSY, "Device or resource busy")
        line.consumer = consumer
        return _Request(self.kernel, number, settings)

    def close(self):
        self.kernel.closed += 1


class _Request:
    def __init__(self, kernel, number, settings):
        self.kernel, self.number = kernel, number
        self.fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.pending = []
        self._line.request = self
        self._configure(settings)

    @property
    def _line(self):
        return self.kernel.lines[self.number]

    def reconfigure_lines(self, config):
        self._configure(config[self.number])

    def _configure(self, settings):
        if settings.edge_detection is not Edge.NONE and self.kernel.no_edges:
            raise OSError(errno.ENXIO, "No such device or address")
        self.settings, self._line.edges = settings, settings.edge_detection
        if settings.direction is Direction.OUTPUT:
            self.level = int(bool(settings.output_value))
            self._line.history.append(("output", self.level))
        else:
            self._line.history.append(("input", settings.bias.name))

    def set_value(self, number, value):
        self._check()
        self.level = int(bool(value))
        self._line.history.append(("write", self.level))

    def get_value(self, number):
        self._check()
        return Value(self.level if self.settings.direction is Direction.OUTPUT else self._line.outside)

    def wait_edge_events(self, timeout):
        assert timeout == 0, "a wait would hold the lock of the pin"
        return bool(self.pending)

    def read_edge_events(self, most):
        os.eventfd_read(self.fd)
        taken, self.pending = self.pending[:most], self.pending[most:]
        if self.pending:
            os.eventfd_write(self.fd, 1)
        kinds = (EdgeEvent.Type.FALLING_EDGE, EdgeEvent.Type.RISING_EDGE)
        return [SimpleNamespace(event_type=kinds[level], timestamp_ns=0, Type=EdgeEvent.Type) for level in taken]

    def release(self):
        os.close(self.fd)
        self._line.history.append(("free",))
        self._line.consumer, self._line.request = "", None

    def _check(self):
        if self._line.broken:
            raise OSError(errno.ENODEV, "No such device")
