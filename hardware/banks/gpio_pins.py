"""The pins of a real Pi as gpiozero's devices want them, on libgpiod (docs/decisions/09-gpio-library.md).

A pin is untouched until it is given a function, and claimed in one request together with its level or its pull, so that
it never shows a level that nobody asked for (docs/protocols.md 0.1). What it may not have says who has it.
"""

from __future__ import annotations

import errno
import os
import select
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gpiod
from gpiod.line import Bias, Direction, Edge, Value
from gpiozero.exc import PinFixedPull, PinInvalidFunction, PinSetInput
from gpiozero.pins.local import LocalPiFactory, LocalPiPin

if TYPE_CHECKING:
    from gpiod import Chip, LineRequest, LineSettings

CONSUMER = "lockerd"

HEADER_CHIPS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""Labels of the chip behind the header: Pi 5; Pi 4; all before. Its number differs from kernel to kernel."""

PULLS = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "floating": Bias.DISABLED}
EDGES_AT_ONCE = 64


def find_header_chip(devices: Path = Path("/dev")) -> Chip:
    """Open the chip of the header. Raises OSError."""
    refused: OSError | None = None
    for path in sorted(devices.glob("gpiochip*")):
        try:
            chip = gpiod.Chip(str(path))
        except OSError as failed:
            refused = failed
            continue
        if chip.get_info().label in HEADER_CHIPS:
            return chip
        chip.close()
    raise refused or OSError(errno.ENODEV, f"no chip of a Raspberry Pi's pins in {devices}")


class HeaderPin(LocalPiPin):
    """One pin. All but the edges happens in the thread of the pins."""

    def __init__(self, factory: HeaderPinFactory, info: Any) -> None:
        super().__init__(factory, info)
        self._request: LineRequest | None = None
        self._settings: LineSettings = gpiod.LineSettings()
        # A request is for one thread at a time, and the thread of the edges reads from it too.
        self._lock = threading.Lock()

    def output_with_state(self, state: bool) -> None:
        """Be an output that has this level from its first moment. Raises OSError."""
        self._claim(gpiod.LineSettings(direction=Direction.OUTPUT, output_value=Value(int(state))))

    def input_with_pull(self, pull: str) -> None:
        """Be an input with this pull. Raises OSError."""
        if self.info.pull not in {pull, ""}:
            raise PinFixedPull(f"{self!r} has a physical pull-{self.info.pull} resistor")
        self._claim(gpiod.LineSettings(direction=Direction.INPUT, bias=PULLS[pull]))

    def close(self) -> None:
        """Leave an output claimed at its first level: let float, a relay's input could wander into "on"."""
        with suppress(OSError):
            if self._settings.direction is Direction.OUTPUT:
                self._set_state(self._settings.output_value.value)
            else:
                self.release()

    def release(self) -> None:
        """Give the line back to the kernel."""
        with self._lock:
            if self._request is not None:
                self.factory.edges.unwatch(self._request.fd)
                self._request.release()
                self._request = None
            self._settings = gpiod.LineSettings()

    def take_edges(self) -> None:
        """Read the edges that wait, and tell the device of the newest; from the thread of the edges. Raises OSError."""
        with self._lock:
            if self._request is None or not self._request.wait_edge_events(0):
                return
            newest = self._request.read_edge_events(EDGES_AT_ONCE)[-2:]
        for edge in newest:
            self._call_when_changed(edge.timestamp_ns / 1e9, int(edge.event_type is edge.Type.RISING_EDGE))

    def _claim(self, settings: LineSettings) -> None:
        with self._lock:
            if self._request is None:
                self._request = self.factory.request(self._number, settings)
            else:
                # Without a release between: the level would be nobody's for a moment.
                self._request.reconfigure_lines({self._number: settings})
            self._settings = settings

    def _claimed(self) -> LineRequest:
        if self._request is None:
            raise OSError(errno.EBADFD, f"{self!r} has not been claimed")
        return self._request

    def _get_function(self) -> str:
        return "output" if self._settings.direction is Direction.OUTPUT else "input"

    def _set_function(self, value: str) -> None:
        if value == "input":
            self.input_with_pull(self.info.pull or "floating")
        elif value == "output":
            self.output_with_state(False)
        else:
            raise PinInvalidFunction(f"invalid function {value!r} for pin {self!r}")

    def _get_state(self) -> int:
        with self._lock:
            return int(bool(self._claimed().get_value(self._number)))

    def _set_state(self, value: float) -> None:
        if self._settings.direction is not Direction.OUTPUT:
            raise PinSetInput(f"cannot set state of pin {self!r}")
        with self._lock:
            self._claimed().set_value(self._number, Value(int(bool(value))))

    def _get_pull(self) -> str:
        return next((pull for pull, bias in PULLS.items() if bias is self._settings.bias), "floating")

    def _set_pull(self, value: str) -> None:
        self.input_with_pull(value)

    def _get_bounce(self) -> None:
        """The kernel is asked for no debouncing: hardware/banks/debounce.py does it."""

    def _set_bounce(self, value: float | None) -> None:
        assert value is None, "a bounce time of the library would hide levels"

    def _get_edges(self) -> str:
        return "both"

    def _set_edges(self, value: str) -> None:
        assert value == "both", "a switch moves both ways"

    def _enable_event_detect(self) -> None:
        """Edges only wake the poller, so a line that cannot report any is a slower switch and no fault."""
        settings = gpiod.LineSettings(direction=Direction.INPUT, bias=self._settings.bias, edge_detection=Edge.BOTH)
        with suppress(OSError):
            self._claim(settings)
            self.factory.edges.watch(self._claimed().fd, self)

    def _disable_event_detect(self) -> None:
        if self._request is not None:
            self.factory.edges.unwatch(self._request.fd)


