"""CUR-03: a courier's account from enrolment to its end, and what the couriers of a company may do."""

import pytest
from staff_bench import an_office

from locker.services.people import CompanyRights, Role

PATH = "/people/couriers"


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        admin.boss = await admin.person(Role.SUPERVISOR, "he.jun")
        admin.couriers = admin.bench.context.couriers
        yield admin


async def enrolled(admin, **said):
    page = await admin.boss.get(PATH)
    fields = {"company": "SF Express", "name": "Zhou Kai", "pin": "4711", **said}
    return await admin.boss.send(page, f"{PATH}/enrol", **fields)


async def only(admin):
    (courier,) = await admin.couriers.listed()
    return courier


async def test_CUR_03_a_courier_is_enrolled_looked_at_suspended_and_let_in_again(admin):
    page = await enrolled(admin)
    assert "1 courier works here. Nobody has looked at the papers of 1." in page.text
    assert (await admin.couriers.sign_in("SF Express", "4711")).name == "Zhou Kai"
    page = await admin.boss.send(page, f"{PATH}/verify")
    assert "papers seen by he.jun" in page.text
    page = await admin.boss.send(page, f"{PATH}/suspend")
    assert "0 couriers work here." in page.text
    assert await admin.couriers.sign_in("SF Express", "4711") is None
    again = await admin.boss.send(page, f"{PATH}/renew", pin="4711")
    assert again.status == 409, "a PIN that somebody had stays theirs"
    await admin.boss.send(page, f"{PATH}/renew", pin="0815")
    assert await admin.couriers.sign_in("SF Express", "0815") is not None
    notes = [each["data"]["what"] for each in await admin.bench.events("Noted")]
    wanted = ["courier-added", "courier-verified", "courier-suspended", "courier-renewed"]
    assert [each for each in notes if each.startswith("courier")] == wanted


async def test_CUR_03_an_account_ends_by_itself_at_once_also_for_who_signed_in_before(admin):
    page = await enrolled(admin, days="14")
    assert "until 15 Mar" in page.text
    courier = await only(admin)
    assert admin.couriers.may_put_in(courier.id)
    admin.bench.clock.advance(14 * 86400 + 1)
    assert await admin.couriers.sign_in("SF Express", "4711") is None
    assert not admin.couriers.may_put_in(courier.id)
    assert not admin.couriers.may_take_out(courier.id)
    assert admin.couriers.companies() == []
    boss = await admin.person(Role.SUPERVISOR, "lu.yan")
    page = await boss.get(PATH)
    assert "ended 15 Mar" in page.text
    await boss.send(page, f"{PATH}/end", days="")
    assert admin.couriers.may_put_in(courier.id)
    await admin.couriers.load()  # as after a restart
    assert admin.couriers.may_put_in(courier.id)


async def test_CUR_03_a_company_puts_in_or_takes_out_as_it_was_told_from_the_next_parcel_on(admin):
    page = await enrolled(admin)
    courier = await only(admin)
    form = page.form(f"{PATH}/company") | {"takes_out": "1"}
    form.pop("puts_in", None)
    page = await admin.boss.post(f"{PATH}/company", **form)
    assert "put nothing in, take out what goes back or out" in page.text
    assert not admin.couriers.may_put_in(courier.id)
    assert admin.couriers.may_take_out(courier.id)
    await admin.couriers.load()
    assert admin.couriers.rights("sf  express") == CompanyRights(puts_in=False, takes_out=True)
    assert admin.couriers.rights("JD") == CompanyRights()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"pin": "12"}, "a PIN of 4 to 10 digits"),
        ({"name": " "}, "needs a company"),
        ({"days": "-1"}, "Days are a figure"),
        ({"days": "12345"}, "Days are a figure"),
    ],
)
async def test_CUR_03_what_is_wrong_is_said_and_nobody_is_enrolled(admin, said, sentence):
    page = await enrolled(admin, **said)
    assert page.status == 422
    assert sentence in page.text
    assert await admin.couriers.listed() == []


async def test_CUR_03_a_pin_is_given_only_after_a_fresh_code_of_the_app(admin):
    page = await enrolled(admin)
    new, renew = page.form(f"{PATH}/enrol"), page.form(f"{PATH}/renew")
    admin.bench.clock.advance(400)
    page = await admin.boss.get(PATH)
    assert not page.has_form(f"{PATH}/enrol"), "nothing is typed in vain"
    assert f"/prove?next={PATH}" in page.html
    for action, form in (
        ("enrol", new | {"company": "JD", "name": "Li", "pin": "1357"}),
        ("renew", renew | {"pin": "0815"}),
    ):
        asked = await admin.boss.post(f"{PATH}/{action}", **form)
        assert asked.answer.url.path == "/prove"
    assert len(await admin.couriers.listed()) == 1
    assert await admin.couriers.sign_in("SF Express", "4711") is not None
    back = await admin.boss.send(asked, f"/prove?next={PATH}", code=admin.phone.code("he.jun"))
    assert back.has_form(f"{PATH}/enrol")
    await enrolled(admin, name="Li Na", pin="1357")
    assert len(await admin.couriers.listed()) == 2


async def test_an_operator_sees_couriers_and_changes_none(admin):
    await enrolled(admin)
    operator = await admin.person(Role.OPERATOR)
    page = await operator.get(PATH)
    assert "Zhou Kai" in page.text
    assert [where for where, _ in page.forms if where and where.startswith(PATH)] == []
