"""The far end of the Pi's header: mock pins whose other side is a lock relay or a door switch of the world."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gpiozero.pins.mock import MockFactory, MockPin

from simulator.world.world import WireFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.world.door import Door
    from simulator.world.world import World


@dataclass(frozen=True, slots=True)
class PinWiring:
    """Where the two wires of a door end. `lock_high`: the relay acts on high. `shut_high`: a shut contact is high."""

    door: str
    lock: int
    switch: int
    lock_high: bool
    shut_high: bool


class WorldPins(MockFactory):
    """A pin factory whose pins are wired to a world."""

    def __init__(self, world: World, wirings: Iterable[PinWiring]) -> None:
        super().__init__(pin_class=WorldPin)
        self.world = world
        self.sampling = threading.RLock()
        self.locks: dict[int, PinWiring] = {}
        self.switches: dict[int, PinWiring] = {}
        self._by_door: dict[str, PinWiring] = {}
        for wiring in wirings:
            self.locks[wiring.lock] = wiring
            self.switches[wiring.switch] = wiring
            self._by_door[wiring.door] = wiring
        world.on_switch(self._sample_switch)

    def _sample_switch(self, door: Door) -> None:
        wiring = self._by_door.get(door.id)
        if wiring is None:
            return
        for pin in list(self.pins.values()):
            if pin.number_on_chip == wiring.switch:
                pin.sample()


class WorldPin(MockPin):
    """A pin as the Pi's is: claimed with its level, pulled where asked, dead while its bank is unplugged.

    A plain claim as output drives low, as most libraries do, so a driver that does not claim with the level
    blips an active-low relay here too (docs/protocols.md 0.1).
    """

    def __init__(self, factory: WorldPins, info: Any) -> None:
        super().__init__(factory, info)
        self.number_on_chip: int = self._number

    def output_with_state(self, state: bool) -> None:
        """Become an output that has this level from its first moment. Raises OSError while unplugged."""
        self._require_plugged()
        self._function = "output"
        self._change_state(bool(state))
        self.clear_states()
        self._drive()

    def input_with_pull(self, pull: str) -> None:
        """Become an input with this pull. Raises OSError while unplugged."""
        self._require_plugged()
        super().input_with_pull(pull)

    def close(self) -> None:
        """Become a floating input; a relay's own resistor then holds it idle."""
        self.when_changed = None
        self._function = "input"
        self._pull = self.info.pull or "floating"
        self._de_energise()

    def sample(self) -> None:
        """Take the level that the far end and the pull give this input."""
        # A door moves in the loop, the daemon looks from the thread of its pins: the later look must win.
        with self.factory.sampling:
            if self._function != "input" or self._unplugged():
                return
            if self._input_level():
                self.drive_high()
            else:
                self.drive_low()

    def _input_level(self) -> bool:
        wiring = self.factory.switches.get(self._number)
        if wiring is not None and self.factory.world.doors[wiring.door].contact:
            return bool(wiring.shut_high)
        if self._pull != "floating":
            return bool(self._pull == "up")
        # An input that nobody pulls wanders; the worst that it can say is that an open door is shut.
        return bool(wiring.shut_high) if wiring is not None else self._state

    def _set_function(self, value: str) -> None:
        self._require_plugged()
        super()._set_function(value)
        if value == "output":
            self._change_state(False)
            self._drive()
        else:
            self._de_energise()
            self.sample()

    def _set_pull(self, value: str) -> None:
        self._require_plugged()
        super()._set_pull(value)
        self.sample()

    def _get_state(self) -> Any:
        self._require_plugged()
        if self._function == "input":
            self.sample()
        return super()._get_state()

    def _set_state(self, value: float) -> None:
        self._require_plugged()
        super()._set_state(value)
        self._drive()

    def _drive(self) -> None:
        wiring = self.factory.locks.get(self._number)
        if wiring is None:
            return
        if bool(self._state) is wiring.lock_high:
            self.factory.world.energise(wiring.door)
        else:
            self.factory.world.de_energise(wiring.door)

    def _de_energise(self) -> None:
        if wiring := self.factory.locks.get(self._number):
            self.factory.world.de_energise(wiring.door)

    def _unplugged(self) -> bool:
        wiring = self.factory.locks.get(self._number) or self.factory.switches.get(self._number)
        return wiring is not None and self.factory.world.has(wiring.door, WireFault.UNPLUGGED)

    def _require_plugged(self) -> None:
        if self._unplugged():
            raise OSError(f"GPIO{self._number} does not answer")
