"""`GET /crm/contacts`: the cards of residents who agreed, under the names of an operator's customer system (CRM-03).

Which fields go, and what they are called there, says the rule `crm-fields`; without it nothing goes. It is the whole
list each time: who has taken their word back stands in it no more, and is to be forgotten there.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from api.machine.endpoint import ApiRequest
from api.machine.operation import Operation
from api.resident.own_parcels import my_parcels
from api.table_cells import no_formula
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.services.cases import cases_still_open
from locker.services.people import Scope
from locker.services.policies import CrmFields, CrmSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locker.services.people import Person
    from locker.services.policies import CrmField

MEDIA = "text/csv"


async def contacts(request: ApiRequest) -> Response:
    """Everybody who agreed, as CSV. That it was handed out is recorded first, with how many they are."""
    context, fields = request.context, request.context.rules.body(CrmFields).fields
    if not fields:
        raise Refused(RefusalReason.UNKNOWN)
    agreed = [each for each in context.directory.everybody() if context.wishes.of(each.id).crm]
    cases = await context.journal.read(cases_still_open)
    await context.engine.record(Noted(what="crm-handed-out", about=str(len(agreed))), request.by)
    rows = []
    for person in agreed:
        waiting = len(my_parcels(context.engine.site, person.id))
        open_cases = sum(case.resident == person.id for case in cases)
        rows.append(card(person, waiting, open_cases))
    return Response(as_csv(fields, rows), media_type=f"{MEDIA}; charset=utf-8")


def card(person: Person, waiting: int, open_cases: int) -> Mapping[CrmSource, str]:
    """Everything of a resident that may be handed over. Pure."""
    return {
        CrmSource.ID: person.id,
        CrmSource.UNIT: person.unit,
        CrmSource.NAME: person.name,
        CrmSource.PHONE: person.phone,
        CrmSource.EMAIL: person.email,
        CrmSource.LANGUAGE: person.language,
        CrmSource.WAITING: str(waiting),
        CrmSource.OPEN_CASES: str(open_cases),
    }


def as_csv(fields: Sequence[CrmField], rows: Sequence[Mapping[CrmSource, Any]]) -> str:
    """The cards with the fields that are wanted, under the names of the other system. Pure."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([no_formula(each.theirs) for each in fields])
    for row in rows:
        writer.writerow([_cell(each.ours, str(row[each.ours])) for each in fields])
    return out.getvalue()


def _cell(source: CrmSource, value: str) -> str:
    """A number of a phone begins with a plus and is no formula."""
    return value if source is CrmSource.PHONE else no_formula(value)


CRM_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/crm/contacts",
        contacts,
        None,
        Scope.STAFF,
        200,
        (RefusalReason.UNKNOWN, RefusalReason.SEALED),
        media=MEDIA,
    ),
)
