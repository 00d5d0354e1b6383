"""Codes in pictures: QR and Code 128 by two libraries, the rarer kinds of carriers where one of them reads those.

`python -m hardware.decode PICTURE...` prints one JSON line a picture: {"file", "texts", "ms"}.
The libraries are C code that strangers' pictures reach, so the daemon runs this in a child process.
"""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from PIL import Image, ImageFilter

from locker.errors import HardwareFault
from locker.labels import Code, as_scan, is_pickup_token, tracking_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

COMMON = "QRCode,Code128"
RARE = "DataMatrix,PDF417,ITF,Aztec,MaxiCode"
"""Kinds of codes on labels of carriers, by how often they are seen."""

PIXELS_AT_MOST = 64_000_000
ENLARGED_AT_MOST = 1_500_000
"""Pixels of a picture that is still worth enlarging; larger ones have their detail already."""

SOFTENING = 1.0
"""Pixels; dots of a worn print and grains of a dark picture run together."""

WORKING_SIDE = 1600
"""The longer side, in pixels, that a large picture is also tried at: sensor noise averages out."""


class Decoder:
    """What this machine can read codes with. Raises HardwareFault if that is nothing."""

    def __init__(self) -> None:
        self._zxing = _library("zxingcpp")
        self._zbar = _library("pyzbar.pyzbar")
        if self._zxing is None and self._zbar is None:
            raise HardwareFault("Codes in pictures cannot be read. Install zxing-cpp, or pyzbar with libzbar0.")

    @property
    def can_look_closer(self) -> bool:
        """True when `rare` finds more than a quick look: pyzbar alone reads all that it can at once."""
        return self._zxing is not None

    def quick(self, picture: Image.Image) -> list[str]:
        """Texts of the codes in a grey picture; what a stream of frames has time for."""
        return _texts(self.codes(picture))

    def codes(self, picture: Image.Image, *, rare: bool = False) -> list[Code]:
        """The same as codes, each with its AIM identifier.

        With `rare` it looks for the kinds that few labels bear too, and asks the second library, unless a token or a
        parcel's number was found: that takes several times as long.
        """
        found = self._common(picture)
        if not rare or self._zxing is None or answers(found):
            return found
        return _merged(found, self._by_zxing(picture, RARE)) or self._by_zbar(picture)

    def thorough(self, picture: Image.Image) -> list[str]:
        """Texts of the codes in a grey picture, tried in every way that we know until one finds something."""
        attempts = self._thorough_attempts(picture)
        return _texts(next((found for attempt in attempts if (found := attempt())), []))

    def _common(self, picture: Image.Image) -> list[Code]:
        """QR and Code 128: a label may bear both, and a picture be read in one way for each."""
        if self._zxing is None:
            return self._by_zbar(picture)
        # A plain QR code is the commonest by far, and looking for nothing else takes a fraction of the time.
        found = self._by_zxing(picture, "QRCode", try_rotate=False, try_downscale=False, try_invert=False)
        if not found:
            return self._by_zxing(picture, COMMON)
        if any(is_pickup_token(code.text) for code in found):
            return found
        return _merged(found, self._by_zxing(picture, "Code128"))

    def _thorough_attempts(self, picture: Image.Image) -> Iterator[Callable[[], list[Code]]]:
        yield partial(self._common, picture)
        yield partial(self._by_zxing_one_threshold, picture)
        yield partial(self._by_zbar, picture)
        yield partial(self._by_zxing, picture, RARE)
        for variant in _variants(picture):
            yield partial(self._by_zxing, variant, COMMON)
            yield partial(self._by_zxing_one_threshold, variant)
            yield partial(self._by_zbar, variant)
        yield partial(self._by_zxing, picture.filter(ImageFilter.GaussianBlur(SOFTENING)), RARE)

    def _by_zxing_one_threshold(self, picture: Image.Image) -> list[Code]:
        if self._zxing is None:
            return []
        return self._by_zxing(picture, COMMON, binarizer=self._zxing.Binarizer.GlobalHistogram)

    def _by_zxing(self, picture: Image.Image, formats: str, **options: Any) -> list[Code]:
        if self._zxing is None:
            return []
        found = self._zxing.read_barcodes(
            picture,
            formats=self._zxing.barcode_formats_from_str(formats),
            text_mode=self._zxing.TextMode.Plain,
            **options,
        )
        return [Code(code.symbology_identifier.removeprefix("]"), code.text) for code in found if code.text]

    def _by_zbar(self, picture: Image.Image) -> list[Code]:
        if self._zbar is None:
            return []
        kinds = self._zbar.ZBarSymbol
        # All kinds at once would take twice as long and write assertions to stderr (docs/protocols.md 5).
        found = self._zbar.decode(picture, symbols=[kinds.QRCODE, kinds.CODE128])
        read = [(code.type, code.data.decode("utf-8", errors="replace")) for code in found]
        return [Code("Q1" if kind == "QRCODE" else "C0", text) for kind, text in read if text]


