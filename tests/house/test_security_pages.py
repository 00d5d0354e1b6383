"""The pages about security name tests: each of them exists, and the pages lead to one another."""

import re

import pytest
from tree import ROOT

PAGES = ("SECURITY.md", "docs/security/threat-model.md", "docs/security/standards.md")


@pytest.mark.parametrize("page", PAGES)
def test_N7_every_test_that_a_page_of_security_names_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[a-z_0-9/]+\.py)`", text))
    assert len(named) >= 10
    assert sorted(each for each in named if not (ROOT / each).is_file()) == []


@pytest.mark.parametrize("page", PAGES)
def test_N7_every_link_of_a_page_of_security_leads_somewhere(page):
    here = ROOT / page
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", here.read_text(encoding="utf-8"))
    assert [each for each in links if "://" not in each and not (here.parent / each).exists()] == []


def test_N7_each_attacker_and_each_line_of_the_threat_model_has_its_test_or_says_that_nothing_stops_it():
    text = (ROOT / PAGES[1]).read_text(encoding="utf-8")
    attackers = text.split("## Who might want it")[1].split("## What is left")[0]
    assert len(re.findall(r"(?m)^### ", attackers)) == 5
    lines = [line for line in attackers.splitlines() if line.startswith("| ") and not line.startswith("| tries to")]
    assert len(lines) >= 30
    assert [line for line in lines if "`tests/" not in line and "**not stopped**" not in line] == []


def test_N7_each_item_of_the_standards_has_its_test_or_its_reason():
    text = (ROOT / PAGES[2]).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    assert len(lines) >= 60
    bare = [line for line in lines if "`tests/" not in line]
    assert all(len(line.split("|")[2]) > 20 for line in bare), bare
