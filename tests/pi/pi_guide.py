"""docs/install.md as somebody follows it who does what it says and nothing else: its commands, to the letter."""

import re

from pi_places import ROOT

GUIDE = ROOT / "docs" / "install.md"
_PART = re.compile(r"^(?P<heading>## [^\n]*)$|^ *```(?P<kind>\w*)\n(?P<block>.*?)^ *```", re.MULTILINE | re.DOTALL)


class Guide:
    """The commands of the guide by heading; which of them were typed."""

    def __init__(self):
        self._blocks, self.typed = {}, []
        heading = ""
        for part in _PART.finditer(GUIDE.read_text(encoding="utf-8")):
            if part["heading"]:
                heading = part["heading"].removeprefix("## ")
            elif not part["kind"]:
                lines = [line.partition("  #")[0].strip() for line in part["block"].splitlines()]
                self._blocks.setdefault(heading, []).append([line for line in lines if line])

    def block(self, heading, number=0):
        """The lines of a block under the heading that begins so."""
        (name,) = (each for each in self._blocks if each.startswith(heading))
        self.typed += self._blocks[name][number]
        return self._blocks[name][number]

    def sentence(self, command):
        """A command that stands inside a sentence. Raises AssertionError when the guide does not have it."""
        text = " ".join(GUIDE.read_text(encoding="utf-8").split())
        assert f"`{command}`" in text, f"the guide says nothing of {command}"
        return command

    def not_typed(self):
        """Lines of blocks that nobody has asked for."""
        return [
            line for blocks in self._blocks.values() for block in blocks for line in block if line not in self.typed
        ]
