"""A drill: the site's own file in software, marked wherever a site is named, and nobody outside is told."""

import re

import httpx
import pytest
from locker_sim import LockerSim
from tree import ROOT

from lockerd.settings import read_settings
from simulator.drill import MARKS, drill_settings

OUTSIDE = """
[notices]
webhook = "https://sms.example.org/key-1"
smtp = "smtps://gate:key-2@mail.example.org"
apprise = ["ntfys://key-3@push.example.org/t"]
wecom_robot = "https://robot.example.org/key-4"
staff = ["+8613900000001"]
receipts = true

[[notices.carrier]]
company = "SF Express"
webhook = "https://carrier.example.org/key-5"

[heartbeat]
url = "https://beat.example.org/key-6"

[fees]
pay_url = "https://pay.example.org/{parcel}/{amount}/{currency}"

[backup]
recipients = ["age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"]

[[backup.place]]
kind = "sftp"
to = "locker@backup.example.org:lockers/"
identity = "/etc/locker/backup_ssh"
known_hosts = "/etc/locker/known_hosts"

[resident]
listen = "0.0.0.0:8091"
url = "https://locker.example.org"
certificate = "/etc/locker/tls.crt"
private_key = "/etc/locker/tls.key"
"""


@pytest.fixture
def settings():
    text = (ROOT / "firmware_config/sites/cb8a-24.toml").read_text(encoding="utf-8")
    own = ("[notices", "[backup", "[resident")
    tables = [each for each in re.split(r"(?m)^(?=\[)", text) if not each.startswith(own)]
    return read_settings("".join(tables) + OUTSIDE)


def test_STF_02_nothing_of_a_drill_reaches_anybody_outside(settings):
    drill = drill_settings(settings, ("127.0.0.1", 8090))
    assert drill.notices.webhook == "http://127.0.0.1:8090/sms"
    assert drill.notices.staff == settings.notices.staff, "who is called is practised as well"
    text = str(drill.model_dump()) + repr(drill.notices)
    assert "example.org" not in text
    assert "key-" not in text
    assert drill.backup.place == []
    assert drill.resident.url == "http://127.0.0.1:8091"


def test_STF_02_a_drill_has_the_doors_and_rules_of_its_site_and_another_name_in_each_language(settings):
    drill = drill_settings(settings, ("127.0.0.1", 8090))
    assert (drill.compartment, drill.bank, drill.pickup) == (settings.compartment, settings.bank, settings.pickup)
    assert drill.site.id == f"drill-{settings.site.id}"
    for language, mark in MARKS.items():
        assert drill.site.called(drill.site.name, language).startswith(f"{mark}: ")
        assert mark in drill.site.name or language == "zh-TW"


def test_STF_02_every_screen_and_every_notice_of_a_drill_says_so(tmp_path):
    sim = LockerSim(tmp_path / "cabinet")
    sim.start("--drill")
    try:
        sim.resident()
        kiosk = httpx.get(f"http://127.0.0.1:{sim.kiosk_port}/").text
        panel = httpx.get(f"http://127.0.0.1:{sim.staff_port}/", follow_redirects=True).text
        assert "Drill: Test Court" in kiosk
        assert "演练 Drill: Test Court" in panel
        told = sim.stored("SF1")
        notice = sim.notice(told["parcel"])
        assert "演练" in notice["locker"]
    finally:
        sim.kill()
