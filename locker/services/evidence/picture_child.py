"""`python -m locker.services.evidence.picture_child`: a picture that a stranger sent, drawn anew, from stdin to stdout.

Decoders of pictures are written in C and fed by strangers: they run here, with little memory and little time, away from
the process that holds the doors. What leaves is a JPEG of our own making: neither where it was taken nor by what, and
nothing that hid in the file. Exit codes: 0, NO_PICTURE, TOO_LARGE.
"""

from __future__ import annotations

import io
import os
import resource
import sys

NO_PICTURE, TOO_LARGE = 3, 4
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 64_000_000
"""A phone of today takes 50 million. A file may claim more in few bytes, and is refused before it is unpacked."""
LONGEST_SIDE = 1600
QUALITY = 82
MEMORY_BYTES = 700 * 1024 * 1024
CPU_SECONDS = 20


def redrawn(content: bytes) -> bytes:
    """The picture as a plain JPEG, upright, at most LONGEST_SIDE long. Raises OSError, ValueError, Image errors."""
    from PIL import Image, ImageOps  # noqa: PLC0415  after the limits are set

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture: Image.Image = ImageOps.exif_transpose(opened)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        plain = Image.new("RGB", picture.size, "white")
        if "A" in picture.getbands() or "transparency" in picture.info:
            shown = picture.convert("RGBA")
            plain.paste(shown, mask=shown)
        else:
            plain.paste(picture.convert("RGB"))
        out = io.BytesIO()
        plain.save(out, "JPEG", quality=QUALITY)
        return out.getvalue()


def main() -> int:
    """Read, draw, write; the exit code."""
    os.nice(19)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read()
    from PIL import Image  # noqa: PLC0415  as above

    try:
        picture = redrawn(content)
    except (Image.DecompressionBombError, MemoryError):
        return TOO_LARGE
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError):
        return NO_PICTURE  # what Pillow's readers raise for files that are not what they say
    sys.stdout.buffer.write(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
