"""Every site file that we hand out runs in the simulator: ready, and every door seen shut."""

import re

import pytest
from locker_sim import LockerSim, free_ports
from tree import ROOT, name

from lockerd import load_settings

SITES = sorted((ROOT / "firmware_config" / "sites").glob("*.toml"))


class SiteCabinet(LockerSim):
    """The cabinet of a site file as it is, but for ports of its own: several may run on one machine."""

    def __init__(self, folder, site):
        super().__init__(folder)
        text = site.read_text("utf-8").replace('"/dev/', f'"{folder}/')
        ports = {"kiosk": self.kiosk_port, "staff": self.staff_port, "resident": free_ports(1)[0]}
        for table, port in ports.items():
            text = re.sub(rf'(\n\[{table}\][^\n]*\nlisten = )"[^"]*"', rf'\1"127.0.0.1:{port}"', text)
        self.file.write_text(text.replace("/var/lib/locker", str(self.data)), "utf-8")


@pytest.mark.parametrize("site", SITES, ids=name)
def test_a_site_example_runs_until_ready_with_every_door_seen_shut(tmp_path, site):
    cabinet = SiteCabinet(tmp_path, site)
    cabinet.start()
    try:
        assert cabinet.get("/health") == cabinet.get("/health") | {"status": "ok", "unseen": []}
        doors = cabinet.get("/compartments")
        assert [door["id"] for door in doors] == [door.id for door in load_settings(site).compartment]
        assert {(door["use"], door["seen"]) for door in doors} == {("free", "shut")}
    finally:
        cabinet.stop()
