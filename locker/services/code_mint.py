"""New codes that no live parcel of this cabinet has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.command import NewCode

if TYPE_CHECKING:
    from locker.engine import Engine
    from locker.vault import PickupSecrets, Vault


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
