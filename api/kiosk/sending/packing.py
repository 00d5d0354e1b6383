"""How a parcel must be packed before a door opens for it: by what is inside, each line a tick of its own. Pure."""

from __future__ import annotations

from enum import StrEnum


class Contents(StrEnum):
    """What is inside, as far as it sets how to pack."""

    DOCUMENT = "document"
    ORDINARY = "ordinary"
    FRAGILE = "fragile"
    LIQUID = "liquid"
    ELECTRONICS = "electronics"
    VALUABLE = "valuable"
    RETURN = "return"


CHOSEN = tuple(each for each in Contents if each is not Contents.RETURN)
"""What a sender chooses from; a return says by itself what it is."""

PACKING: dict[Contents, tuple[str, ...]] = {
    Contents.DOCUMENT: ("waterproof_bag", "stiff_card"),
    Contents.ORDINARY: ("firm_box", "filled"),
    Contents.FRAGILE: ("three_layers", "shock_carton", "filled", "fragile_mark"),
    Contents.LIQUID: ("sealed", "leak_bag", "liquid_mark"),
    Contents.ELECTRONICS: ("switched_off", "shock_carton", "filled"),
    Contents.VALUABLE: ("firm_box", "filled", "taped"),
    Contents.RETURN: ("complete", "label_outside"),
}
"""The lines of each list, all of which must be ticked; `send.pack_NAME` is the sentence of one."""


def all_ticked(contents: Contents, ticked: tuple[str, ...]) -> bool:
    """True when every line of the list is ticked."""
    return set(PACKING[contents]) <= set(ticked)
