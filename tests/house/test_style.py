"""The tools that look at every file: walls, style, shape, types."""

import pytest
from tree import run_tool


@pytest.mark.parametrize(
    "command",
    [("lint-imports",), ("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)],
    ids=["walls", "style", "shape", "types"],
)
def test_the_tool_finds_nothing(command):
    code, said = run_tool(*command)
    assert code == 0, said[-6000:]
