"""`/rules` over the machine API: read by whoever may read, added with the scope `staff`, one version after another."""

import pytest
from machine_bench import a_bench, said

from locker.services.policies import RuleKind


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        yield bench


def version(cap=500, **more):
    return {"body": {"charges": True, "cap": cap}, "reason": "asked by the owners", **more}


async def test_every_kind_is_listed_with_what_holds(bench):
    reader, staff = await bench.client("read"), await bench.client("staff")
    listed = await said(await reader.get("/rules"))
    assert [each["kind"] for each in listed] == [kind.value for kind in RuleKind]
    assert {each["version"] for each in listed} == {0}
    await said(await staff.put("/rules/tariff/1", json=version(starts_at="2026-04-01T00:00:00Z")))
    assert (await said(await reader.get("/rules")))[0]["version"] == 0
    then = await said(await reader.get("/rules", params={"at": "2026-04-02T00:00:00Z"}))
    assert (then[0]["version"], then[0]["body"]["cap"]) == (1, 500)


async def test_a_version_is_added_once_and_a_repeat_is_answered_with_it(bench):
    staff, reader = await bench.client("staff"), await bench.client("read")
    first = await said(await staff.put("/rules/tariff/1", json=version()))
    assert (first["version"], first["author"], first["body"]["cap"]) == (1, "token:staff", 500)
    assert await said(await staff.put("/rules/tariff/1", json=version())) == first
    taken = await said(await staff.put("/rules/tariff/1", json=version(cap=600)), 409)
    assert (taken["code"], taken["last"]) == ("version-taken", 1)
    assert (await said(await staff.put("/rules/tariff/3", json=version()), 409))["code"] == "version-taken"
    await said(await staff.put("/rules/tariff/2", json=version(cap=600)))
    detail = await said(await reader.get("/rules/tariff"))
    assert (detail["version"], [each["version"] for each in detail["versions"]]) == (2, [1, 2])


async def test_undo_is_a_version_that_says_what_an_earlier_one_said(bench):
    staff = await bench.client("staff")
    await said(await staff.put("/rules/tariff/1", json=version()))
    await said(await staff.put("/rules/tariff/2", json=version(cap=600)))
    back = await said(await staff.put("/rules/tariff/3", json={"body_of": 1, "reason": "a mistake"}))
    assert (back["version"], back["body"]["cap"]) == (3, 500)
    off = await said(await staff.put("/rules/tariff/4", json={"body_of": 0, "reason": "no fees"}))
    assert off["body"]["charges"] is False


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/rules/tariff/1", {"reason": "x", "body": {"cap": "300"}}, 422, "body.cap"),
        ("/rules/tariff/1", {"reason": "x", "body": {"colour": 1}}, 422, "body.colour"),
        ("/rules/tariff/1", {"reason": "x"}, 422, "body"),
        ("/rules/tariff/1", {"reason": "x", "body": {}, "body_of": 0}, 422, "body"),
        ("/rules/tariff/1", {"reason": "x", "body_of": 7}, 422, "body_of"),
        ("/rules/tariff/1", {"body": {}}, 422, "reason"),
        ("/rules/tariff/1", version(starts_at="2020-01-01T00:00:00Z"), 422, "starts_at"),
        ("/rules/tariff/1", version(starts_at="2026-04-01T00:00:00"), 422, "starts_at"),
        ("/rules/weather/1", {"reason": "storm", "body": {"stopped": True}}, 422, "ends_at"),
        ("/rules/colour/1", version(), 404, None),
        ("/rules/tariff/first", version(), 404, None),
        ("/rules/tariff/²", version(), 404, None),
    ],
)
async def test_what_cannot_be_a_version_is_refused_and_named(bench, path, body, status, field):
    staff = await bench.client("staff")
    problem = await said(await staff.put(path, json=body), status)
    assert problem.get("field") == field


async def test_only_staff_add(bench):
    for scope in ("read", "deposit", "pickup"):
        client = await bench.client(scope)
        assert (await said(await client.put("/rules/tariff/1", json=version()), 403))["code"] == "forbidden"
    assert (await (await bench.client()).put("/rules/tariff/1", json=version())).status_code == 401
