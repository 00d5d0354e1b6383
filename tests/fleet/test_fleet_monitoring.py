"""Alerts and dashboard ask for what is told, and Prometheus's own tool finds the rules whole."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from fleet.pages.app import pages_app
from fleet.schema import migrate
from fleet.settings import FleetSettings
from locker.measures import Measure

FOLDER = Path(__file__).parents[2] / "docs" / "monitoring"
SOURCES = [Path(__file__).parents[2] / "api" / "machine" / name for name in ("metrics.py", "health_metrics.py")]
NAME = re.compile(r"\b(?:lockerd|fleetd)_[a-z0-9_]+")


def told():
    """The names of all metrics, from where they are written."""
    names = {found for path in SOURCES for found in re.findall(r'"(lockerd_[a-z0-9_]+)"', path.read_text())}
    centre = (Path(__file__).parents[2] / "fleet" / "pages" / "metrics_page.py").read_text()
    return names | {f"lockerd_{measure}" for measure in Measure} | set(re.findall(r"\bfleetd_[a-z_]+", centre))


@pytest.mark.parametrize("name", ["lockerd-alerts.yml", "lockerd-alerts-test.yml", "lockerd-dashboard.json"])
def test_what_alerts_and_dashboard_ask_for_is_told(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    asked = set(NAME.findall(re.sub(r'"[^"]*lockerd-[^"]*"', "", text)))
    assert len(asked) > 3
    assert asked - told() == set()


def test_every_panel_of_the_dashboard_has_a_place_and_a_question():
    board = json.loads((FOLDER / "lockerd-dashboard.json").read_text(encoding="utf-8"))
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in board["panels"]})
    assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])


@pytest.mark.parametrize(("what", "name"), [("check", "lockerd-alerts.yml"), ("test", "lockerd-alerts-test.yml")])
def test_promtool_finds_the_alerts_whole_and_they_speak_when_they_should(what, name):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here: apt-get install prometheus")
    done = subprocess.run(
        [promtool, what, "rules", name], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def test_O1_the_centre_counts_lockers_orders_and_changes_for_its_own_machine_alone(database, tmp_path):
    async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as db:
        await migrate(db)
        await db.execute("truncate locker, given_order, rollout cascade")
        await db.execute("insert into locker (id, online, seen_at) values ('a', true, now()), ('b', false, now())")
        await db.execute(
            "insert into given_order values ('o1', 'a', 'open', '{}', 'wu', now() - interval '5 minutes',"
            " now() - interval '4 minutes', null)"
        )
    app = pages_app(FleetSettings("mqtt://127.0.0.1:1", database.dsn, tmp_path))

    async def asked(host, **headers):
        transport = httpx.ASGITransport(app, client=(host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://centre", headers=headers) as client:
            return await client.get("/metrics")

    text = (await asked("127.0.0.1")).text
    assert (await asked("127.0.0.1", forwarded="for=10.0.0.1")).status_code == 404
    assert (await asked("10.0.0.1")).status_code == 404
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["fleetd_lockers", "offline"] == 1
    assert found["fleetd_lockers_needing", "now"] == 1
    assert found["fleetd_orders_unanswered",] == 1
    assert found["fleetd_changes", "halted"] == 0
