"""S6, N16: a list of residents is sent, looked at, taken over row by row, also after a restart, and taken back."""

from dataclasses import replace

import pytest
from staff_bench import an_office

from locker.services.command_service import ResidentDetails
from locker.services.people import Role, Wishes
from locker.services.people.sheet_child import MOST_COLUMNS
from locker.services.resident_imports import BATCH

LIST = "unit,name,phone\n1-201,Wang Ming,13900009999\n1202,李娜,13911110002\n1203,陈静,1.38E+10\n"


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        admin.boss = await admin.person(Role.SUPERVISOR, "he.jun")
        yield admin


async def sent(browser, content, name="list.csv"):
    form = (await browser.get("/people/import")).form("/people/import")
    answer = await browser.http.post(
        "/people/import", data={"csrf": form["csrf"]}, files={"file": (name, content)}, headers={"Origin": browser.base}
    )
    return await browser.get("/people/import") if answer.is_redirect else answer


def as_details(person):
    return ResidentDetails(
        unit=person.unit, name=person.name, phone=person.phone, consent=person.consent, language=person.language,
        email=person.email, reach=person.reach, resident=person.id,
    )  # fmt: skip


async def worked_off(admin):
    while await admin.bench.context.imports.step():
        pass


async def test_S6_a_list_is_looked_at_taken_over_and_taken_back(admin):
    page = await sent(admin.boss, LIST.encode("gb18030"))
    assert "2 of 3 rows are good" in page.text
    assert "李娜" in page.text  # how it reads, for the encoding to be judged
    assert "1.38E+10: the spreadsheet cut the phone" in page.text
    directory = admin.bench.context.directory
    assert len(directory.everybody()) == 1, "nothing is changed yet"
    page = await admin.boss.send(page, "/people/import/start")
    assert "0 of 2 rows are done" in page.text
    await worked_off(admin)
    assert directory.find("1-201")[0].phone == "13900009999"
    assert directory.find("1-201")[0].consent is True
    new = directory.find("1202")[0]
    assert (new.name, new.phone, new.consent) == ("李娜", "13911110002", None)
    page = await admin.boss.get("/people/import")
    assert "2 of 2 rows taken over" in page.text
    await admin.boss.send(page, "/people/import/undo")
    await worked_off(admin)
    assert directory.find("1202") == []
    assert directory.find("1-201")[0].phone == "+8613800000001"
    notes = [each["data"]["what"] for each in await admin.bench.events("Noted")]
    assert [each for each in notes if "import" in each] == ["residents-imported", "import-taken-back"]


async def test_N16_another_encoding_and_other_columns_are_chosen(admin):
    page = await sent(admin.boss, "编号,住户电话,甲,乙\n9,13911110002,李娜,1202\n".encode("gb18030"))
    assert "Say which columns hold unit and name" not in page.text  # by place: it has no heading that we know
    page = await admin.boss.send(page, "/people/import/read", encoding="big5")
    assert 'value="big5" checked' in page.html
    page = await admin.boss.send(page, "/people/import/read", encoding="gb18030")
    chosen = {"column-0": "", "column-1": "phone", "column-2": "name", "column-3": "unit", "heading": "1"}
    page = await admin.boss.send(page, "/people/import/read", encoding="gb18030", **chosen)
    assert "1 of 1 rows are good" in page.text
    await admin.boss.send(page, "/people/import/start")
    await worked_off(admin)
    assert admin.bench.context.directory.find("1202")[0].name == "李娜"


async def test_an_import_goes_on_where_a_restart_cut_it_and_undoes_to_what_stood_before(admin):
    rows = "".join(f"{number},Person {number},1380000{number:04d}\n" for number in range(1000, 1000 + 2 * BATCH))
    page = await sent(admin.boss, f"unit,name,phone\n1-201,Wang Ming,13900009999\n{rows}".encode())
    await admin.boss.send(page, "/people/import/start")
    imports = admin.bench.context.imports
    await imports.step()
    one = (await imports.listed())[0]
    assert (one.state, one.done) == ("running", BATCH)
    sql = "update resident_import_row set state = 'doing' where state = 'done' and number < 5"
    await admin.bench.context.journal.write(lambda db: db.execute(sql))  # cut between the record and its mark
    await worked_off(admin)
    assert len(admin.bench.context.directory.everybody()) == 2 * BATCH + 1
    await imports.undo(one.id, "staff:he.jun")
    await worked_off(admin)
    (left,) = admin.bench.context.directory.everybody()
    assert left.phone == "+8613800000001"


