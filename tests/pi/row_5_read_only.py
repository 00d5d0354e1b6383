"""Rows: the root of the card is only read (overlayroot=tmpfs), the data is written."""

import tempfile
from pathlib import Path

import pytest
from pi_audit import audited
from pi_card import ROOT_PART, copy_of, data_partition
from pi_places import MADE, run


@pytest.fixture(scope="module")
def card(first):
    return copy_of(first.card, MADE / "run" / "read-only.img")


@pytest.fixture(scope="module")
def pi(machine, card):
    one = machine("read-only", card=card, append="systemd.mask=locker-kiosk.service overlayroot=tmpfs")
    one.wait_far_end()
    one.shut_every_door()
    return one


def test_on_a_root_that_is_only_read_a_door_opens_and_the_data_lasts(pi, card, measured):
    measured.append(f"power to ready {pi.wait_ready():.0f} s, {pi.own():.0f} s of its own")
    pi.wait_network()
    assert pi.command("findmnt -no FSTYPE /") == "overlay"
    assert pi.command("findmnt -no FSTYPE /var/lib/locker") == "ext4"
    assert pi.command("systemctl --failed --no-legend --plain") == ""
    pi.command("touch /etc/changed && sync")
    before = audited_events(pi)
    pi.far_end("watch", pins=[9, 10, 11])
    pi.settle("A1")
    pi.order_open("A1")
    pi.wait(lambda: [edge for edge in pi.coil_edges("A1") if edge[1]], 60, "the coil of A1")
    pi.cut()
    with tempfile.TemporaryDirectory() as folder:
        run("mount", "-o", f"loop,ro,noload,offset={ROOT_PART.start},sizelimit={ROOT_PART.size}", card, folder)
        try:
            changed = Path(folder, "etc", "changed").exists()
        finally:
            run("umount", folder)
    assert not changed
    after = audited(data_partition(card, MADE / "run" / "read-only-data.img"))
    assert after > before
    measured.append(f"a file in /etc gone after the cut, journal whole with {after} events")


def audited_events(pi):
    return pi.ask("GET", "/events?after=0&limit=500")[1][-1]["seq"]
