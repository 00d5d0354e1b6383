"""Row: the card is dead. A new one from the image, the site file and the last backup, to a locker that opens doors."""

import pytest
from pi_audit import mounted
from pi_cabinet import CONFIG, LOCKERD, SITE
from pi_card import copy_of, data_partition, put_on_boot_partition
from pi_places import MADE

from locker.services.admin import run_backup

MINUTES = 10


@pytest.fixture(scope="module")
def backup(first):
    """The last backup of the cabinet whose card is dead."""
    packed = MADE / "run" / "last.backup"
    packed.unlink(missing_ok=True)
    with mounted(data_partition(first.card, MADE / "run" / "backup-data.img")) as folder:
        assert run_backup(folder, packed) == 0
    return packed


def test_STF_a_dead_card_is_a_working_locker_again_within_ten_minutes(machine, backup, measured):
    card = copy_of(MADE / "locker-pi.img", MADE / "run" / "new-card.img")
    put_on_boot_partition(card, {"site.toml": SITE, "last.backup": backup})
    pi = machine("new-card", card=card)
    pi.wait_first_restart()
    pi.far_end("watch", pins=[9, 10, 11])
    pi.shut_every_door()
    measured.append(f"new card ready {pi.wait_ready():.0f} s")
    pi.command("systemctl stop lockerd && install -o locker /boot/firmware/last.backup /run/last.backup")
    said = pi.command(f"{LOCKERD} restore --force {CONFIG} /run/last.backup")
    measured.append(said.rpartition(";")[2].strip().splitlines()[0])
    pi.command("systemctl start --no-block lockerd")
    pi.wait_ready()
    pi.wait_network()
    pi.wait_seen("A1", "shut")
    pi.order_open("A1")
    pi.wait(lambda: [edge for edge in pi.coil_edges("A1") if edge[1]], 60, "the coil of A1")
    measured.append(f"a door opens {pi.since():.0f} s after power, {pi.own():.0f} s of its own")
    assert pi.own() < MINUTES * 60
    parcels = pi.ask("GET", "/parcels")[1]["items"]
    assert len(parcels) > 0
    measured.append(f"{len(parcels)} parcels known")
