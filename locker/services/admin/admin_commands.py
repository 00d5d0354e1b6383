"""What the command line asks of the cabinet, with the daemon running or without: the same few acts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from locker.core.events.service_events import RestoreDrilled, UpdateEnded
from locker.core.model import Use
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.services.admin.rule_commands import RuleCommands, table
from locker.services.people import BadgeTaken, PinTaken, Role, Scope
from locker.services.policies import VersionTaken
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from locker.engine import Engine
    from locker.services.backup import BackupKeeper
    from locker.services.people import CourierAccounts, ListedCourier, ListedToken, MachineTokens, StaffAccounts
    from locker.services.policies import RuleBook

BY = "command-line"
NOBODY = "nobody"
"""The answer where no visit is under way."""


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

    def __init__(
        self,
        tokens: MachineTokens,
        staff: StaffAccounts,
        couriers: CourierAccounts,
        engine: Engine,
        backups: BackupKeeper,
        rules: RuleBook,
    ) -> None:
        self._backups = backups
        self._rules = rules
        self._tokens = tokens
        self._staff = staff
        self._couriers = couriers
        self._engine = engine

    async def execute(self, act: str, arguments: dict[str, Any]) -> str:
        """One act; its result in words. Raises CommandFailed."""
        subject, _, verb = act.partition("-")
        acts = {
            "token": self._token,
            "staff": self._account,
            "courier": self._courier,
            "clock": self._clock,
            "visits": self._visits,
            "backup": self._backup,
            "update": self._update,
            "rule": RuleCommands(self._rules, BY).execute,
        }
        try:
            answer = await acts[subject](verb, arguments) if subject in acts else None
        except (ValueError, KeyError, PinTaken, BadgeTaken, VersionTaken) as wrong:
            raise CommandFailed(str(wrong)) from wrong
        if answer is None:
            raise CommandFailed(f"the daemon does not know the act {act}; is it of another version?")
        return answer

    async def _token(self, verb: str, arguments: dict[str, Any]) -> str | None:
        match verb:
            case "create":
                scopes = [Scope(scope) for scope in arguments["scopes"]]
                days, company = arguments.get("days"), arguments.get("company") or ""
                return await self._tokens.create(arguments["name"], scopes, BY, days, company)
            case "revoke":
                await self._tokens.revoke(arguments["name"], by=BY)
                return f"{arguments['name']} lets nobody in any more"
            case "list":
                return table(_token_line(each) for each in await self._tokens.listed())
            case _:
                return None

    async def _account(self, verb: str, arguments: dict[str, Any]) -> str | None:
        match verb:
            case "add":
                role, days = Role(arguments["role"]), arguments.get("days")
                return await self._staff.add(arguments["name"], role, by=BY, days=days)
            case "renew":
                return await self._staff.renew(arguments["name"], by=BY)
            case "disable":
                await self._staff.disable(arguments["name"], by=BY)
                return f"{arguments['name']} cannot sign in any more"
            case _:
                return None

    async def _courier(self, verb: str, arguments: dict[str, Any]) -> str | None:
        match verb:
            case "add":
                courier = await self._couriers.add(arguments["company"], arguments["name"], arguments["pin"], by=BY)
                return courier.id
            case "renew":
                await self._couriers.renew(await self._courier_id(arguments), arguments["pin"], by=BY)
                return "the new PIN holds from now on"
            case "disable":
                if not await self._couriers.suspend(await self._courier_id(arguments), by=BY):
                    return "this courier could not sign in before"
                return "this courier cannot sign in any more"
            case "badge" if arguments["end"]:
                await self._couriers.badges.end(await self._courier_id(arguments), by=BY)
                return "this badge signs nobody in any more"
            case "badge":
                courier_id, alone = await self._courier_id(arguments), bool(arguments["alone"])
                await self._couriers.badges.enrol(courier_id, arguments["badge"], by=BY, alone=alone)
                return "the badge signs in alone" if alone else "the badge signs in together with the PIN"
            case "list":
                return table(_courier_line(each) for each in await self._couriers.listed())
            case _:
                return None

    async def _clock(self, verb: str, _: dict[str, Any]) -> str | None:
        return clock_answer(await self._engine.accept_wall_clock(BY)) if verb == "accept" else None

    async def _visits(self, verb: str, _: dict[str, Any]) -> str | None:
        """The doors at which a courier or a resident is served."""
        served = (
            each.id for each in self._engine.site.compartments.values() if each.use in {Use.FILLING, Use.EMPTYING}
        )
        return (", ".join(served) or NOBODY) if verb == "list" else None

    async def _backup(self, verb: str, arguments: dict[str, Any]) -> str | None:
        match verb:
            case "now":
                made = await self._backups.make_now()
                if made.faults:
                    raise CommandFailed("\n".join(made.faults))
                return f"{made.name}, {made.size:,} bytes, is at {', '.join(made.delivered)}"
            case "drilled":
                drill = RestoreDrilled(**arguments)
                await self._backups.drilled_now(drill, BY)
                return "recorded"
            case _:
                return None

    async def _update(self, verb: str, arguments: dict[str, Any]) -> str | None:
        if verb != "ended":
            return None
        await self._engine.record(UpdateEnded(**arguments), BY)
        return "recorded"

    async def _courier_id(self, arguments: dict[str, Any]) -> str:
        """The id of the courier that is named: by the id itself, or by company and name. Raises CommandFailed."""
        company, name = arguments["company"], arguments["name"]
        couriers = await self._couriers.listed()
        if not name:
            found = [each for each in couriers if each.id == company]
        else:
            wanted = folded_name(company), folded_name(name)
            found = [each for each in couriers if (folded_name(each.company), folded_name(each.name)) == wanted]
        if not found:
            raise CommandFailed("there is no such courier; `lockerd courier list` shows all")
        if len(found) > 1:
            ids = ", ".join(each.id for each in found)
            raise CommandFailed(f"several couriers bear this name: say the id, one of {ids}")
        return found[0].id


def _token_line(token: ListedToken) -> tuple[str, ...]:
    ends = f"{'ended' if token.ended else 'ends'} {rfc3339(token.ends_at)}" if token.ends_at else "no end"
    used = f"last used {rfc3339(token.used_at)}" if token.used_at else "not used yet"
    whose = (f"for {token.company}",) if token.company else ()
    return token.name, " ".join(token.scopes), f"made {rfc3339(token.created_at)}", ends, used, *whose


def _courier_line(courier: ListedCourier) -> tuple[str, ...]:
    return courier.id, courier.company, courier.name, "active" if courier.active else "disabled"


def clock_answer(seconds: int) -> str:
    """What a person is told who accepted the wall clock, which was ahead by so many seconds."""
    if not seconds:
        return "the clock is what it was taken for: nothing moved"
    way = "forward" if seconds > 0 else "back"
    return f"the clock is accepted: time moved {way} by {timedelta(seconds=abs(seconds))}; running times moved along"