class EdgeThread:
    """The thread that waits for the edges of all pins; it starts with the first pin to watch."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._wake = os.eventfd(0)
        self._pins: dict[int, HeaderPin] = {}
        self._thread: threading.Thread | None = None

    def watch(self, fd: int, pin: HeaderPin) -> None:
        """Tell this pin when an edge waits on its request."""
        self._pins[fd] = pin
        self._epoll.register(fd, select.EPOLLIN)
        if self._thread is None:
            self._epoll.register(self._wake, select.EPOLLIN)
            self._thread = threading.Thread(target=self._run, name="edges of the pins", daemon=True)
            self._thread.start()

    def unwatch(self, fd: int) -> None:
        """No more; the request may be released afterwards."""
        if self._pins.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            os.eventfd_write(self._wake, 1)
            self._thread.join()
            self._thread = None
        self._epoll.close()
        os.close(self._wake)

    def _run(self) -> None:
        while True:
            for fd, _ in self._epoll.poll():
                if fd == self._wake:
                    return
                pin = self._pins.get(fd)
                if pin is None:
                    continue
                try:
                    pin.take_edges()
                except OSError:
                    # Its chip has gone: every read says so, and an fd that is ready for ever would spin.
                    self.unwatch(fd)


class HeaderPinFactory(LocalPiFactory):
    """The Pi's header. Raises OSError where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.pin_class = HeaderPin
        self.edges = EdgeThread()
        self._chip = find_header_chip()

    def close(self) -> None:
        """Give every line back; the kernel decides what an output is then (docs/protocols.md 0.2)."""
        for pin in self.pins.values():
            pin.release()
        self.pins.clear()
        self.edges.close()
        self._chip.close()

    def request(self, number: int, settings: LineSettings) -> LineRequest:
        """Claim one line. Raises OSError; of a line that is taken it names the holder."""
        try:
            return self._chip.request_lines({number: settings}, consumer=CONSUMER)
        except OSError as failed:
            if failed.errno != errno.EBUSY:
                raise OSError(failed.errno, f"GPIO{number} cannot be claimed ({failed.strerror})") from failed
            raise OSError(errno.EBUSY, f"GPIO{number} is taken by {self._holder(number)}") from failed

    def _holder(self, number: int) -> str:
        with suppress(OSError):
            if consumer := self._chip.get_line_info(number).consumer:
                return f'"{consumer}"'
        return "a program that gives no name"
