"""What is wrong is said from the sofa: with pictures, a case number, and what becomes of it."""

import io

import pytest
from PIL import Image
from resident_bench import URL, a_home

from api.i18n import LANGUAGES, translate
from api.resident.report_pages import MOST_A_DAY, PROBLEMS, UPLOAD_LIMIT
from locker.services.cases import KINDS, Stage

PLACE = "31.2304 N 121.4737 E"


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        yield made


def photo(shade=90):
    tags = Image.Exif()
    tags[0x010F] = PLACE
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (shade, 40, 40)).save(out, "JPEG", exif=tags)
    return out.getvalue()


async def send(phone, path, *pictures, **words):
    """A form with pictures, as a browser without JavaScript sends it."""
    files = [("picture", (f"IMG_{n}.jpg", each, "image/jpeg")) for n, each in enumerate(pictures)]
    files = files or [("picture", ("", b"", "application/octet-stream"))]
    return await phone.http.post(path, data=words, files=files, headers={"Origin": URL})


async def reported(home, problem="damaged", *pictures, words="Torn open"):
    stored = await home.bench.store("SF0001")
    phone = await home.at_home()
    answer = await send(phone, f"/parcels/{stored['parcel']}/report", *pictures, problem=problem, words=words)
    assert answer.status_code == 303, answer.text
    return stored, phone, answer.headers["location"]


@pytest.mark.parametrize("problem", PROBLEMS)
async def test_CRM_09_EXC_03_what_is_wrong_opens_a_case_with_a_number_and_a_line_on_the_panel(home, problem):
    stored, phone, address = await reported(home, problem)
    number = address.rsplit("/", 1)[1]
    page = await phone.get(address)
    assert number in page.text
    assert "You hear from us by" in page.text
    assert "Torn open" in page.text
    whole = await home.context.cases.service.whole(number)
    assert (whole.case.kind.name, whole.case.resident, whole.case.parcel) == (
        PROBLEMS[problem], home.resident, stored["parcel"],
    )  # fmt: skip
    (told,) = await home.bench.events("ResidentReported")
    assert (told["by"], told["data"]["problem"]) == (f"resident:{home.resident}", problem)
    assert "Torn open" not in str(await home.bench.events())
    overview = await phone.get("/")
    assert f'href="{address}"' in overview.html


async def test_EXC_03_SEC_06_a_picture_is_drawn_anew_and_seen_by_who_sent_it_alone(home):
    _, phone, address = await reported(home, "damaged", photo(), photo(120))
    page = await phone.get(address)
    shown = [part.split('"')[0] for part in page.html.split('<img class="picture" src="')[1:]]
    assert len(shown) == 2
    kept = await phone.http.get(shown[0])
    assert (kept.status_code, kept.headers["content-type"]) == (200, "image/jpeg")
    assert PLACE.encode() not in kept.content
    with Image.open(io.BytesIO(kept.content)) as picture:
        assert dict(picture.getexif()) == {}
    other = await home.bench.resident(unit="1-202", name="Li Na", phone="+8613800000002", language="en")
    stranger = home.phone()
    await stranger.send(await stranger.get(await home.link(other["id"])), "/gate", end="0002")
    for path in (address, shown[0]):
        assert (await stranger.http.get(path)).status_code == 409
        assert (await home.phone().http.get(path)).status_code == 404
    assert (await stranger.raw(f"{address}/settled")).status_code == 409


async def test_SEC_06_what_is_no_picture_is_refused_and_what_was_typed_stays(home):
    stored = await home.bench.store("SF0001")
    phone = await home.at_home()
    path = f"/parcels/{stored['parcel']}/report"
    for pictures, said in (
        ([b"#!/bin/sh\nrm -rf /\n"], "no picture that can be read"),
        ([photo(), b"\xff\xd8\xff" + b"\0" * (8 * 1024 * 1024)], "too large"),
        ([photo()] * 4, "Choose fewer pictures"),
    ):
        answer = await send(phone, path, *pictures, problem="damaged", words="Torn open")
        assert (answer.status_code, said in answer.text) == (422, True)
        assert "Torn open" in answer.text
        assert 'value="damaged" required checked' in answer.text
    assert await home.context.cases.service.cases_of(home.resident) == []
    assert (await send(phone, path, problem="boring")).status_code == 422


async def test_SEC_06_of_a_stranger_nothing_is_read_and_of_nobody_more_than_three_pictures(home):
    stored = await home.bench.store("SF0001")
    path = f"/parcels/{stored['parcel']}/report"
    stranger = home.phone()
    await stranger.get(await home.link())
    read = []

    async def body():
        for _ in range(20):
            read.append(1)
            yield b"-" * 1024 * 1024

    headers = {"Origin": URL, "Content-Type": "multipart/form-data; boundary=x"}
    answer = await stranger.http.post(path, content=body(), headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/gate")
    assert len(read) <= 2
    phone = await home.at_home()
    answer = await phone.http.post(path, headers=headers | {"Content-Length": str(UPLOAD_LIMIT + 1)}, content=b"--x--")
    assert answer.status_code == 413
    assert (await phone.http.post("/wishes", headers={"Origin": URL}, data={"rules": "x" * 5000})).status_code == 413


async def test_EXC_03_a_case_goes_on_answers_are_shown_and_its_opener_ends_it(home):
    _, phone, address = await reported(home)
    number = address.rsplit("/", 1)[1]
    cases = home.context.cases.service
    await cases.write(number, "note", "Looks like a fork lift", "staff:test")
    await cases.write(number, "reply", "We looked at the pictures.", "staff:test")
    page = await phone.get(address)
    assert "We looked at the pictures." in page.text
    assert "fork lift" not in page.text
    assert "It is to be settled by" in page.text
    assert (await send(phone, address)).status_code == 422
    answer = await send(phone, address, photo(7), words="Here is one more")
    assert answer.status_code == 303
    page = await phone.get(address)
    assert "Here is one more" in page.text
    assert page.html.count('<img class="picture"') == 1
    page = await phone.send(page, f"{address}/settled")
    assert "This case is closed" in page.text
    assert (await cases.whole(number)).case.stage is Stage.CLOSED
    assert (await send(phone, address, words="And another thing")).status_code == 422
    assert address in (await phone.get("/history")).html


async def test_SEC_06_nobody_fills_the_disk_with_cases(home):
    stored, phone, _ = await reported(home)
    path = f"/parcels/{stored['parcel']}/report"
    for _ in range(MOST_A_DAY - 1):
        assert (await send(phone, path, problem="else", words="again")).status_code == 303
    answer = await send(phone, path, problem="else", words="again")
    assert (answer.status_code, "enough for one day" in answer.text) == (409, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_UX_01_every_kind_and_stage_of_a_case_has_its_words(language):
    keys = [f"my.case_kind_{kind}" for kind in KINDS] + [f"my.case_stage_{stage.value}" for stage in Stage]
    keys += [f"my.problem_{problem}" for problem in PROBLEMS]
    keys += [f"panel.log_ResidentReported_{problem}" for problem in PROBLEMS]
    assert [key for key in keys if translate(language, key) == key] == []
