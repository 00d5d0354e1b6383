"""What stands on the touchscreen, kept so that a visit outlives its machine: sealed, in one small file.

A power cut leaves the screen as it stood about a second before, or none: doors and parcels are the journal's, and what
is read here is looked at again before it is shown.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from pydantic import TypeAdapter, ValidationError

from api.kiosk.courier.fetch_steps import ConfirmFetch
from api.kiosk.courier.steps import ConfirmHandOver, ConfirmPin, SignIn
from api.kiosk.state import Idle, KioskState, Step
from locker.vault import CannotUnseal

if TYPE_CHECKING:
    from pathlib import Path

    from api.kiosk.values import KioskTime
    from locker.vault import Vault

FILE = "screen"
STEPS: dict[str, TypeAdapter[Any]] = {each.__name__: TypeAdapter(each) for each in get_args(Step)}
STATE = TypeAdapter(KioskState)
SECONDS = {"since", "until", "last_touch", "code_asked", "proved_at"}
"""Fields in monotonic seconds, which begin anew with each start."""


class KeptScreen:
    """The file of one touchscreen. All of it blocks on the disk."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._path = folder / FILE
        self._vault = vault

    def write(self, state: KioskState, now: KioskTime) -> None:
        """Keep this state in place of the one before. Not synced: a screen lost in a power cut costs a sign-in."""
        sealed = self._vault.seal_screen(as_json(state, now))
        draft = self._path.with_name(FILE + ".new")
        with suppress(OSError):  # a full disk stops no visit
            draft.unlink(missing_ok=True)
            draft.touch(0o600)
            draft.write_bytes(sealed)
            draft.replace(self._path)

    def forget(self) -> None:
        """Nobody is here any more."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def read(self, now: KioskTime) -> KioskState | None:
        """The state that was kept, its times as of now; None when there is none that this program understands."""
        try:
            return from_json(self._vault.unseal_screen(self._path.read_bytes()), now)
        except (OSError, CannotUnseal, ValueError, KeyError, TypeError, ValidationError):
            return None


def as_json(state: KioskState, now: KioskTime) -> bytes:
    """The state, its step by its name, and when it stood so. A PIN is not kept: it is typed again."""
    at = (
        replace(state.step, typed="")
        if isinstance(state.step, SignIn | ConfirmPin | ConfirmHandOver | ConfirmFetch)
        else state.step
    )
    step = STEPS[type(at).__name__].dump_python(at, mode="json")
    body = {
        "at": now.utc.isoformat(),
        "seconds": now.seconds,
        "kind": type(at).__name__,
        "step": step,
        "rest": STATE.dump_python(replace(state, step=Idle(), waiting=False), mode="json"),
    }
    return json.dumps(body, ensure_ascii=False).encode()


def from_json(text: bytes, now: KioskTime) -> KioskState:
    """The state again. Raises ValueError, KeyError or ValidationError when it is not one of ours."""
    body = json.loads(text)
    passed = max(0.0, (now.utc - datetime.fromisoformat(body["at"])).total_seconds())
    ahead = now.seconds - passed - body["seconds"]
    step: Step = STEPS[body["kind"]].validate_python(_moved(body["step"], ahead))
    rest = STATE.validate_python(_moved(body["rest"], ahead))
    return replace(rest, step=step)


def _moved(value: Any, ahead: float) -> Any:
    """The same with its seconds counted from another beginning."""
    if isinstance(value, list):
        return [_moved(each, ahead) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: one + ahead if name in SECONDS and isinstance(one, int | float) else _moved(one, ahead)
        for name, one in value.items()
    }
