"""A case file is made for whom it is, verifies itself, and a byte that was changed is found with its part (N1)."""

import hashlib
import json
import random
import shutil

import pytest
from case_file_bench import NUMBER, a_case, flipped, page_of, parts_of, spoiled, the_file
from staff_bench import an_office
from timestamp_bench import an_authority, reply, served

from links.options import TimestampOptions
from links.timestamp_authority import open_authority
from locker.services.admin import run_case_audit
from locker.services.cases import KINDS
from locker.services.evidence import check_case_file, make_page, make_zip
from locker.services.people import Role
from locker.signed_note import fingerprint


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        office.number = await a_case(office)
        office.folder = tmp_path
        yield office


async def test_SEC_02_N1_a_file_holds_all_that_settles_a_dispute_and_verifies_by_itself(office):
    content = await the_file(await office.person(), NUMBER)
    checked = check_case_file(content)
    assert checked.faults == []
    assert checked.number == NUMBER
    assert checked.key == fingerprint(office.bench.context.proof.signer.public)
    parts = parts_of(content)
    assert len([name for name in parts if name.startswith("photos/")]) == 2
    assert len([name for name in parts if name.startswith("frames/")]) == 16
    kinds = {json.loads(parts[name])["kind"] for name in parts if name.startswith("events/")}
    assert {"DepositStarted", "UnlockOrdered", "ParcelStored", "SnapshotTaken", "CaseOpened", "CaseSaid"} <= kinds
    said = json.loads(parts["case.json"])
    headings = [each["heading"] for each in said["sections"]]
    assert headings[:4] == ["What was said and done", "Photos", "What the machine saw", "Who could open it"]
    assert b"\xe7\x9b\x92\xe5\xad\x90" in parts["case.json"]


async def test_SEC_08_who_could_open_it_and_who_took_the_file_away_is_said(office):
    browser = await office.person()
    said = json.loads(parts_of(await the_file(browser, NUMBER))["case.json"])
    access = next(each for each in said["sections"] if each["heading"] == "Who could open it")
    assert {"code", "QR code"} <= {row["words"] for row in access["rows"]}
    (made,) = await office.bench.events("CaseFileMade")
    assert (made["by"], made["data"]["purpose"], made["data"]["reason"]) == ("staff:supervisor.one", "full", "dispute")


async def test_SEC_02_names_are_masked_by_purpose_and_the_proof_still_holds(office):
    browser = await office.person()
    copies = {purpose: await the_file(browser, NUMBER, purpose) for purpose in ("full", "resident", "carrier")}
    for content in copies.values():
        assert check_case_file(content).faults == []
    text = {
        purpose: b" ".join(parts_of(content).values()).decode(errors="replace") for purpose, content in copies.items()
    }
    assert "a secret among us" in text["full"]
    for purpose in ("resident", "carrier"):
        assert "a secret among us" not in text[purpose]
        assert "he.jun" not in text[purpose]
    assert "1-201" in text["resident"]
    assert "1-201" not in text["carrier"]
    assert "Kiste" in text["resident"]
    assert "Kiste" not in text["carrier"]
    withheld = ("code_hash", "token_hash", "label_hash")
    assert not any(word in text[purpose] for purpose in copies for word in withheld)


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_N1_a_file_of_each_kind_verifies(tmp_path, kind):
    async with an_office(tmp_path) as office:
        number = await a_case(office, kind)
        pages = await the_file(await office.person(), number)
        assert check_case_file(pages).faults == []


async def test_N15_SEC_02_a_masked_copy_has_no_film_of_others_and_says_so(office):
    browser = await office.person()
    for purpose, frames in (("full", 16), ("carrier", 16), ("resident", 0)):
        parts = parts_of(await the_file(browser, NUMBER, purpose))
        assert len([name for name in parts if name.startswith("frames/")]) == frames, purpose
        assert len([name for name in parts if name.startswith("clips/")]) == (1 if frames else 0)
        assert ("Not in this copy: 1" in parts["case.json"].decode()) is (purpose == "resident")


async def test_N15_a_frame_that_is_of_no_clip_and_a_clip_that_nobody_tells_of_are_named(office):
    """Signed anew by whoever holds the key: what the journal does not tell of is still no evidence."""
    parts = parts_of(await the_file(await office.person(), NUMBER))
    signer = office.bench.context.proof.signer
    clip = next(name for name in parts if name.startswith("clips/"))
    frame = b"another frame"
    name = f"frames/{hashlib.sha256(frame).hexdigest()}.jpg"
    parts.pop("manifest")
    template = "<!-- begin -->\n<!-- parts -->\n<!-- end -->"
    added = make_page(template, {"case": NUMBER}, {**parts, name: frame}, signer)
    assert check_case_file(added).faults == [f"{name}: is not a frame of a clip"]
    other = b"[[0," + b'"' + hashlib.sha256(frame).hexdigest().encode() + b'",13]]'
    told = f"clips/{hashlib.sha256(other).hexdigest()}.json"
    added = make_page(template, {"case": NUMBER}, {**parts, name: frame, told: other}, signer)
    assert check_case_file(added).faults == [
        f"{told}: is not the clip of which an event tells",
        f"{name}: is not a frame of a clip",
    ]
    assert clip != told


