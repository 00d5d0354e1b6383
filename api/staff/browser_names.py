"""A browser and its system by name, as far as its User-Agent tells: enough for people to know their own devices.

Pure. What no word of the tables stands in stays unnamed; the whole header is kept nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# In this order: most browsers name those before them too.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Browser and system, as in Firefox, Windows; one of the two or an empty text where the header does not tell."""
    return ", ".join(name for name in (_named(_BROWSERS, user_agent), _named(_SYSTEMS, user_agent)) if name)


def _named(table: Sequence[tuple[str, str]], user_agent: str) -> str:
    return next((name for mark, name in table if mark in user_agent), "")
