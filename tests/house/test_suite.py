"""The tests as a house of their own: each of their folders is told of, and what is named in words is there."""

import re

from tree import ROOT, kept_files, name

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def _folders():
    """Every folder of tests, with whether a test stands in it."""
    parts = [name(path).split("/") for path in kept_files() if path.suffix == ".py"]
    below = [part[1:] for part in parts if part[0] == "tests" and len(part) > 2]
    return {folder: any(path[0] == folder and path[-1].startswith("test_") for path in below) for folder, *_ in below}


def test_every_folder_of_tests_stands_in_their_readme():
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)
    assert sorted(told) == sorted(_folders())


def test_every_folder_of_make_quick_holds_tests():
    quick = re.search(r"^QUICK := (.+)$", MAKEFILE, re.MULTILINE).group(1).split()
    assert quick
    assert [folder for folder in quick if not _folders().get(folder)] == []


def test_a_commit_is_looked_at_as_make_check_looks():
    """The tools and their arguments are named once, in the Makefile."""
    entries = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert entries == ["make --no-print-directory check"]
    assert "\ncheck: " in MAKEFILE


def test_no_test_waits_in_the_page_itself():
    """Our pages allow no `eval`, by which Playwright polls there: it passes only where there is nothing to wait for."""
    word = "wait_for_" + "function("
    tests = [path for path in kept_files() if path.suffix == ".py" and name(path).startswith("tests/")]
    assert [name(path) for path in tests if word in path.read_text(encoding="utf-8")] == []
