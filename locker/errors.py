"""The root of our errors and two of its three families. The third, `Refused`, belongs to the rules: core/reasons.py.

`Refused`: you may not. `HardwareFault`: it did not. `SettingsError`: it cannot start. Whatever else is raised on
purpose is a `LockerError` as well, so that a foreign error is never taken for one of ours.
"""

from __future__ import annotations


class LockerError(Exception):
    """Anything that this program raises on purpose."""


class HardwareFault(LockerError):
    """It did not happen. The text names the door or the wire, and the remedy, in one sentence."""


class CoilStuck(HardwareFault):
    """A lock did not go back to rest when its pulse was over: its door is not to be used until a person has looked."""


class SettingsError(LockerError):
    """It cannot start. `faults` holds one line a fault, each naming the key by its path."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
