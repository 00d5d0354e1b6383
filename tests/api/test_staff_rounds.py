"""S1, STO-06: door after door, the book against what somebody finds, settled on the way, after a restart too."""

import hashlib
import io
from datetime import timedelta

import pytest
from PIL import Image
from staff_bench import Page, an_office

from locker.core.model import Seen, Use
from locker.services.people import Role
from locker.services.rounds.round_photos import RoundPhotos

PLACE = "31.2304 N 121.4737 E"


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        admin.stored = await admin.bench.store("SF1")
        admin.boss = await admin.person(Role.SUPERVISOR, "he.jun")
        yield admin


async def begun(admin, kind):
    page = await admin.boss.get("/rounds")
    return await admin.boss.post("/rounds/start", csrf=page.form("/rounds/start")["csrf"], kind=kind)


def path_of(page):
    return next(where.removesuffix("/record") for where, _ in page.forms if where and where.endswith("/record"))


async def walked(admin, page, findings):
    """Say of each door in turn what was found."""
    path = path_of(page)
    for found in findings:
        page = await admin.boss.send(page, f"{path}/record", found=found)
    return page


async def test_STO_06_a_stock_take_compares_every_door_with_the_book_and_tells_what_differs(admin):
    page = await begun(admin, "stock-take")
    assert "A1: look inside" in page.text
    assert "The book says: a parcel" in page.text
    page = await walked(admin, page, ["parcel", "empty", "parcel", "empty", "unseen", "empty"])
    assert "2 doors differ" in page.text
    path = next(where.removesuffix("/end") for where, _ in page.forms if where and where.endswith("/end"))
    page = await admin.boss.send(page, f"{path}/end")
    table = (await admin.boss.http.get(f"{path}/table.csv")).text
    assert table.splitlines()[0] == "\ufeffdoor,book,found,ticks,differs,note,photo,at,by"
    assert [line.split(",")[:5] for line in table.splitlines()[1:]] == [
        ["A1", "parcel", "parcel", "", "no"], ["A2", "empty", "empty", "", "no"], ["A3", "empty", "parcel", "", "yes"],
        ["A4", "empty", "empty", "", "no"], ["A5", "empty", "unseen", "", "yes"], ["A6", "empty", "empty", "", "no"],
    ]  # fmt: skip
    assert "2 doors differ" in (await admin.boss.get("/rounds")).text
    notes = [each["data"]["what"] for each in await admin.bench.events("Noted")]
    assert (notes.count("round-began"), notes.count("round-door"), notes.count("round-ended")) == (1, 6, 1)


async def test_S1_a_guided_audit_opens_a_door_waits_for_it_to_be_shut_and_settles_it_by_what_was_found(admin):
    page = await begun(admin, "audit")
    path, bench = path_of(page), admin.bench
    page = await admin.boss.send(page, f"{path}/open")
    await bench.settle()
    page = await admin.boss.get(path)
    assert "Shut A1 first" in page.text
    refused = await admin.boss.send(page, f"{path}/record", found="parcel")
    assert refused.status == 409
    bench.doors.see("A1", Seen.SHUT)
    await bench.settle()
    assert bench.engine.site.compartments["A1"].use is Use.CHECK
    ticks = {"tick-lock": "1", "tick-clean": "1", "tick-number": "1"}
    page = await admin.boss.send(await admin.boss.get(path), f"{path}/record", found="parcel", **ticks)
    assert bench.engine.site.compartments["A1"].use is Use.LOADED
    assert bench.engine.site.parcels[admin.stored["parcel"]].state == "stored"
    assert "A2: look inside" in page.text


async def test_S1_a_round_goes_on_where_it_stopped_and_there_is_one_of_a_kind(admin):
    page = await begun(admin, "inspection")
    await walked(admin, page, ["parcel", "empty"])
    again = await begun(admin, "inspection")
    assert path_of(again) == path_of(page)
    assert "A3: look inside" in again.text
    rounds = await admin.bench.context.rounds.listed()
    assert len(rounds) == 1
    assert [line.compartment for line in rounds[0].differences] == ["A1", "A2"], "no tick was given"


async def test_S1_a_find_that_is_sent_twice_is_kept_as_it_was_found_although_the_door_is_settled_by_it(admin):
    page = await begun(admin, "stock-take")
    path, bench = path_of(page), admin.bench
    await admin.boss.send(page, f"{path}/open")
    await bench.settle()
    bench.doors.see("A1", Seen.SHUT)
    await bench.settle()
    page = await admin.boss.get(path)
    csrf = page.form(f"{path}/record")["csrf"]
    for _ in range(2):  # a finger that touches twice
        answer = await admin.boss.post(f"{path}/record", csrf=csrf, door="A1", found="empty")
        assert answer.status == 200
    (difference,) = (await bench.context.rounds.listed())[0].differences
    assert (difference.book, difference.found) == ("parcel", "empty")
    again = await admin.boss.post(f"{path}/record", csrf=csrf, door="A1", found="parcel")
    assert again.status == 409


async def test_a_round_that_has_ended_opens_no_door_any_more(admin):
    page = await begun(admin, "stock-take")
    path, csrf = path_of(page), page.form(f"{path_of(page)}/record")["csrf"]
    page = await walked(admin, page, ["parcel", "empty", "empty", "empty", "empty", "empty"])
    await admin.boss.send(page, f"{path}/end")
    assert (await admin.boss.post(f"{path}/open", csrf=csrf, door="A1")).status == 409
    assert admin.bench.engine.site.visits == {}


