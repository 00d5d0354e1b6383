"""A site's own file for practice: its doors in software, marked on every screen, and nobody outside is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.options import split_listen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockerd import Settings

MARKS = {"en": "Drill", "zh-CN": "演练", "zh-TW": "演練"}
LONGEST_ID, LONGEST_NAME = 24, 120
OUTSIDE = ("heartbeat", "mqtt", "backup", "fees", "ups")
"""Tables that reach a far end of the real locker, or ask one."""

OF_NOTICES = frozenset({"staff", "texts", "reminder_hours", "last_warning_hours", "collected", "survey_percent"})
"""What a drill keeps of `[notices]`: who is told and when, and no way out."""

CERTIFICATES = frozenset({"certificate", "private_key"})


def drill_settings(settings: Settings, listen: tuple[str, int]) -> Settings:
    """The same site under a name that says what it is, wherever a site is named: screens, pages, notices, cards.

    Every notice goes to the phones of the simulator's page at `listen`, those to staff as well. The panel makes its own
    certificate, and the residents' page is reached on this computer alone.
    """
    tables = {key: table for key, table in settings.model_dump(exclude_unset=True).items() if key not in OUTSIDE}
    tables["site"] = _marked(tables["site"])
    kept = {key: value for key, value in tables.get("notices", {}).items() if key in OF_NOTICES}
    tables["notices"] = {**kept, "webhook": f"http://{listen[0]}:{listen[1]}/sms"}
    if "staff" in tables:
        tables["staff"] = _without_certificate(tables["staff"])
    if settings.resident is not None:
        here = f"127.0.0.1:{split_listen(settings.resident.listen)[1]}"
        tables["resident"] = {**_without_certificate(tables["resident"]), "listen": here, "url": f"http://{here}"}
    return type(settings).model_validate(tables)


def _marked(site: Mapping[str, Any]) -> dict[str, Any]:
    known = site.get("names", {})
    own = known.get(site["name"], {})
    name = f"{MARKS['zh-CN']} {MARKS['en']}: {site['name']}"[:LONGEST_NAME]
    called = {each: f"{mark}: {own.get(each, site['name'])}"[:LONGEST_NAME] for each, mark in MARKS.items()}
    return {**site, "id": f"drill-{site['id']}"[:LONGEST_ID], "name": name, "names": {**known, name: called}}


def _without_certificate(listener: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in listener.items() if key not in CERTIFICATES}
