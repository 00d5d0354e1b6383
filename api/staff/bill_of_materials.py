"""What this installation is made of: every Python package that it needs, as a CycloneDX 1.6 bill, read off itself."""

from __future__ import annotations

import json
from importlib import metadata
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from packaging.requirements import Requirement

from locker.core.events.record import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PRODUCT = "lockerd"


def bill_of_materials(now: datetime, version: str) -> str:
    """The bill as JSON: the product, what it needs directly and through others, each with its version and licence."""
    parts = sorted(_needed(), key=lambda each: each["name"])
    needs = [{"ref": PRODUCT, "dependsOn": [each["bom-ref"] for each in parts]}]
    return _document(now, version, {"components": parts, "dependencies": needs})


def exploitability(now: datetime, version: str) -> str:
    """What is known of vulnerabilities of these parts and whether they can be used here: a CycloneDX VEX as JSON.

    Empty while none is known to whoever made this release; an installation does not ask anybody by itself.
    """
    return _document(now, version, {"vulnerabilities": []})


def _document(now: datetime, version: str, told: dict[str, Any]) -> str:
    """A CycloneDX document about this product."""
    product = {"type": "application", "bom-ref": PRODUCT, "name": PRODUCT, "version": version}
    head = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid4()}",
        "version": 1,
        "metadata": {"timestamp": rfc3339(now), "component": product},
    }
    return json.dumps({**head, **told}, indent=1)


def _needed() -> Iterator[dict[str, Any]]:
    """Every distribution that is reached from the product's own needs and is installed here."""
    waiting, seen = [PRODUCT], {PRODUCT}
    while waiting:
        try:
            found = metadata.distribution(waiting.pop())
        except metadata.PackageNotFoundError:
            continue  # of another system, or an extra that is not installed
        name = found.metadata["Name"]
        if _plain(name) != PRODUCT:
            yield _component(name, found)
        for line in found.requires or ():
            need = Requirement(line)
            if (need.marker is None or need.marker.evaluate({"extra": ""})) and _plain(need.name) not in seen:
                seen.add(_plain(need.name))
                waiting.append(need.name)


def _component(name: str, found: metadata.Distribution) -> dict[str, Any]:
    purl = f"pkg:pypi/{_plain(name)}@{found.version}"
    said = [found.metadata[field] for field in ("License-Expression", "License") if field in found.metadata]
    licence = next((text for text in said if text.strip()), "")
    known = {"licenses": [{"license": {"name": licence.splitlines()[0][:100]}}]} if licence.strip() else {}
    return {"type": "library", "bom-ref": purl, "name": name, "version": found.version, "purl": purl, **known}


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
