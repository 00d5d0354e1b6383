"""One Home Assistant, one cabinet and one broker under the guide's rules, for all rows of a judge."""

import re
import subprocess
from pathlib import Path

import pytest
from fleet_servers import Broker
from home_assistant_program import HomeAssistant
from home_assistant_root import ROOT, VERSION, installed
from judged_site import DOORS, PASSWORD, SITE
from locker_sim import LockerSim

GUIDE = Path(__file__).parents[2] / "docs" / "fleet.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("judge")


@pytest.fixture(scope="module")
def broker(folder):
    """mosquitto with the accounts and rights of the guide; by password, since all stand on one machine."""
    rights = re.search(r"```conf\n# /etc/mosquitto/lockers.acl\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)[1]
    (folder / "acl").write_text(rights, "utf-8")
    passwords = folder / "passwords"
    passwords.touch()
    for name in (SITE, "homeassistant", "fleetd"):
        subprocess.run(["mosquitto_passwd", "-b", passwords, name, PASSWORD], check=True, capture_output=True)
    lines = ("allow_anonymous false", f"password_file {passwords}", f"acl_file {folder / 'acl'}")
    broker = Broker(folder / "broker", lines)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="module")
def cabinet(folder, broker):
    (folder / "password").write_text(PASSWORD)
    wire = f'broker = "mqtt://127.0.0.1:{broker.port}"\nuser = "{SITE}"\npassword_file = "{folder / "password"}"\n'
    more = f'\n[mqtt]\n{wire}home_assistant = "homeassistant"\n'
    cabinet = LockerSim(folder / "locker", sizes=DOORS, more=more)
    cabinet.start()
    yield cabinet
    if cabinet.process is not None:
        cabinet.kill()


@pytest.fixture(scope="module")
def house(broker, cabinet):
    """Home Assistant, as its owner has just added MQTT to it."""
    if not installed():
        pytest.skip(f"Home Assistant {VERSION} does not stand in {ROOT}: make fleet-judges")
    house = HomeAssistant()
    try:
        house.start()
        house.begin()
        house.use_broker(broker.port, "homeassistant", PASSWORD)
        yield house
    finally:
        house.stop()
