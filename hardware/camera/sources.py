"""Where pictures come from, inside the vision child: the Pi's camera, or a folder. One thread owns a source.

Nothing here is imported by the daemon: picamera2 brings numpy and C code with it.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from hardware.camera.privacy_mask import PrivacyMask
from hardware.decode import eight_bits, load_grey
from locker.errors import HardwareFault

STILL_SIZE = (1920, 1080)
FRAME_SIZE = (1280, 720)
QUALITY = 85

NOTHING_MASKED = PrivacyMask()

SYSTEM_PACKAGES = "/usr/lib/python3/dist-packages"


class CameraSource(Protocol):
    """A stream of frames that stays open; both calls raise HardwareFault when the source is gone."""

    def frame(self) -> Image.Image | None:
        """Give the newest grey frame, or None while nothing new has come."""
        ...

    def still(self) -> bytes:
        """Give a JPEG without metadata of a picture begun after the call."""
        ...

    def close(self) -> None:
        """Let the source go."""
        ...


def jpeg(picture: Image.Image, mask: PrivacyMask = NOTHING_MASKED) -> bytes:
    """Write a picture anew: its metadata, with place and time, stays behind, and so does what is masked."""
    plain = Image.new("RGB", picture.size)
    plain.paste(eight_bits(picture).convert("RGB"))
    encoded = io.BytesIO()
    mask.burned_into(plain).save(encoded, "JPEG", quality=QUALITY)
    return encoded.getvalue()


class PiCamera:
    """The Pi's camera, kept streaming: opening or switching modes per picture exhausts memory (docs/protocols.md 5)."""

    def __init__(self, mask: PrivacyMask = NOTHING_MASKED) -> None:
        self._mask = mask
        # picamera2 and libcamera have no wheels. Only this child takes them from the system's Python, and last.
        sys.path.append(SYSTEM_PACKAGES)
        try:
            from picamera2 import Picamera2  # noqa: PLC0415  it exists on a Pi only, from apt

            self._camera: Any = Picamera2()
            self._camera.configure(
                self._camera.create_video_configuration(
                    main={"size": STILL_SIZE, "format": "RGB888"}, lores={"size": FRAME_SIZE, "format": "YUV420"}
                )
            )
            self._camera.start()
        except (ImportError, OSError, RuntimeError, IndexError) as absent:
            # Without a camera picamera2 raises an IndexError, in use elsewhere a RuntimeError.
            raise HardwareFault(f"There is no camera ({absent}). Check its ribbon and python3-picamera2.") from absent

    def frame(self) -> Image.Image | None:
        """Give the brightness plane of the small stream, which needs no conversion."""
        width, height = FRAME_SIZE
        stride = int(self._camera.stream_configuration("lores")["stride"])
        request = self._request(flush=False)
        try:
            plane = bytes(request.make_buffer("lores"))[: stride * height]
        finally:
            request.release()
        return Image.frombuffer("L", (width, height), plane, "raw", "L", stride, 1)

    def still(self) -> bytes:
        """Give a picture of the large stream, begun after the call."""
        request = self._request(flush=True)
        try:
            return jpeg(request.make_image("main"), self._mask)
        finally:
            request.release()

    def close(self) -> None:
        """Stop the stream."""
        self._camera.stop()
        self._camera.close()

    def _request(self, *, flush: bool) -> Any:
        try:
            return self._camera.capture_request(flush=flush)
        except (OSError, RuntimeError) as gone:
            raise HardwareFault(f"The camera gives no picture ({gone}). Check its ribbon.") from gone


class PictureFolder:
    """The newest picture of a folder, for benches and simulated cabinets: a file put there is held to the lens."""

    SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})

    def __init__(self, folder: Path, mask: PrivacyMask = NOTHING_MASKED) -> None:
        self._folder = folder
        self._mask = mask
        self._last: tuple[int, str] | None = None
        if not folder.is_dir():
            raise HardwareFault(f"There is no folder {folder} with pictures. Check camera.folder.")

    def frame(self) -> Image.Image | None:
        """Give a picture once, when it is new."""
        newest = self._newest()
        if newest is None or newest == self._last:
            return None
        self._last = newest
        try:
            return load_grey(newest[1])
        except OSError:
            # Half written; it will be newer when it is whole.
            self._last = None
            return None

    def still(self) -> bytes:
        """Give the newest picture."""
        newest = self._newest()
        if newest is None:
            raise HardwareFault(f"There is no picture in {self._folder}.")
        try:
            with Image.open(newest[1]) as picture:
                return jpeg(picture, self._mask)
        except (OSError, ValueError, SyntaxError) as broken:
            raise HardwareFault(f"{newest[1]} is no picture that can be read.") from broken

    def close(self) -> None:
        """Nothing is held open."""

    def _newest(self) -> tuple[int, str] | None:
        try:
            return max(
                (
                    (file.stat().st_mtime_ns, str(file))
                    for file in self._folder.iterdir()
                    if file.suffix.lower() in self.SUFFIXES
                ),
                default=None,
            )
        except FileNotFoundError:
            # A file went away between its listing and its look; the next look finds what is there.
            return None


def open_source(kind: str, folder: str, mask: PrivacyMask = NOTHING_MASKED) -> CameraSource:
    """Open the source of this kind. `mask`: what its stills must not show. Raises HardwareFault."""
    return PiCamera(mask) if kind == "picamera2" else PictureFolder(Path(folder), mask)
