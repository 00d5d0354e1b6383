"""What a page of the panel is judged by, at every width and in every language."""

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
        return box.left < 0 || box.right > window.innerWidth;
    })
    .map((each) => each.outerHTML)"""


def looked_at(panel, name):
    """Keep its picture; nothing is cut, spills over, is too small for a finger, or against WCAG 2.2 AA."""
    panel.picture(name)
    assert panel.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    spilt = panel.page.evaluate(SPILT)
    assert spilt == [], f"{name}: {spilt}"
    assert panel.page.evaluate(OUT_OF_SIGHT) == [], name
    small = small_targets(panel.page)
    assert small == [], f"{name}: {small}"
    found = axe_findings(panel.page)
    assert found == [], f"{name}: {found}"


def small_targets(page):
    """Links and buttons that a finger misses: below 24 px one way (WCAG 2.5.8), words in a sentence left out."""
    return page.evaluate(SMALL)
