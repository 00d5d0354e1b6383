"""The cards of a cabinet as one page to print: every door's name, who helps, and a QR code to the door's own page."""

from __future__ import annotations

import socket
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

import segno

from api.options import is_loopback, split_listen
from api.own_hosts import in_brackets

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockerd.settings import Settings

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 10mm }}
body {{ margin: 0; font: 11pt sans-serif; color: #000; background: #fff }}
h1 {{ font-size: 14pt }}
main {{ display: grid; grid-template-columns: repeat(3, 60mm); gap: 4mm }}
article {{ border: 0.3mm solid #000; border-radius: 2mm; padding: 3mm; break-inside: avoid }}
b {{ display: block; font-size: 34pt; line-height: 1 }}
svg {{ width: 34mm; height: 34mm; display: block; margin-top: 2mm }}
p {{ margin: 1mm 0 0 }}
@media print {{ h1 {{ display: none }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<main>
{cards}
</main>
</body>
</html>
"""


def panel_address(settings: Settings) -> str:
    """Where staff reach the panel from another machine of this network."""
    host, port = split_listen(settings.staff.listen)
    scheme = "http" if is_loopback(host) and settings.staff.certificate is None else "https"
    if host in {"0.0.0.0", "::"}:  # noqa: S104  compared, not bound
        named = [name for name in settings.staff.hosts if not name.startswith("*")]
        host = named[0] if named else f"{socket.gethostname().lower().removesuffix('.local')}.local"
    return f"{scheme}://{in_brackets(host)}:{port}"


def door_cards(settings: Settings, text: Callable[..., str]) -> str:
    """The whole page; `text` gives the sentence of a key."""
    site, address = settings.site, panel_address(settings)
    help_line = escape(text("card_help", phone=site.help_phone))
    cards = "\n".join(
        f"<article><b>{escape(door.id)}</b><p>{escape(site.name)}</p><p>{help_line}</p>"
        f"{_code(f'{address}/doors/{door.id}')}</article>"
        for door in settings.compartment
    )
    return _PAGE.format(language=site.languages[0], title=escape(text("card_title", name=site.name)), cards=cards)


def _code(address: str) -> str:
    drawn = BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, border=2, scale=1, omitsize=True)
    return drawn.getvalue().decode().strip()


def code_in_signs(text: str) -> list[str]:
    """A QR code as lines of half blocks, light on the dark of a terminal: a code of 29 is 15 lines high."""
    rows = [list(row) for row in segno.make(text, error="l").matrix_iter(border=2)]
    rows += [[0] * len(rows[0])] if len(rows) % 2 else []
    signs = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    return [
        "".join(signs[a and 1, b and 1] for a, b in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]
