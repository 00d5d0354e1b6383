"""All that is kept about somebody, in their hands; and what stays when they go."""

import io
import json
import re
import zipfile

import pytest
from PIL import Image
from resident_bench import URL, a_home

from api.i18n import LANGUAGES
from locker.clip_file import make_clip
from locker.core.events.picture_events import ClipTaken, SnapshotTaken
from locker.core.messages.observations import Tick
from locker.services.evidence import SnapshotStore


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        yield made


async def unpacked(phone, language="en"):
    answer = await phone.http.get(f"/my-data.zip?lang={language}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def lived(home):
    """A parcel that came with a picture and was fetched by somebody who was sent, and one that is reported."""
    first = await home.bench.store("SF0001")
    (stored,) = await home.bench.events("ParcelStored")
    saved = SnapshotStore(home.context.journal.folder).save(b"\xff\xd8\xff one", stored["at"][:10])
    taken = SnapshotTaken(
        compartment=first["compartment"], parcel=first["parcel"], cause="stored", of=stored["seq"],
        sha256=saved.sha256, day=saved.day, size=saved.size,
    )  # fmt: skip
    await home.context.engine.record(taken, "camera")
    phone = await home.at_home()
    page = await phone.post(f"/parcels/{first['parcel']}/delegate", name="Aunt Mei", until="1")
    code = "".join(re.findall(r"<span>(\d+)</span>", page.html.split('class="code num">')[1].split("</p>")[0]))
    kiosk = await home.bench.client("pickup")
    assert (await kiosk.post("/pickups", json={"code": code})).status_code == 201
    await home.bench.shut(first["compartment"])
    sent = io.BytesIO()
    Image.new("RGB", (9, 9)).save(sent, "PNG")
    answer = await phone.http.post(
        f"/parcels/{first['parcel']}/report",
        data={"problem": "else", "words": "<b>Wet</b> & torn"},
        files=[("picture", ("1.png", sent.getvalue(), "image/png"))],
        headers={"Origin": URL},
    )
    assert answer.status_code == 303, answer.text
    return phone, first, code, answer.headers["location"].rsplit("/", 1)[1]


async def test_N6_one_file_has_everything_for_programs_and_for_people_and_no_code(home):
    phone, parcel, code, case = await lived(home)
    files = await unpacked(phone)
    known = {name: json.loads(content) for name, content in files.items() if name.endswith(".json")}
    assert set(known) == {"resident.json", "consent.json", "wishes.json", "devices.json", "parcels.json", "cases.json"}
    assert known["resident.json"]["phone"] == "+8613800000001"
    (one,) = known["parcels.json"]
    assert (one["id"], one["state"], one["tracking"]) == (parcel["parcel"], "collected", "SF0001")
    assert {"DepositStarted", "ParcelStored", "CredentialAdded", "ParcelCollected"} <= {
        each["kind"] for each in one["timeline"]
    }
    assert {each["kind"] for each in one["credentials"]} == {"code", "token", "delegate"}
    assert files[f"pictures/{one['pictures'][0]}.jpg"] == b"\xff\xd8\xff one"
    (report,) = known["cases.json"]
    assert (report["number"], report["words"][0]["text"]) == (case, "<b>Wet</b> & torn")
    assert f"sent/{report['pictures'][0]}.jpg" in files
    everything = b"".join(files.values())
    for secret in (code, parcel["code"], parcel["token"]):
        assert secret.encode() not in everything


@pytest.mark.parametrize("language", LANGUAGES)
async def test_N6_the_page_in_it_is_read_without_a_network_in_the_language_of_its_owner(home, language):
    phone, _, _, case = await lived(home)
    page = (await unpacked(phone, language))["my-data.html"].decode()
    assert f'<html lang="{language}"' in page
    assert "my." not in re.sub(r"my-data\.\w+", "", page)
    assert [each for each in ("<script", "http:", "https:", "src=", "href=") if each in page] == []
    assert "&lt;b&gt;Wet&lt;/b&gt; &amp; torn" in page
    assert [each for each in ("Wang Ming", "+8613800000001", case) if each not in page] == []


async def test_N6_of_nobody_else_anything_is_packed(home):
    await home.bench.resident(unit="1-202", name="Li Na", phone="+8613800000002", language="en")
    await home.bench.store("JD0009", recipient={"unit": "1-202"})
    phone = await home.at_home()
    everything = b"".join((await unpacked(phone)).values())
    for theirs in (b"Li Na", b"0002", b"1-202", b"JD0009"):
        assert theirs not in everything


async def test_N6_S2_of_whoever_had_a_parcel_in_their_name_before_its_right_recipient_gets_and_reads_nothing(home):
    """They opened its door, sent somebody and were seen there: none of that is the business of whose it is."""
    bench, journal = home.bench, home.context.journal
    await bench.resident(unit="1-202", name="Li Na", phone="+8613800000002", language="en")
    parcel = await bench.store("JD0009", recipient={"unit": "1-202"})
    kiosk, staff = await bench.client("pickup"), await bench.client("staff")
    pickup = (await kiosk.post("/pickups", json={"code": parcel["code"]})).json()["pickup"]
    assert (await kiosk.post(f"/pickups/{pickup}/put-back", json={})).status_code == 200
    await bench.shut(parcel["compartment"])
    (started,) = await bench.events("PickupStarted")
    for content, cause in ((b"\xff\xd8\xff Li Na", "opened"), (b"\xff\xd8\xff inside", "stored")):
        saved = SnapshotStore(journal.folder).save(content, started["at"][:10])
        taken = SnapshotTaken(
            compartment=parcel["compartment"], parcel=parcel["parcel"], cause=cause, of=started["seq"] + 1,
            sha256=saved.sha256, day=saved.day, size=saved.size,
        )  # fmt: skip
        await home.context.engine.record(taken, "camera")
    right = {"recipient": {"unit": "1-201"}, "reason": "Li Na says it is not hers"}
    answer = await staff.post(f"/parcels/{parcel['parcel']}/reassign", json=right)
    assert answer.status_code == 200, answer.text
    phone = await home.at_home()
    files = await unpacked(phone)
    assert [name for name, content in files.items() if b"Li Na" in content] == []
    assert [content for name, content in files.items() if name.startswith("pictures/")] == [b"\xff\xd8\xff inside"]
    (one,) = json.loads(files["parcels.json"])
    kinds = [each["kind"] for each in one["timeline"]]
    assert "ParcelStored" in kinds
    assert not {"PickupStarted", "ParcelReassigned"} & set(kinds)


async def test_R25_erasing_says_what_stays_and_why_and_an_open_case_is_named(home):
    phone, _, _, case = await lived(home)
    home.bench.clock.advance(120)
    home.context.engine.observe(Tick(synced=True))
    await home.bench.settle()
    page = await phone.get("/erase")
    assert f"Case {case} until it is closed." in page.text
    assert "without your name: it proves in a dispute" in page.text
    page = await phone.send(page, "/erase", end="0001")
    assert "Your data is deleted" in page.text
    assert (await phone.http.get("/my-data.zip")).status_code == 404


async def test_N6_clips_of_the_person_at_their_own_door_are_packed_and_those_of_others_are_not(home):
    """Their own code opened the door; who was sent, and who brought the parcel, are other people."""
    _, first, _, _ = await lived(home)
    second = await home.bench.store("SF0002")
    kiosk = await home.bench.client("pickup")
    assert (await kiosk.post("/pickups", json={"code": second["code"]})).status_code == 201
    await home.bench.shut(second["compartment"])
    for one in (first, second):
        for kind, cause in (("ParcelStored", "stored"), ("ParcelCollected", "collected")):
            (of,) = [each for each in await home.bench.events(kind) if each["data"]["parcel"] == one["parcel"]]
            content = make_clip([(0, f"{one['parcel']} {cause}".encode()), (500, b"later")])
            saved = SnapshotStore(home.context.journal.folder).save_clip(content, of["at"][:10])
            taken = ClipTaken(
                compartment=one["compartment"], parcel=one["parcel"], cause=cause, of=of["seq"], sha256=saved.sha256,
                frames=2, day=saved.day, size=saved.size,
            )  # fmt: skip
            await home.context.engine.record(taken, "camera")
    files = await unpacked(await home.at_home())
    frames = {name: content for name, content in files.items() if name.startswith("clips/")}
    assert sorted(frames.values()) == sorted([f"{second['parcel']} collected".encode(), b"later"])
    told = {each["id"]: each["clips"] for each in json.loads(files["parcels.json"])}
    assert [len(told[one["parcel"]]) for one in (first, second)] == [0, 1]
    assert {name.split("/")[1] for name in frames} == {told[second["parcel"]][0]["sha256"]}
