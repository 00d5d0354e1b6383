"""The pins of a real Pi: gpiozero's lgpio factory, with outputs that are claimed at their idle level."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Turn the library's own error into an OSError: a pin that fails is a wire that fails."""
    try:
        yield
    except lgpio.error as failed:
        raise OSError(str(failed)) from failed


class CoilSafePin(LGPIOPin):
    """A pin that never shows a level that nobody asked for.

    gpiozero claims every pin as a floating input first and every output low before its value is written,
    so an active-low relay would fire at each start (docs/protocols.md 0.1). This pin is untouched until it is
    given a function, claims an output together with its level (`gpio_claim_output(handle, gpio, level)`),
    and goes back to that level when closed.
    """

    def __init__(self, factory: Any, info: Any) -> None:
        # LGPIOPin's own constructor would claim the pin as a floating input.
        super(LGPIOPin, self).__init__(factory, info)
        self._pwm = None
        self._bounce = None
        self._callback = None
        self._edges = lgpio.BOTH_EDGES
        self._idle: bool | None = None

    def output_with_state(self, state: bool) -> None:
        """Claim the pin as an output that has this level from its first moment. Raises OSError."""
        with _as_os_error():
            lgpio.gpio_claim_output(self.factory._handle, self._number, int(state))  # noqa: SLF001  a pin is its factory's
        self._idle = bool(state)

    def close(self) -> None:
        """Leave an output at its first level: let float, a relay input could wander into "on"."""
        if self.factory._handle is None:  # noqa: SLF001  a pin is its factory's
            return
        with suppress(OSError):
            if self._idle is None:
                with _as_os_error():
                    super().close()
            else:
                self._set_state(self._idle)

    def _set_function(self, value: str) -> None:
        with _as_os_error():
            super()._set_function(value)
        self._idle = None

    def _get_state(self) -> Any:
        with _as_os_error():
            return super()._get_state()

    def _set_state(self, value: float) -> None:
        with _as_os_error():
            super()._set_state(value)

    def _set_pull(self, value: str) -> None:
        with _as_os_error():
            super()._set_pull(value)

    def _enable_event_detect(self) -> None:
        with _as_os_error():
            super()._enable_event_detect()


class CoilSafePinFactory(LGPIOFactory):
    """The Pi's header through lgpio, the only library that serves every Pi up to the fifth."""

    def __init__(self) -> None:
        with _as_os_error():
            super().__init__()
        self.pin_class = CoilSafePin
