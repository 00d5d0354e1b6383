"""QR codes as the server draws them."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_code(token: str, label: str) -> Markup:
    """A QR code as an SVG with its quiet zone, drawn by the server."""
    matrix = segno.make(token, error="m", micro=False).matrix
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    side = len(matrix) + 8
    return Markup(
        '<svg class="qr" viewBox="-4 -4 {side} {side}" role="img" aria-label="{label}">'
        '<rect class="light" x="-4" y="-4" width="{side}" height="{side}"/><path class="dark" d="{path}"/></svg>'
    ).format(side=side, label=label, path=path)
