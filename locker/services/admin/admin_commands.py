"""What the command line asks of the cabinet, with the daemon running or without: the same few acts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.services.people import PinTaken, Role, Scope

if TYPE_CHECKING:
    from locker.engine import Engine
    from locker.services.people import CourierAccounts, MachineTokens, StaffAccounts

BY = "command-line"


class CommandFailed(LockerError):
    """What the command line asked cannot be done; the text says why, in one sentence."""


def refusal(refused: Refused, sealed: str | None = None) -> str:
    """Why a command was refused, as a person reads it; `sealed` is the cabinet's own reason, where it is at hand."""
    if refused.reason is not RefusalReason.SEALED:
        return f"refused: {refused.reason.value}"
    because = f": {sealed}" if sealed else "; its log and its panel say why"
    return f"nothing was changed, because the cabinet is sealed and can record nothing{because}"


class AdminCommands:
    """The acts by name. Arguments and results are JSON values."""

    def __init__(self, tokens: MachineTokens, staff: StaffAccounts, couriers: CourierAccounts, engine: Engine) -> None:
        self._tokens = tokens
        self._staff = staff
        self._couriers = couriers
        self._engine = engine

    async def execute(self, act: str, arguments: dict[str, Any]) -> str:
        """One act; its result in words. Raises CommandFailed."""
        try:
            match act:
                case "token-create":
                    scopes = [Scope(scope) for scope in arguments["scopes"]]
                    return await self._tokens.create(arguments["name"], scopes, by=BY)
                case "staff-add":
                    return await self._staff.add(arguments["name"], Role(arguments["role"]), by=BY)
                case "staff-renew":
                    return await self._staff.renew(arguments["name"], by=BY)
                case "staff-disable":
                    await self._staff.disable(arguments["name"], by=BY)
                    return f"{arguments['name']} cannot sign in any more"
                case "courier-add":
                    courier = await self._couriers.add(arguments["company"], arguments["name"], arguments["pin"], by=BY)
                    return courier.id
                case "clock-accept":
                    return clock_answer(await self._engine.accept_wall_clock(BY))
                case _:
                    raise CommandFailed(f"the daemon does not know the act {act}; is it of another version?")
        except (ValueError, KeyError, PinTaken) as wrong:
            raise CommandFailed(str(wrong)) from wrong


def clock_answer(seconds: int) -> str:
    """What a person is told who accepted the wall clock, which was ahead by so many seconds."""
    if not seconds:
        return "the clock is what it was taken for: nothing moved"
    way = "forward" if seconds > 0 else "back"
    return f"the clock is accepted: time moved {way} by {timedelta(seconds=abs(seconds))}; running times moved along"
