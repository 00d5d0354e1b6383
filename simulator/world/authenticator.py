"""The authenticator app of staff on a phone of the world: it shows the codes of the accounts that were scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp

if TYPE_CHECKING:
    from simulator.world.world_store import WorldStore
    from simulator.world.world_time import WorldClock

NAME = "authenticator"


class Authenticator:
    """Secrets by whose account they are of. It shows what any such app on a phone with the world's time would."""

    def __init__(self, store: WorldStore, clock: WorldClock) -> None:
        self._store = store
        self._clock = clock
        self._secrets: dict[str, str] = {str(name): str(secret) for name, secret in (store.load(NAME) or {}).items()}

    def scan(self, name: str, secret: str) -> None:
        """Take an account, or another secret for one that is known."""
        pyotp.TOTP(secret).now()  # a secret that is none is refused here
        self._secrets[name] = secret
        self._store.save(NAME, dict(self._secrets))

    def codes(self) -> dict[str, str]:
        """What it shows now, by account."""
        now = self._clock.now()
        return {name: pyotp.TOTP(secret).at(now) for name, secret in sorted(self._secrets.items())}
