"""What a screen says aloud: the words that tell what to do, as they are written on it. Never what somebody typed.

Title, lead, steps, warnings and where the door is are spoken; fields, codes, numbers of parcels and names are not:
they stand in other elements. What counts seconds is not spoken either, it would never end.
"""

from __future__ import annotations

from html.parser import HTMLParser

SPOKEN_TAGS = {"h1", "h2"}
SPOKEN_CLASSES = {"lead", "wrong", "spoken"}
SILENT_CLASSES = {"sr", "counts"}
VOID = {"br", "img", "input", "use", "path", "rect", "circle", "polygon", "hr", "meta", "link"}
ENDS = (".", "?", ":", "。", "？", "：")  # noqa: RUF001  Chinese punctuation is meant


class _Sentences(HTMLParser):
    """Collects the text of elements that are spoken, outermost first."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._open: list[str] = []
        self._speaking = 0
        self._silent = 0
        self._in_list = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        classes = set((dict(attrs).get("class") or "").split())
        self._in_list = "happens" in classes if tag in {"ol", "ul"} else self._in_list
        starts = tag in SPOKEN_TAGS or bool(classes & SPOKEN_CLASSES) or (tag == "li" and self._in_list)
        mark = ""
        if self._silent or classes & SILENT_CLASSES:
            self._silent += 1
            mark = "silent"
        elif self._speaking or starts:
            if not self._speaking:
                self.found.append("")
            self._speaking += 1
            mark = "spoken"
        self._open.append(mark)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._open:
            return
        mark = self._open.pop()
        self._silent -= mark == "silent"
        self._speaking -= mark == "spoken"

    def handle_data(self, data: str) -> None:
        if self._speaking and not self._silent:
            self.found[-1] += data


def spoken_text(page: str) -> str:
    """The sentences of a screen's HTML that are read aloud, in order; of a sheet that lies above it, only its own."""
    sheet = page.find("<dialog")
    parser = _Sentences()
    parser.feed(page if sheet < 0 else page[sheet:])
    said = (" ".join(text.split()) for text in parser.found)
    return " ".join(text if text.endswith(ENDS) else f"{text}." for text in said if text)
