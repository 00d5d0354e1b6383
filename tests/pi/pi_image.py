"""`make pi-image`: the card of a locker as one file, from Debian packages and this tree. Needs root, and no Pi."""

import sys
import time

from pi_card import make_card
from pi_initramfs import world_archive
from pi_kernel import kernel
from pi_places import MADE, Failed, say
from pi_root import root_tree


def main():
    began = time.monotonic()
    MADE.mkdir(parents=True, exist_ok=True)
    try:
        kern = kernel()
        card = make_card(kern, root_tree(kern))
        world_archive(kern)
    except Failed as fault:
        say(fault)
        return 1
    size = card.stat().st_blocks * 512 // (1 << 20)
    say(f"{card}: {size} MB of data, made in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
