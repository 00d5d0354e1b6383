"""New codes that no live parcel of this cabinet has."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from locker.core.messages.command import NewCode
from locker.core.reasons import RefusalReason, Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from locker.engine import Engine
    from locker.vault import PickupSecrets, Vault

T = TypeVar("T")

_MOST_TRIES = 5


class CodeMint:
    """Makes codes and tokens as long as the site file says now."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def secrets(self) -> PickupSecrets:
        """A code and token that open nothing here."""
        site = self._engine.site
        while True:
            secrets = self._vault.mint(site.policy.code_digits)
            if secrets.code_hash not in site.codes and secrets.token_hash not in site.codes:
                return secrets

    def fresh(self) -> NewCode:
        """The same as a rule takes it: hashes, and both sealed."""
        secrets = self.secrets()
        return NewCode(code_hash=secrets.code_hash, token_hash=secrets.token_hash, sealed=secrets.sealed)


async def again_while_taken(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask anew, each time with another code, while the one that was made is taken meanwhile. Raises Refused."""
    for _ in range(_MOST_TRIES):
        try:
            return await ask()
        except Refused as refused:
            if refused.reason is not RefusalReason.BUSY:
                raise
    raise Refused(RefusalReason.BUSY)
