"""Whether the camera works: its child answers, and its lens is not covered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware.camera.vision_client import VisionClient


class CameraGauge:
    """Asks nobody: the client already knows."""

    def __init__(self, camera: VisionClient) -> None:
        self._camera = camera

    async def read(self) -> Mapping[Measure, float]:
        """1 while pictures would show something."""
        return {Measure.CAMERA_WORKING: float(self._camera.working)}