async def test_what_was_changed_since_and_who_waits_for_a_parcel_stay_when_a_list_is_taken_back(admin):
    page = await sent(admin.boss, b"unit,name,phone\n1202,Li Na,13911110002\n1203,Chen Jing,13722220003\n")
    await admin.boss.send(page, "/people/import/start")
    await worked_off(admin)
    await admin.bench.resident("1202", "Li Na", "13911110003")
    await admin.bench.store("SF1", recipient={"unit": "1203"}, consent="given")
    one = (await admin.bench.context.imports.listed())[0]
    await admin.bench.context.imports.undo(one.id, "staff:he.jun")
    await worked_off(admin)
    assert len(admin.bench.context.directory.everybody()) == 3
    assert "2 kept as changed since" in (await admin.boss.get("/people/import")).text


async def test_undo_leaves_who_was_renamed_or_wished_something_and_a_unit_that_is_somebody_elses_by_now(admin):
    page = await sent(admin.boss, b"unit,name,phone\n1-201,Wang Ming,13900009999\n1202,Li Na,13911110002\n")
    await admin.boss.send(page, "/people/import/start")
    await worked_off(admin)
    context = admin.bench.context
    (wang,), (li,) = context.directory.find("1-201"), context.directory.find("1202")
    renamed = replace(as_details(wang), name="Wang Ming Sr")
    await context.commands.save_resident(renamed, "staff:he.jun")
    await admin.bench.resident("1-201", "Wang Ming", "13911110009")
    await context.wishes.save(li.id, Wishes(in_person=True), "resident")
    one = (await context.imports.listed())[0]
    await context.imports.undo(one.id, "staff:he.jun")
    await worked_off(admin)
    assert context.directory.get(wang.id).name == "Wang Ming Sr"
    assert context.wishes.of(li.id).in_person
    assert (await context.imports.listed())[0].kept == 2


async def test_a_language_that_was_chosen_since_is_not_taken_back(admin):
    page = await sent(admin.boss, b"unit,name,phone,language\n1202,Li Na,13911110002,en\n")
    await admin.boss.send(page, "/people/import/start")
    await worked_off(admin)
    context = admin.bench.context
    (li,) = context.directory.find("1202")
    chosen = replace(as_details(li), language="zh-TW")
    await context.commands.save_resident(chosen, "staff:he.jun")
    await context.imports.undo((await context.imports.listed())[0].id, "staff:he.jun")
    await worked_off(admin)
    assert context.directory.get(li.id).language == "zh-TW"


async def test_the_widest_list_that_is_read_can_be_read_in_another_way(admin):
    heading = ["unit", "name", *(f"c{number}" for number in range(MOST_COLUMNS - 2))]
    page = await sent(admin.boss, (",".join(heading) + "\n1202,Li Na" + ",x" * (MOST_COLUMNS - 2) + "\n").encode())
    page = await admin.boss.send(page, "/people/import/read", encoding="utf-8")
    assert "1 of 1 rows are good" in page.text


async def test_after_a_day_nothing_is_kept_of_a_list_and_it_cannot_be_taken_back(admin):
    page = await sent(admin.boss, b"unit,name,phone\n1202,Li Na,13911110002\n")
    await admin.boss.send(page, "/people/import/start")
    await worked_off(admin)
    count = "select count(*) from resident_import_row"
    admin.bench.clock.advance(25 * 3600)
    await admin.bench.context.imports._forget_old()
    assert await admin.bench.context.journal.read(lambda db: db.execute(count).fetchone()[0]) == 0
    boss = await admin.boss.sign_in("he.jun")
    assert "Undo" not in (await admin.boss.get("/people/import")).text, boss.text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04rubbish", "spreadsheet cannot be read"),
        (b"a,b\n" * 20_002, "more than 20,000 rows"),
    ],
)
async def test_a_file_that_is_no_list_is_refused_in_a_sentence(admin, content, sentence):
    answer = await sent(admin.boss, content)
    assert answer.status_code == 422
    assert sentence in answer.text


async def test_a_file_that_is_too_long_or_garbled_or_from_another_page_is_turned_away(admin):
    csrf = (await admin.boss.get("/people/import")).form("/people/import")["csrf"]
    http, origin = admin.boss.http, {"Origin": admin.boss.base}
    long = {"file": ("a.csv", b"x" * (4 * 1024 * 1024 + 70_000))}
    assert (await http.post("/people/import", data={"csrf": csrf}, files=long, headers=origin)).status_code == 413
    small = {"file": ("a.csv", LIST.encode())}
    assert (await http.post("/people/import", data={"csrf": "x"}, files=small, headers=origin)).status_code == 403
    assert (await http.post("/people/import", data={"csrf": csrf}, files=small)).status_code == 403
    garbled = {**origin, "Content-Type": "multipart/form-data; boundary=a"}
    assert (await http.post("/people/import", content=b"--b\r\nrubbish", headers=garbled)).status_code in {403, 422}
    elsewhere = await http.post("/people/new", data={"csrf": csrf}, files=small, headers=origin)
    assert elsewhere.status_code == 422
