"""Photos as people send them: JPEG or PNG, of a bounded size, without what cameras and phones write into them.

Nothing is decoded: segments that hold the picture are kept byte for byte, all others go, place and time of the
shot with them. Only how the picture is turned is kept, since a phone says that nowhere else.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from locker.durable_files import sync_folder, write_file
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "case-photos"
LARGEST = 8 * 1024 * 1024
MOST_PIXELS = 60_000_000
MOST_PHOTOS = 12
"""Of one case."""

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_KEPT_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB"})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ADOBE, _JFIF, _EXIF, _COMMENT, _SCAN, _END = 0xEE, 0xE0, 0xE1, 0xFE, 0xDA, 0xD9
_ORIENTATION = 0x0112


class BadPhoto(ValueError):
    """A file that is no photo of ours; the text says which rule it breaks."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo without metadata. `type` is its media type, `ending` that of its file."""

    content: bytes
    type: str
    ending: str

    @property
    def sha256(self) -> str:
        """Its name."""
        return hashlib.sha256(self.content).hexdigest()


def cleaned(content: bytes) -> Photo:
    """The photo without metadata. Raises BadPhoto."""
    if len(content) > LARGEST:
        raise BadPhoto(f"must have at most {LARGEST // (1024 * 1024)} MB")
    try:
        if content.startswith(_JPEG):
            return Photo(_clean_jpeg(content), "image/jpeg", "jpg")
        if content.startswith(_PNG):
            return Photo(_clean_png(content), "image/png", "png")
    except (struct.error, IndexError) as cut:
        raise BadPhoto("is cut off") from cut
    raise BadPhoto("must be a JPEG or a PNG")


def _clean_jpeg(content: bytes) -> bytes:
    kept, framed = bytearray(b"\xff\xd8"), False
    for marker, body in _segments(content):
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", body[1:5])
            _bounded(width, height)
            framed = True
        if marker == _EXIF:
            kept += _turned(body)
        elif marker in {_JFIF, _ADOBE} or not (_JFIF <= marker <= 0xEF or marker == _COMMENT):
            kept += bytes((0xFF, marker)) + (struct.pack(">H", len(body) + 2) + body if marker != _SCAN else body)
    if not framed:
        raise BadPhoto("holds no picture")
    return bytes(kept)


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments up to the scan; that one has all that follows, up to the end of the picture."""
    at = 2
    while True:
        while content[at] == 0xFF and content[at + 1] == 0xFF:
            at += 1
        if content[at] != 0xFF:
            raise BadPhoto("is damaged")
        marker = content[at + 1]
        if marker == _SCAN:
            end = content.rfind(bytes((0xFF, _END)))
            if end < at:
                raise BadPhoto("is cut off")
            yield marker, _without_later_metadata(content[at + 2 : end + 2])
            return
        size = struct.unpack(">H", content[at + 2 : at + 4])[0]
        if size < 2 or at + 2 + size > len(content):
            raise BadPhoto("is cut off")
        yield marker, content[at + 4 : at + 2 + size]
        at += 2 + size


def _without_later_metadata(scan: bytes) -> bytes:
    """Refuse what a file may carry behind its first scan: another picture with its own metadata is none of ours."""
    for marker in (_EXIF, _COMMENT):
        if bytes((0xFF, marker)) in scan:
            raise BadPhoto("holds more than one picture")
    return scan


def _turned(body: bytes) -> bytes:
    """A new EXIF segment that says how the picture is turned and nothing else; empty where it is not."""
    turn = _orientation(body)
    if not 2 <= turn <= 8:
        return b""
    tiff = b"MM\x00*\x00\x00\x00\x08\x00\x01" + struct.pack(">HHLHH", _ORIENTATION, 3, 1, turn, 0) + b"\x00\x00\x00\x00"
    exif = b"Exif\x00\x00" + tiff
    return bytes((0xFF, _EXIF)) + struct.pack(">H", len(exif) + 2) + exif


def _orientation(body: bytes) -> int:
    """How the picture is turned, 1 to 8; 0 where that is not said or cannot be read."""
    if not body.startswith(b"Exif\x00\x00"):
        return 0
    tiff = body[6:]
    order = {b"MM": ">", b"II": "<"}.get(tiff[:2])
    if order is None:
        return 0
    try:
        offset = struct.unpack(order + "L", tiff[4:8])[0]
        count = struct.unpack(order + "H", tiff[offset : offset + 2])[0]
        for index in range(min(count, 64)):
            entry = tiff[offset + 2 + 12 * index : offset + 14 + 12 * index]
            tag, _, _, value = struct.unpack(order + "HHLH", entry[:10])
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:
        return 0
    return 0


def _clean_png(content: bytes) -> bytes:
    kept, at, kind = bytearray(_PNG), len(_PNG), b""
    while kind != b"IEND":
        size, kind = struct.unpack(">L4s", content[at : at + 8])
        end = at + 12 + size
        if end > len(content):
            raise BadPhoto("is cut off")
        if kind == b"IHDR":
            _bounded(*struct.unpack(">LL", content[at + 8 : at + 16]))
        if kind in _KEPT_CHUNKS:
            kept += content[at:end]
        at = end
    return bytes(kept)


def _bounded(width: int, height: int) -> None:
    if not 0 < width * height <= MOST_PIXELS:
        raise BadPhoto(f"must have at most {MOST_PIXELS // 1_000_000} million pixels")


class PhotoStore:
    """A folder of photos that people sent. Every method blocks on the disk."""

    def __init__(self, data: Path, folder: str = FOLDER) -> None:
        self._folder = data / folder

    def save(self, photo: Photo) -> None:
        """Write it durably. Raises OSError."""
        if not self._folder.exists():
            self._folder.mkdir(mode=0o700)
            sync_folder(self._folder.parent)
        write_file(self._folder / photo.sha256, photo.content)

    def read(self, sha256: str) -> bytes:
        """The photo of this name. Raises OSError when it is gone."""
        return (self._folder / sha256).read_bytes()

    def remove(self, sha256: str) -> None:
        """Take it away."""
        (self._folder / sha256).unlink(missing_ok=True)
