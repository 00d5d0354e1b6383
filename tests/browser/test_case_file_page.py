"""A case file in Chromium, from a disk, without a network: it says what it is, and names the part that was changed."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from browser_screen import axe_findings
from case_file_bench import a_case, flipped, page_of, parts_of, spoiled, the_file
from staff_bench import an_office
from test_staff_panel import ARTEFACTS

from locker.services.evidence import check_case_file


async def _made(folder):
    async with an_office(folder) as office:
        number = await a_case(office)
        browser = await office.person()
        return {purpose: await the_file(browser, number, purpose) for purpose in ("full", "resident", "carrier")}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("case")
    with ThreadPoolExecutor(1) as pool:  # the browser's driver owns this thread's loop
        return pool.submit(lambda: asyncio.run(_made(folder))).result()


@pytest.fixture(scope="module")
def reader(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    yield context.new_page()
    context.close()


def faults_in_browser(reader, folder, content):
    file = folder / "case.html"
    file.write_text(page_of(content), encoding="utf-8")
    reader.goto(file.as_uri())
    reader.wait_for_selector("#verdict[data-done]")
    return reader.locator("#faults li").all_inner_texts()


def pictured(reader, name):
    reader.screenshot(path=str(ARTEFACTS / f"{name}.png"), full_page=True)
    assert reader.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert axe_findings(reader) == []


@pytest.mark.parametrize("purpose", ["full", "resident", "carrier"])
def test_N1_a_file_that_nobody_changed_is_said_to_be_good_and_shows_the_case(reader, files, tmp_path, purpose):
    assert faults_in_browser(reader, tmp_path, files[purpose]) == []
    assert reader.locator("#said-good").is_visible()
    assert not reader.locator("#said-bad, #said-not-yet").first.is_visible()
    assert reader.inner_text("#key") == check_case_file(files[purpose]).key
    assert reader.locator("section").count() >= 3
    assert reader.locator("section img").count() >= 1
    for width in (1280, 390):
        reader.set_viewport_size({"width": width, "height": 900})
        pictured(reader, f"case-file-{purpose}-{width}")


def test_N1_whatever_is_flipped_the_page_and_the_command_name_it_alike(reader, files, tmp_path):
    content = files["full"]
    parts = parts_of(content)
    ordered = next(
        name
        for name, said in sorted(parts.items())
        if name.startswith("events/") and json.loads(said)["kind"] == "UnlockOrdered"
    )
    photos = sorted(name for name in parts if name.startswith(("photos/", "clips/")))
    photos += sorted(name for name in parts if name.startswith("frames/"))[:3]
    last = max(name for name in parts if name.startswith("events/"))
    for name in ("manifest", "checkpoint.txt", "case.json", ordered, last, *photos):
        for place in (300, 950):
            bad = spoiled(content, name, flipped(place))
            seen = faults_in_browser(reader, tmp_path, bad)
            wanted = "signature" if name == "manifest" else name
            assert any(each.startswith(wanted) for each in seen), (name, place, seen)
            assert {each.partition(": ")[0] for each in seen} == {
                each.partition(": ")[0] for each in check_case_file(bad).faults
            }
    pictured(reader, "case-file-changed")


def test_N1_without_its_script_a_page_says_that_nothing_is_verified(chromium, files, tmp_path):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    file = tmp_path / "case.html"
    file.write_text(page_of(files["full"]), encoding="utf-8")
    page.goto(file.as_uri())
    assert page.locator("#said-not-yet").is_visible()
    assert not page.locator("#said-good").is_visible()
    context.close()
