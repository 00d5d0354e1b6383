"""N7: the security page: version, support, bill of materials, known vulnerabilities, whom to call, incident clocks."""

import json
import re
from datetime import UTC, datetime, timedelta
from importlib import metadata

import pytest
from staff_bench import an_office
from tree import ROOT

from api.staff.bill_of_materials import bill_of_materials
from api.staff.security_pages import SUPPORTED_UNTIL, incident_clocks
from locker.services.people import Role

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


def test_N7_the_bill_names_each_package_that_the_product_needs_with_its_version():
    bill = json.loads(bill_of_materials(NOW, "0.1.0"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill["serialNumber"])
    named = {each["name"].lower().replace("_", "-") for each in bill["components"]}
    needs = [line for line in metadata.requires("lockerd") if ";" not in line]
    needed = {re.match(r"[A-Za-z0-9.-]+", line)[0].lower() for line in needs}
    assert len(needed) > 15
    assert needed - named == set()
    assert {"starlette", "cffi"} <= named, "what they need in turn stands there too"
    assert not {"pytest", "ruff", "schemathesis"} & named, "and nothing that only tests need"
    for each in bill["components"]:
        assert each["purl"] == each["bom-ref"] == f"pkg:pypi/{each['purl'].split('/')[1]}"
        assert each["purl"].endswith(f"@{each['version']}")
    refs = [each["bom-ref"] for each in bill["components"]]
    assert len(set(refs)) == len(refs) == len(bill["dependencies"][0]["dependsOn"])


def test_N7_the_clocks_of_an_incident_are_24_hours_72_hours_and_14_days():
    clocks = incident_clocks(NOW)
    assert clocks.warning - NOW == timedelta(hours=24)
    assert clocks.notification - NOW == timedelta(hours=72)
    assert clocks.final - clocks.notification == timedelta(days=14)


def test_N7_the_day_of_support_is_one_and_five_years_away_at_the_first_release():
    said = f"{SUPPORTED_UNTIL.day} {SUPPORTED_UNTIL:%B %Y}"
    assert said in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert SUPPORTED_UNTIL.year - NOW.year >= 5


async def test_N7_the_page_tells_version_and_support_and_gives_bill_and_vex(office):
    operator = await office.person(Role.OPERATOR)
    page = await operator.get("/machine/security")
    assert office.bench.context.version in page.text
    assert "2031" in page.text
    assert not page.has_form("/machine/security"), "drafts are of those who read the journal"
    for name, key in (("sbom.json", "components"), ("vex.json", "vulnerabilities")):
        answer = await operator.http.get(f"/machine/security/{name}")
        assert answer.headers["content-type"] == "application/json"
        assert key in answer.json()


async def test_N7_a_draft_has_its_clocks_in_the_time_of_the_site_and_says_which_are_over(office):
    auditor = await office.person(Role.AUDITOR)
    page = await auditor.get("/machine/security")
    began = (office.bench.clock.now() - timedelta(hours=30)).astimezone()
    answer = await auditor.send(page, "/machine/security", aware=f"{began:%Y-%m-%dT%H:%M}")
    assert answer.text.count("over") >= 1
    assert "Early warning" in answer.text
    assert (await auditor.send(page, "/machine/security", aware="soon")).status == 422


async def test_N7_security_txt_says_whom_to_call_and_until_when(office):
    answer = await office.browser().http.get("/.well-known/security.txt")
    assert answer.status_code == 200
    fields = dict(line.split(": ", 1) for line in answer.text.strip().splitlines())
    assert fields["Contact"].startswith("tel:")
    assert datetime.fromisoformat(fields["Expires"]) > office.bench.clock.now()
