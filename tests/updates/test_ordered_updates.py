"""Another version by an order of the operator: believed by its signature alone, fetched, judged, told how it went."""

import base64
import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from updates_bench import Machine

from locker.core.reasons import Refused
from locker.errors import SettingsError
from locker.services.fleet import ORDER_TYPE, read_order
from locker.signed_note import NoteSigner
from lockerd.main import main
from lockerd.settings import load_settings
from lockerd.updates import repository
from lockerd.updates.ordered import (
    CUT_SHORT,
    OrderedUpdate,
    hand_over,
    load_ordered,
    program_state,
    save_ordered,
    settle,
    take_over,
)
from lockerd.updates.progress import Phase, Progress, save_progress

OPERATOR, STRANGER = NoteSigner("operator", b"o" * 32), NoteSigner("operator", b"s" * 32)
SITE = "riverside-1"
MQTT = '\n[mqtt]\nbroker = "mqtt://127.0.0.1:1"\noperator_key = "{key}"\nupdates = {updates}\n'


def envelope(version="0.2.0", *, number=1, signer=OPERATOR, minutes=10, site=SITE, action="update"):
    told = {
        "id": f"order-{number:020}",
        "site": site,
        "action": action,
        "body": {"version": version, "reason": "doors are seen sooner"},
        "operator": "wu.min",
        "not_after": (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(),
    }
    return json.dumps(signer.envelope(ORDER_TYPE, json.dumps(told).encode())).encode()


def lay_down(machine, message):
    (machine.data / "update-order.json").write_bytes(message)


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path, packages=True)
    key = base64.b64encode(OPERATOR.public).decode()
    with made.site.open("a") as file:
        file.write(MQTT.format(key=key, updates="true"))
    made.begin_with("0.1.0")
    yield made
    made.close()


def test_O4_an_ordered_version_comes_from_the_locker_s_own_repository_and_stays_when_it_is_good(machine):
    before = machine.orders()
    lay_down(machine, envelope("0.9.0"))
    assert "Version not found" in machine.updated("--ordered", code=1)
    assert (machine.orders(), load_ordered(machine.state).ended) == (before, True)
    machine.publish("0.2.0")
    lay_down(machine, envelope(number=2))
    said = machine.updated("--ordered", code=0)
    assert "0.2.0 runs and sees the doors that 0.1.0 saw" in said
    assert (machine.runs, machine.phase()) == ("0.2.0", "good")
    assert load_ordered(machine.state) == OrderedUpdate(order=f"order-{2:020}", new="0.2.0", ended=True, kept=True)
    assert not (machine.data / "update-order.json").exists()
    *_, update, download = (machine.folder / "apt").read_text().splitlines()
    only_ours = f"-oDir::Etc::sourcelist={machine.site} -oDir::Etc::sourceparts=-"
    assert only_ours in update
    assert only_ours in download
    assert list(machine.state.glob("fetched*")) == []


def test_O4_an_ordered_version_that_is_bad_goes_back_through_a_power_cut_and_the_centre_hears_why(machine):
    kept = machine.state / "lockerd_0.1.0.deb"  # the way back is fetched as well where it is not kept
    machine.publish("0.2.0", blind=["A1"])
    kept.rename(machine.folder / "repository" / kept.name)
    lay_down(machine, envelope())
    machine.killed("after", "switched", "--ordered")
    assert program_state("0.1.0", machine.state, updates=True) == {"version": "0.1.0", "updates": True}
    machine.updated("--resume", code=2)
    assert (machine.runs, machine.phase()) == ("0.1.0", "reverted")
    last = program_state("0.1.0", machine.state, updates=True)["last"]
    assert last == {"order": f"order-{1:020}", "new": "0.2.0", "kept": False, "reason": "it does not see A1"}


