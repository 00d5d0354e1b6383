"""A customer system gets the cards of those who agreed, under its own names, and nobody else's."""

import csv
import io

import pytest
from resident_bench import a_home

from api.machine.crm import as_csv
from locker.services.policies import CrmField, CrmFields, CrmSource, NewVersion

MAPPING = CrmFields(
    fields=(
        CrmField(ours=CrmSource.ID, theirs="External Id"),
        CrmField(ours=CrmSource.NAME, theirs="联系人姓名"),
        CrmField(ours=CrmSource.PHONE, theirs="Mobile"),
        CrmField(ours=CrmSource.WAITING, theirs="Parcels"),
        CrmField(ours=CrmSource.OPEN_CASES, theirs="Cases"),
    )
)


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as home:
        yield home


async def fetched(home):
    answer = await (await home.bench.client("staff")).get("/crm/contacts")
    return answer.status_code, list(csv.reader(io.StringIO(answer.text))) if answer.status_code == 200 else answer


async def test_CRM_03_nothing_goes_without_a_mapping_and_nobody_without_their_word(home):
    assert (await fetched(home))[0] == 404
    await home.bench.resident("9-999", "Somebody Else", "+8613800000009")
    await home.context.rules.add(NewVersion(1, MAPPING, "the owners' system"), "staff:he.jun")
    head = ["External Id", "联系人姓名", "Mobile", "Parcels", "Cases"]
    assert await fetched(home) == (200, [head]), "nobody has agreed"
    phone = await home.at_home()
    await phone.send(await phone.get("/wishes"), "/wishes", crm="on", rules="yes", channel="phone")
    await home.bench.store("SF1")
    assert await fetched(home) == (200, [head, [home.resident, "Wang Ming", "+8613800000001", "1", "0"]])
    fields = (await phone.get("/wishes")).form("/wishes")
    fields.pop("crm")
    await phone.post("/wishes", **fields)
    assert await fetched(home) == (200, [head]), "whoever takes it back is not handed out"
    handed = [event["data"]["about"] for event in await home.bench.events("Noted") if "crm" in event["data"]["what"]]
    assert handed == ["0", "1", "0"]


async def test_CRM_03_without_a_mapping_nobody_is_asked(home):
    phone = await home.at_home()
    assert 'name="crm"' not in (await phone.get("/wishes")).html


def test_CRM_03_a_name_cannot_become_a_formula():
    fields = (CrmField(ours=CrmSource.NAME, theirs="Name"), CrmField(ours=CrmSource.PHONE, theirs="Phone"))
    told = as_csv(fields, [{CrmSource.NAME: "=1+1", CrmSource.PHONE: "+8613800000001"}])
    assert told.splitlines()[1] == "'=1+1,+8613800000001"


@pytest.mark.parametrize(
    "body", ['{"fields": [{"ours": "pin", "theirs": "x"}]}', '{"fields": [{"ours": "id", "theirs": ""}]}']
)
def test_CRM_03_what_is_no_field_of_ours_or_has_no_name_is_refused(body):
    with pytest.raises(ValueError, match=r"^fields\.0\."):
        CrmFields.read(body)


def test_CRM_03_two_fields_do_not_bear_one_name():
    twice = (CrmField(ours=CrmSource.ID, theirs="A"), CrmField(ours=CrmSource.UNIT, theirs="A"))
    with pytest.raises(ValueError, match="one name"):
        CrmFields(fields=twice)