async def test_a_round_that_is_unknown_or_not_done_and_who_may_not_open_doors(admin):
    assert (await admin.boss.get("/rounds/w0")).status == 404
    page = await begun(admin, "stock-take")
    csrf = page.form(f"{path_of(page)}/record")["csrf"]
    assert (await admin.boss.post(f"{path_of(page)}/end", csrf=csrf)).status == 409
    assert (await admin.boss.post(f"{path_of(page)}/record", csrf=csrf, door="A1", found="gold")).status == 422
    assert (await admin.boss.post("/rounds/start", csrf=csrf, kind="gold")).status == 422
    auditor = await admin.person(Role.AUDITOR)
    assert not (await auditor.get("/rounds")).has_form("/rounds/start")
    assert (await auditor.get(path_of(page))).status == 200


def jpeg(shade=90):
    tags, out = Image.Exif(), io.BytesIO()
    tags[0x010F] = PLACE
    Image.new("RGB", (320, 240), (shade, 40, 40)).save(out, "JPEG", exif=tags)
    return out.getvalue()


async def photographed(admin, page, content, name="photo.jpg", **fields):
    """Say what was found behind the next door, with a photo as a tablet sends it."""
    path = path_of(page)
    form = page.form(f"{path}/record")
    answer = await admin.boss.http.post(
        f"{path}/record",
        data={"csrf": form["csrf"], "door": form["door"], **fields},
        files={"photo": (name, content, "image/jpeg")},
        headers={"Origin": admin.boss.base},
    )
    return await admin.boss.get(path) if answer.is_redirect else Page(answer)


async def test_STO_04_a_photo_stands_at_its_door_with_its_hash_in_the_journal_and_nothing_of_the_phone_in_it(admin):
    page = await begun(admin, "inspection")
    path, sent = path_of(page), jpeg()
    page = await photographed(admin, page, sent, found="parcel", note="scratched")
    assert "A2: look inside" in page.text
    (line,) = (await admin.bench.context.rounds.listed())[0].lines
    assert (await admin.boss.http.get(f"{path}/photos/{line.photo}")).status_code == 403, "it is recorded first"
    await admin.boss.post(f"{path}/photos", csrf=page.form(f"{path}/record")["csrf"])
    (seen,) = [each for each in await admin.bench.events("Noted") if each["data"]["what"] == "pictures-shown"]
    assert (seen["by"], seen["data"]["about"]) == ("staff:he.jun", "round " + path.rsplit("/", 1)[1])
    shown = await admin.boss.http.get(f"{path}/photos/{line.photo}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert hashlib.sha256(shown.content).hexdigest() == line.photo
    assert PLACE.encode() not in shown.content
    told = [each["data"]["about"] for each in await admin.bench.events("Noted") if each["data"]["what"] == "round-door"]
    assert told == [f"{path.rsplit('/', 1)[1]} A1 {line.photo}"]
    page = await walked(admin, page, ["empty"] * 5)
    assert f"{path}/photos/{line.photo}" in page.html
    assert line.photo in (await admin.boss.http.get(f"{path}/table.csv")).text
    auditor = await admin.person(Role.AUDITOR)
    assert (await auditor.http.get(f"{path}/photos/{line.photo}")).status_code == 403
    assert (await admin.boss.http.get(f"{path}/photos/{'0' * 64}")).status_code == 404


async def test_STO_04_a_file_that_is_no_photo_leaves_the_door_to_be_looked_at(admin):
    page = await begun(admin, "inspection")
    refused = await photographed(admin, page, b"MZ no photo", found="parcel")
    assert refused.status == 422
    assert "This photo cannot be read" in refused.text
    assert (await admin.bench.context.rounds.listed())[0].lines == ()
    page = await photographed(admin, refused, b"", name="", found="parcel")  # what a browser sends without one
    assert "A2: look inside" in page.text


async def test_STO_04_SEC_09_photos_of_rounds_go_in_their_time_and_the_oldest_above_the_room_for_them(admin):
    page = await begun(admin, "inspection")
    for content in (jpeg(shade=10), jpeg(shade=120), jpeg(shade=240)):
        page = await photographed(admin, page, content, found="empty")
        admin.bench.clock.advance(60)
    rounds, folder = admin.bench.context.rounds, admin.bench.context.journal.folder / "round-photos"
    room = sum(each.stat().st_size for each in folder.iterdir())
    one = RoundPhotos(admin.bench.context.journal, budget=room - 1)
    assert await one.let_go(admin.bench.engine.now() - timedelta(days=30)) == 1
    photos = [line.photo for line in (await rounds.listed())[0].lines]
    kept = [line.photo for line in (await rounds.listed())[0].lines if line.photo_type]
    assert kept == photos[1:]
    assert sorted(each.name for each in folder.iterdir()) == sorted(kept)
    assert await one.let_go(admin.bench.engine.now()) == 2
    assert list(folder.iterdir()) == []
    assert [line.photo for line in (await rounds.listed())[0].lines] == photos, "what was photographed stays known"
