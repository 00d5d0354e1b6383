"""Sizes, names and walls that no linter knows."""

import ast
import re
import tomllib

import grimp
import pytest
from tree import ROOMS, ROOT, kept_files, name, parsed, product_files

FOLDERS = {*ROOMS, ".ci", "deb", "docs", "fleet", "firmware_config", "systemd", "tests"}
SAYS_NOTHING = {"manager", "helper", "helpers", "utils", "util", "base", "data", "misc", "common"}
CLOCKS = {("time", "time"), ("time", "sleep"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today")}
OWN_CLOCKS = {
    "hardware/clock.py",  # the system clock behind the port
    "hardware/banks/serial_line.py",  # the thread of a serial line waits between frames in real time
    "simulator/fleet_demo.py",  # waits for processes that it has started
    "simulator/history.py",  # a history is written without a world, up to this moment
    "simulator/world/world_time.py",  # world time is made here from real time
}
RULE_OF_A_COMMIT = {"executescript", "upsert", "commit"}


def _calls(path):
    return [
        node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def _places(wanted):
    return [
        f"{name(path)}:{call.lineno}" for path in product_files() for call in _calls(path) if wanted(path, call.func)
    ]


def test_no_file_is_over_400_lines():
    sizes = {name(path): path.read_text(encoding="utf-8").count("\n") for path in product_files()}
    assert {path: size for path, size in sizes.items() if size > 400} == {}


def test_no_function_is_over_60_lines():
    long = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in product_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert long == []


def test_only_the_known_folders_stand_at_the_top():
    assert {name(path).split("/")[0] for path in kept_files() if "/" in name(path)} <= FOLDERS


def test_names_come_from_the_trade():
    assert [name(path) for path in product_files() if SAYS_NOTHING & set(path.stem.split("_"))] == []


def test_exactly_one_line_moves_metal():
    places = _places(lambda path, call: call.attr == "unlock" and not name(path).startswith("hardware/"))
    assert len(places) == 1, places
    assert places[0].startswith("locker/")


def test_time_comes_from_the_loop_and_the_clock_alone():
    def own_clock(path, call):
        of = call.value
        owner = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
        return (owner, call.attr) in CLOCKS and name(path) not in OWN_CLOCKS

    assert _places(own_clock) == []


def test_nothing_commits_behind_the_back_of_a_transaction():
    assert _places(lambda path, call: call.attr in RULE_OF_A_COMMIT and name(path).startswith("locker/")) == []


def test_the_daemon_does_not_know_the_simulator():
    known = {
        imported
        for path in (ROOT / "lockerd").glob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for imported in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    assert not any(module.split(".")[0] == "simulator" for module in known)


def test_no_branch_asks_whether_this_is_a_simulation():
    asks = re.compile(r"\b(?:if|elif|while)\b.*simulat", re.IGNORECASE)
    places = [
        f"{name(path)}:{number}"
        for path in product_files()
        if not name(path).startswith("simulator/")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if asks.search(line.split("#")[0])
    ]
    assert places == []


# The brackets keep this file from finding itself.
PRIVATE = re.compile(
    r"(?<![\w.$}])/(?:[w]ork|[r]oot|[h]ome/\w+|[t]mp)/\w"  # where somebody once built
    r"|\b[\w-]+\.(?:[i]nternal|[c]orp|[i]ntranet)\b"
    r"|extra-[i]ndex-url|--[i]ndex-url|--[f]ind-links"
)


def test_no_path_of_a_build_machine_and_no_private_host_is_kept():
    places = []
    for path in kept_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        places += [
            f"{name(path)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(lines, 1)
            if PRIVATE.search(line)
        ]
    assert places == []


def test_every_dependency_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    for requirement in asked:
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        reason = line.partition("#")[2].strip()
        assert len(reason.split()) >= 3, f"{requirement}: why?"


@pytest.mark.parametrize("mark", ["noqa", "type: ignore"])
def test_every_exception_from_a_rule_has_its_reason(mark):
    bare = re.compile(rf"# {mark}(?::? ?\[?[\w, -]*\]?)?\s*$")
    places = [
        f"{name(path)}:{number}"
        for path in product_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if f"# {mark}" in line and bare.search(line) and not re.search(r": [A-Z0-9, ]+  \S", line)
    ]
    assert places == []


def test_every_dependency_has_the_version_that_was_tested():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    lines = (ROOT / ".ci" / "versions.txt").read_text(encoding="utf-8").splitlines()
    tested = {_plain(line.split("==")[0]) for line in lines if "==" in line}
    assert {_plain(re.split(r"[<>=;\[ ]", requirement)[0]) for requirement in asked} <= tested


def _plain(package):
    """One spelling for a package: PyPI takes Jinja2 and jinja2, zxing_cpp and zxing-cpp for the same."""
    return re.sub(r"[-_.]+", "-", package).lower()


def test_no_modules_import_each_other_in_a_circle():
    graph = grimp.build_graph(*ROOMS, exclude_type_checking_imports=True)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    circles = [
        (one, other) for one in imports for other in imports[one] if one != other and _leads_to(imports, other, one)
    ]
    assert circles == []


def _leads_to(imports, begin, end):
    seen, left = set(), [begin]
    while left:
        module = left.pop()
        if module == end:
            return True
        if module not in seen:
            seen.add(module)
            left.extend(imports.get(module, ()))
    return False
