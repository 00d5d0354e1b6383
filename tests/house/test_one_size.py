"""A size is one place: one line more in the enumeration, and every part of the product knows it."""

import subprocess
import sys

from tree import ROOT

PROGRAM = """
import re, sys
sys.path.insert(0, {root!r})
import pathlib
text = pathlib.Path({root!r}, "locker/core/model.py").read_text()
longer = text.replace('    XL = "XL", 590\\n', '    XL = "XL", 590\\n    XXL = "XXL", 900\\n')
assert longer != text
import importlib.util
spec = importlib.util.spec_from_loader("locker.core.model", loader=None)
module = importlib.util.module_from_spec(spec)
import locker.core
sys.modules["locker.core.model"] = module
locker.core.model = module
exec(compile(longer, "model.py", "exec"), module.__dict__)
import lockerd
from api.machine.openapi import document  # noqa: F401
from simulator.world.front_drawing import draw_front
site = pathlib.Path({root!r}, "firmware_config/sites/demo-12.toml").read_text()
site = site.replace('size = "L"', 'size = "XXL"')
bare = re.sub(r"(?m)^(column|bottom_mm|top_mm) = \\d+\\n", "", site)
for text in (site, bare):
    file = pathlib.Path({folder!r}, "site.toml")
    file.write_text(text)
    settings = lockerd.load_settings(file)
    assert "XXL" in {{door.size for door in settings.compartment}}
    assert len(draw_front(settings).doors) == len(settings.compartment)
from locker.core.model import Size
assert [size for size in Size][-1].rank == 5
import simulator.random_visitors
print("known")
"""


def test_a_size_more_is_drawn_allocated_and_read_by_every_part(tmp_path):
    program = PROGRAM.format(root=str(ROOT), folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "known", done.stderr


def test_no_other_file_lists_the_sizes():
    from tree import name, product_files

    listing = [
        name(path)
        for path in product_files()
        if name(path) != "locker/core/model.py"
        and all(f"Size.{size}" in path.read_text() or f'"{size}"' in path.read_text() for size in ("XS", "M", "XL"))
    ]
    assert listing == []