async def test_N1_one_flipped_bit_anywhere_names_its_part(office):
    content = await the_file(await office.person(), NUMBER)
    chance = random.Random(5)
    for name in parts_of(content):
        for place in (0, chance.randrange(1000), 999):
            faults = check_case_file(spoiled(content, name, flipped(place))).faults
            wanted = "signature" if name == "manifest" else name
            assert any(each.startswith(wanted) for each in faults), (name, place, faults)


async def test_N1_one_flipped_bit_of_the_file_itself_is_found(office):
    content = await the_file(await office.person(), NUMBER)
    chance = random.Random(6)
    for _ in range(150):
        at = chance.randrange(len(content))
        changed = content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]
        assert check_case_file(changed).faults, at


async def test_N1_what_is_missing_added_swapped_or_around_the_parts_is_named(office):
    content = await the_file(await office.person(), NUMBER)
    page, parts = page_of(content), parts_of(content)
    photo = next(name for name in parts if name.startswith("photos/"))
    event = next(name for name in parts if name.startswith("events/"))
    block = next(line for line in page.splitlines() if f'"{photo}"' in line)
    more = block.replace(photo, "photos/more.jpg")
    for changed, fault in [
        (page.replace(block, ""), f"{photo}: is missing"),
        (page.replace(block, f"{block}\n{more}"), "photos/more.jpg: was not signed"),
        (page.replace(block, f"{block}\n{block}"), f"{photo}: stands there twice"),
        (page.replace("<h1", "<h2"), "case.html: the page around the parts was changed"),
    ]:
        assert fault in check_case_file(make_zip(changed.encode())).faults
    other = max(name for name in parts if name.startswith("events/"))
    faults = check_case_file(spoiled(content, event, lambda _: parts[other])).faults
    assert f"{event}: was changed" in faults
    for nonsense in (b"", b"PK", b"PK\x03\x04" + b"0" * 60, b"<html>", content[: len(content) // 2]):
        assert check_case_file(nonsense).faults


async def test_N1_the_command_says_the_same_and_whose_key_it_is(office, tmp_path, capsys):
    file = tmp_path / "case.zip"
    file.write_bytes(await the_file(await office.person(), NUMBER))
    capsys.readouterr()
    assert run_case_audit(file, office.folder) == 0
    assert "this cabinet's" in capsys.readouterr().out
    assert run_case_audit(file, tmp_path / "elsewhere") == 0
    assert "not known here" in capsys.readouterr().out
    file.write_bytes(spoiled(file.read_bytes(), "checkpoint.txt", flipped(500)))
    assert run_case_audit(file, office.folder) == 1
    assert capsys.readouterr().out.startswith("checkpoint.txt: ")


@pytest.mark.parametrize(
    ("form", "status"),
    [({"purpose": "press", "reason": "x"}, 422), ({"purpose": "full", "reason": ""}, 422), ({"purpose": "full"}, 422)],
)
async def test_SEC_02_a_file_wants_a_purpose_and_a_reason(office, form, status):
    browser = await office.person()
    csrf = (await browser.get("/me")).forms[-1][1]["csrf"]
    assert (await browser.raw(f"/cases/{NUMBER}/file", {"csrf": csrf, **form})).status_code == status
    assert await office.bench.events("CaseFileMade") == []


async def test_SEC_03_a_whole_copy_is_for_who_may_approve(office):
    browser = await office.person(Role.OPERATOR)
    csrf = (await browser.get("/me")).forms[-1][1]["csrf"]
    form = {"csrf": csrf, "purpose": "full", "reason": "x"}
    assert (await browser.raw(f"/cases/{NUMBER}/file", form)).status_code == 403
    assert (await browser.raw(f"/cases/{NUMBER}/file", {**form, "purpose": "carrier"})).status_code == 200


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
async def test_N1_a_file_holds_what_an_authority_outside_said_and_the_command_judges_it_by_the_roots(
    office, tmp_path, capsys
):
    ours, other = (an_authority(tmp_path / name, name) for name in ("ours", "other"))
    async with (
        served(lambda request: reply(ours, request)) as url,
        open_authority(TimestampOptions(url=url, roots=ours / "roots.pem")) as authority,
    ):
        office.bench.context.proof.authority = authority
        content = await the_file(await office.person(), NUMBER)
    assert "checkpoint.tsr" in parts_of(content)
    file, folder = tmp_path / "case.zip", office.folder
    file.write_bytes(content)
    assert run_case_audit(file, folder) == 0
    assert "name the authority's roots with --roots" in capsys.readouterr().out
    assert run_case_audit(file, folder, ours / "roots.pem") == 0
    assert "stamped from outside at 20" in capsys.readouterr().out
    assert run_case_audit(file, folder, other / "roots.pem") == 1
    assert capsys.readouterr().out.startswith("checkpoint.tsr: ")