# --- without a process --------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path):
    made = Machine(tmp_path, packages=True)

    def settings(updates="true"):
        key = base64.b64encode(OPERATOR.public).decode()
        text = made.site.read_text().partition("\n[mqtt]")[0]
        made.site.write_text(text + MQTT.format(key=key, updates=updates))
        return load_settings(made.site)

    made.settings = settings
    return made


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"signer": STRANGER}, "not-signed-by-the-operator"),
        ({"site": "harbour-2"}, "for-another-site"),
        ({"minutes": -1}, "expired"),
        ({"minutes": 60}, "good-for-too-long"),
        ({"action": "restart"}, "restart"),
        (b"{", "garbled"),
        (b"x" * 70_000, "garbled"),
        (None, "no order can be read here"),
    ],
)
def test_O4_what_is_no_order_of_the_operator_for_now_and_here_is_not_believed_and_gone(site, message, said):
    if message is not None:
        lay_down(site, envelope(**message) if isinstance(message, dict) else message)
    with pytest.raises(SettingsError, match=said):
        take_over(site.settings(), datetime.now(UTC))
    assert not (site.data / "update-order.json").exists()


def test_O4_a_link_is_no_order_and_a_site_that_takes_none_believes_none(site):
    (site.folder / "elsewhere").write_bytes(envelope())
    (site.data / "update-order.json").symlink_to(site.folder / "elsewhere")
    with pytest.raises(SettingsError, match="no order can be read"):
        take_over(site.settings(), datetime.now(UTC))
    (site.data / "update-order.json").unlink()
    lay_down(site, envelope())
    with pytest.raises(SettingsError, match=r"mqtt\.updates"):
        take_over(site.settings("false"), datetime.now(UTC))
    lay_down(site, envelope())
    assert take_over(site.settings(), datetime.now(UTC)).body["version"] == "0.2.0"


def test_O4_an_order_is_handed_over_as_it_came_and_only_while_no_other_is_under_way(site):
    order = read_order(envelope(), OPERATOR.public, SITE)
    hand_over(site.data, site.state, order)
    assert (site.data / "update-order.json").read_bytes() == order.envelope
    with pytest.raises(Refused):
        hand_over(site.data, site.state, order)
    (site.data / "update-order.json").unlink()
    save_ordered(site.state, OrderedUpdate(order=order.id, new="0.2.0"))
    with pytest.raises(Refused):
        hand_over(site.data, site.state, order)
    os.utime(site.state / "ordered.json", (0, 0))  # whoever fetched it was ended long ago
    save_progress(site.state / "update.json", Progress(phase=Phase.COPIED, old="1", new="2", version="1"))
    with pytest.raises(Refused):
        hand_over(site.data, site.state, order)
    save_progress(site.state / "update.json", Progress(phase=Phase.GOOD, old="1", new="2", version="1"))
    hand_over(site.data, site.state, order)


def test_O4_what_a_machine_lacks_for_such_orders_is_said_by_check(site, monkeypatch, capsys):
    site.settings()
    assert main(["check", "--config", str(site.site)]) == 0
    said = capsys.readouterr().out
    assert ("locker-ordered-update.path is not there" in said, "locker.sources is not there" in said) == (True, True)
    for name in ("SERVED_BY", "SOURCES"):
        monkeypatch.setattr(repository, name, site.site)
    assert main(["check", "--config", str(site.site)]) == 0
    assert "is not there" not in capsys.readouterr().out


def test_O4_what_a_power_cut_left_is_told_as_it_was(site):
    assert settle(site.state) is None
    save_ordered(site.state, OrderedUpdate(order="one", new="0.2.0"))
    assert settle(site.state) == OrderedUpdate(order="one", new="0.2.0", ended=True, reason=CUT_SHORT)
    save_ordered(site.state, OrderedUpdate(order="two", new="0.2.0"))
    ended = Progress(phase=Phase.REVERTED, old="1", new="0.2.0", version="1", reason="it is not ready", order="two")
    save_progress(site.state / "update.json", ended)
    assert settle(site.state) == OrderedUpdate(order="two", new="0.2.0", ended=True, reason="it is not ready")
    assert settle(site.state) is None
    assert program_state("1", site.state, updates=False) == {"version": "1", "updates": False}
