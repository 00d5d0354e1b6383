"""What a page of the panel is judged by, at every width and in every language."""

import json

from browser_screen import axe_findings

SMALL = """() => [...document.querySelectorAll("main a, main button:not(.sr), main summary, nav a")]
    .filter((each) => each.checkVisibility())
    .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.width < 24 || box.height < 24))
    .map(([html]) => html)"""
SPILT = """() => [...document.querySelectorAll("main *:not(svg *), .within a")]
    .filter((each) => each.checkVisibility() && getComputedStyle(each).overflowX === "visible" && each.clientWidth > 1)
    .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((each) => each.scrollWidth > each.clientWidth + 1)
    .map((each) => each.outerHTML.slice(0, 120))"""
OUT_OF_SIGHT = """() => [...document.querySelectorAll("nav [aria-current]")]
    .filter((each) => each.checkVisibility())
    .filter((each) => {
        const box = each.getBoundingClientRect();
        return box.left < -1 || box.right > window.innerWidth + 1;  // a row scrolls by whole pixels
    })
    .map((each) => each.outerHTML)"""


BROKEN = """() => [...document.images]
    .filter((each) => each.complete && each.currentSrc && each.naturalWidth === 0)
    .map((each) => each.outerHTML.slice(0, 120))"""
WIDE = """() => [document.documentElement.scrollWidth]
    .filter((wide) => wide > window.innerWidth)
    .map(String)"""
EYES = {
    "wider than the window": WIDE,
    "runs out of its box": SPILT,
    "the page looked at is out of sight": OUT_OF_SIGHT,
    "too small for a finger": SMALL,
    "a broken picture": BROKEN,
}
ASKED = " ".join(
    f"for (const each of ({eye})()) found.push({json.dumps(fault + ': ')} + each);" for fault, eye in EYES.items()
)
JUDGE = f"() => {{ const found = []; {ASKED} return found; }}"
"""All eyes in one go: each question to the browser costs as much as what it asks."""


def faults_of(page):
    """What is cut, spills over, is too small for a finger, broken, or against WCAG 2.2 AA on this page."""
    return [*page.evaluate(JUDGE), *axe_findings(page)]


def looked_at(panel, name):
    """Keep its picture; nothing on it is at fault."""
    panel.picture(name)
    found = faults_of(panel.page)
    assert found == [], f"{name}: {found}"
