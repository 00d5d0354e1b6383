"""What the command line asks of the house, with the daemon running or without: the same few acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locker.services.people.couriers import PinTaken
from locker.services.people.staff_accounts import Role
from locker.services.people.tokens import Scope

if TYPE_CHECKING:
    from locker.services.people.couriers import Couriers
    from locker.services.people.staff_accounts import StaffAccounts
    from locker.services.people.tokens import Tokens

BY = "command-line"


class CommandFailed(Exception):
    """What was asked of the office cannot be done; the text says why, in one sentence."""


class AdminCommands:
    """The acts by name. Arguments and results are JSON values."""

    def __init__(self, tokens: Tokens, staff: StaffAccounts, couriers: Couriers) -> None:
        self._tokens = tokens
        self._staff = staff
        self._couriers = couriers

    async def do(self, act: str, said: dict[str, Any]) -> str:
        """One act; its result in words. Raises Impossible."""
        try:
            match act:
                case "token-create":
                    scopes = [Scope(scope) for scope in said["scopes"]]
                    return await self._tokens.create(said["name"], scopes, by=BY)
                case "staff-add":
                    return await self._staff.add(said["name"], Role(said["role"]), by=BY)
                case "staff-renew":
                    return await self._staff.renew(said["name"], by=BY)
                case "staff-disable":
                    await self._staff.disable(said["name"], by=BY)
                    return f"{said['name']} cannot sign in any more"
                case "courier-add":
                    courier = await self._couriers.add(said["company"], said["name"], said["pin"], by=BY)
                    return courier.id
                case _:
                    raise CommandFailed(f"the daemon does not know the act {act}; is it of another version?")
        except (ValueError, KeyError, PinTaken) as wrong:
            raise CommandFailed(str(wrong)) from wrong
