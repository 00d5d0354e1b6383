"""N1, N2, N15, S17: the whole daemon with a camera; a dispute's file for each purpose, verified outside of it.

By command and in Chromium, without the daemon and without a network; then one byte is flipped, and both name it.
"""

import os
import re
import shutil
from datetime import datetime
from pathlib import Path

import httpx
import preloaded
import pyotp
import pytest
from case_file_bench import flipped, page_of, parts_of, spoiled
from locker_sim import LockerSim

CAMERA = '\n[camera]\nkind = "picamera2"\nmasks = [[0, 0, 3, 100]]\n'
PASSWORD = "river-stone-42"
PURPOSES = ("full", "carrier", "resident")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Supervisor:
    """Somebody at the panel of a daemon, by its forms."""

    def __init__(self, sim, name="he.jun"):
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{sim.staff_port}", timeout=30, follow_redirects=True)
        self.http.headers.update({"Origin": str(self.http.base_url).rstrip("/"), "Accept-Language": "en"})
        secret = sim.lockerd("staff", "add", name, "--role", "supervisor")
        word = {"name": name, "secret": secret, "password": PASSWORD, "again": PASSWORD}
        page = self.http.post("/set-up", data=word)
        app = pyotp.TOTP(re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", ""))
        now = datetime.fromisoformat(sim.world.get("/clock").json()["now"])
        kept = self.http.post("/sign-in/enrol", data={"code": app.at(now)})
        assert "recovery" in kept.text, kept.text[:2000]

    def file(self, number, purpose):
        page = self.http.get(f"/cases/{number}").text
        csrf = re.search(rf'/cases/{number}/file"[^>]*><input type="hidden" name="csrf" value="([^"]+)"', page)[1]
        form = {"csrf": csrf, "purpose": purpose, "reason": "dispute"}
        answer = self.http.post(f"/cases/{number}/file", data=form)
        assert answer.headers["content-type"] == "application/zip", answer.text[:500]
        return answer.content


def a_dispute(sim):
    """A parcel goes in and is taken out, and its resident says that the box was empty; the number of the case."""
    told = sim.stored("SF1234567890")
    opened = sim.post("/pickups", sim.code(told["parcel"]))
    sim.take_out(opened["openings"][0]["compartment"])
    for _ in range(3):
        try:
            sim.until("clips", lambda: len([each for each in sim.events() if each["kind"] == "ClipTaken"]) >= 4)
            break
        except AssertionError:
            continue
    body = {"kind": "lost", "parcel": told["parcel"], "text": "The box was empty. 盒子是空的。", "unit": "1203"}
    number = sim.post("/cases", body)["number"]
    sim.post(f"/cases/{number}/words", {"what": "reply", "text": "We look at what the machine saw."}, expect=200)
    return number


@pytest.fixture(scope="module")
def dispute(tmp_path_factory):
    """Files of one dispute by purpose; the cabinet is ended by then. `before`: a backup of before the case."""
    sim = LockerSim(tmp_path_factory.mktemp("cabinet"), more=CAMERA)
    sim.start()
    try:
        sim.resident()
        before = sim.folder / "before"
        assert preloaded.run("lockerd", "backup", "--config", sim.file, before).returncode == 0
        number = a_dispute(sim)
        person = Supervisor(sim)
        files = {purpose: person.file(number, purpose) for purpose in PURPOSES}
        person.http.close()
        sim.stop()
    finally:
        if sim.process is not None and sim.process.poll() is None:
            sim.kill()
    return sim, files, before


def by_command(sim, folder, content):
    """What `lockerd audit --case` says: its exit and its lines."""
    file = folder / "case.zip"
    file.write_bytes(content)
    done = preloaded.run("lockerd", "audit", "--config", sim.file, "--case", file)
    return done.returncode, done.stdout.splitlines()


def chosen(parts):
    """One part of each kind that there is: photo, clip, frame, event, order, texts, checkpoint, signature."""
    of_kind = {name.partition("/")[0]: name for name in sorted(parts)}
    order = next(name for name in sorted(parts) if name.startswith("events/") and b'"UnlockOrdered"' in parts[name])
    return sorted({*of_kind.values(), order})


@pytest.mark.parametrize("purpose", PURPOSES)
def test_N1_S17_each_copy_verifies_by_command_and_a_flipped_byte_of_any_kind_is_named(dispute, tmp_path, purpose):
    sim, files, _ = dispute
    code, lines = by_command(sim, tmp_path, files[purpose])
    assert (code, len(lines) >= 1) == (0, True), lines
    assert "this cabinet's" in lines[-1]
    parts = parts_of(files[purpose])
    names = chosen(parts)
    assert {name.partition("/")[0] for name in names} >= {"case.json", "checkpoint.txt", "events", "manifest", "photos"}
    for name in names:
        code, lines = by_command(sim, tmp_path, spoiled(files[purpose], name, flipped(500)))
        assert code == 1, name
        assert any(line.startswith("signature" if name == "manifest" else name) for line in lines), (name, lines)


def test_N15_S17_the_full_copy_holds_every_moment_and_the_masked_ones_show_nobody(dispute):
    _, files, _ = dispute
    full = parts_of(files["full"])
    said = full["case.json"].decode()
    assert len([name for name in full if name.startswith("clips/")]) >= 4
    assert len([name for name in full if name.startswith("photos/")]) >= 3
    assert said.count('"film":[') >= 4
    for heading in ("What was said and done", "What the machine saw", "Who could open it"):
        assert heading in said
    resident = parts_of(files["resident"])
    assert not any(name.startswith(("clips/", "frames/")) for name in resident)
    for purpose in ("resident", "carrier"):
        text = b" ".join(parts_of(files[purpose]).values()).decode(errors="replace")
        assert "he.jun" not in text
        assert "Wang Ming" not in text
        assert "13800000001" not in text


def test_N1_N15_chromium_says_the_same_offline(dispute, tmp_path):
    if CHROMIUM is None:
        assert os.environ.get("LOCKER_REQUIRE_BROWSER") != "1"
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    sim, files, _ = dispute
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()

        def faults(content):
            file = tmp_path / "case.html"
            file.write_text(page_of(content), encoding="utf-8")
            page.goto(file.as_uri())
            page.wait_for_selector("#verdict[data-done]")
            return page.locator("#faults li").all_inner_texts()

        for purpose in PURPOSES:
            assert faults(files[purpose]) == []
            assert page.locator("#said-good").is_visible()
        faults(files["full"])
        assert page.locator(".film img").count() >= 8
        assert page.locator("summary .strip img").count() >= 8
        shown = Path(os.environ.get("LOCKER_ARTEFACTS", "artefacts")) / "screens"
        shown.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(shown / "whole-case-file.png"), full_page=True)
        for name in chosen(parts_of(files["full"])):
            bad = spoiled(files["full"], name, flipped(500))
            seen = {each.partition(": ")[0] for each in faults(bad)}
            assert seen == {line.partition(": ")[0] for line in by_command(sim, tmp_path, bad)[1]}, name
            assert page.locator("#said-bad").is_visible()
        chromium.close()


def test_N2_X7_a_log_of_which_the_end_was_cut_off_fails_against_the_checkpoint_of_a_case(dispute, tmp_path):
    """Whoever holds a file of a case can show later that its events are not there any more."""
    sim, files, before = dispute
    note = parts_of(files["full"])["checkpoint.txt"].decode()
    whole = preloaded.run("lockerd", "audit", "--config", sim.file, "--receipt", note)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    cut = tmp_path / "site.toml"
    data = tmp_path / "data"
    cut.write_text(sim.file.read_text("utf-8").replace(str(sim.data), str(data)), "utf-8")
    restored = preloaded.run("lockerd", "restore", "--config", cut, before, "--nothing-happened-since")
    assert restored.returncode == 0, restored.stderr
    alone = preloaded.run("lockerd", "audit", "--config", cut)
    assert alone.returncode == 0, "the chain alone cannot know that its end is gone"
    against = preloaded.run("lockerd", "audit", "--config", cut, "--receipt", note)
    assert against.returncode == 1
    assert "is missing" in against.stdout, against.stdout