def answers(codes: list[Code]) -> bool:
    """True when a token or a parcel's number is among them."""
    return any(is_pickup_token(code.text) for code in codes) or tracking_number(as_scan(codes)) is not None


def _merged(codes: list[Code], more: list[Code]) -> list[Code]:
    known = {code.text for code in codes}
    return codes + [code for code in more if code.text not in known]


def _texts(codes: list[Code]) -> list[str]:
    return list(dict.fromkeys(code.text for code in codes))


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except (ImportError, OSError):
        # pyzbar raises ImportError without libzbar0; a wheel for another machine raises OSError.
        return None


def _variants(picture: Image.Image) -> Iterator[Image.Image]:
    """Give the picture softer, larger, smaller: one of them may be readable where the original is not."""
    yield picture.filter(ImageFilter.GaussianBlur(SOFTENING))
    if picture.width * picture.height <= ENLARGED_AT_MOST:
        yield picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
    longer = max(picture.size)
    if longer > WORKING_SIDE:
        smaller = picture.copy()
        smaller.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
        yield smaller
    elif longer > 400:
        yield picture.resize((picture.width * 2 // 3, picture.height * 2 // 3), Image.Resampling.BOX)


def load_grey(file: str) -> Image.Image:
    """Load a picture as grey values; what is transparent is paper. Raises OSError for what is no picture."""
    try:
        with Image.open(file) as picture:
            if picture.width * picture.height > PIXELS_AT_MOST:
                raise OSError(f"{file} has more than {PIXELS_AT_MOST // 1_000_000} million pixels")
            plain = eight_bits(picture)
            if plain.has_transparency_data:
                paper = Image.new("RGBA", plain.size, "white")
                return Image.alpha_composite(paper, plain.convert("RGBA")).convert("L")
            return plain.convert("L")
    except (ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as broken:
        # Pillow's readers let these through for broken files.
        raise OSError(f"{file} is no picture that can be read") from broken


def eight_bits(picture: Image.Image) -> Image.Image:
    """The same picture, in grey from its darkest to its lightest value where it has more than eight bits a pixel."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = picture.convert("F")
    darkest, lightest = cast("tuple[float, float]", values.getextrema())
    scale = 255 / (lightest - darkest) if lightest > darkest else 0.0
    return values.point(lambda value: value * scale + (-darkest * scale if scale else 255.0)).convert("L")


def main(files: Sequence[str]) -> int:
    """Print one JSON line a picture; 1 if one could not be loaded. `ms` is the time of reading, not of loading."""
    decoder = Decoder()
    exit_code = 0
    for file in files:
        texts: list[str] = []
        seconds = 0.0
        try:
            picture = load_grey(file)
        except OSError as broken:
            sys.stderr.write(f"{broken}\n")
            exit_code = 1
        else:
            begun = time.perf_counter()
            texts = decoder.thorough(picture)
            seconds = time.perf_counter() - begun
        line = json.dumps({"file": file, "texts": texts, "ms": round(seconds * 1000, 2)}, ensure_ascii=False)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
