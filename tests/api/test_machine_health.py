"""`/health` and `/metrics` about the machine: what is measured, what is not, and a format that Prometheus reads."""

import pytest
from machine_bench import SIZES, a_bench
from prometheus_client.parser import text_string_to_metric_families

from locker.measures import Measure


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        yield bench


class Machine:
    """The far end: every gauge that a machine may have."""

    def __init__(self, **measures):
        self.measures = {Measure(name): value for name, value in measures.items()}

    async def read(self):
        return self.measures


async def look(bench, **measures):
    bench.context.health.add([Machine(**measures)])
    await bench.context.health.look()


async def test_health_tells_measures_and_warnings_by_their_words(bench):
    await look(bench, cpu_celsius=51.54, disk_free_ratio=0.5, battery_low=1)
    answer = (await (await bench.client()).get("/health")).json()
    assert answer["status"] == "sealed", "the battery is low and nobody is at a door"
    assert answer["warnings"] == [{"subject": "battery-low", "about": ""}]
    assert answer["measures"]["cpu_celsius"] == 51.54
    assert answer["measures"]["clock_synced"] == 1
    assert "screen_painted" not in answer["measures"], "nobody measures it here"
    assert answer["seen"] == list(SIZES)


async def test_metrics_are_read_by_prometheus_and_each_number_stands_once(bench):
    everything = dict.fromkeys((measure.value for measure in Measure), 0.5) | {"battery_low": 0}
    bench.daemon.dispatcher.banks[0].meter.asked(failed=True)
    await look(bench, **everything)
    text = (await (await bench.client()).get("http://locker/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert {f"lockerd_{measure}" for measure in Measure} <= set(families)
    samples = [(sample.name, *sorted(sample.labels.items())) for f in families.values() for sample in f.samples]
    assert len(samples) == len(set(samples))
    assert all(family.documentation.endswith(".") for family in families.values())
    [errors] = families["lockerd_bank_errors"].samples
    assert (errors.labels, errors.value) == ({"bank": "left"}, 1)
    doors = {sample.labels["door"] for sample in families["lockerd_door_cycles"].samples}
    assert doors == set(SIZES)
    bounds = {sample.labels["bound"] for sample in families["lockerd_door_faults_per_100000_openings"].samples}
    assert bounds == {"low", "is", "high"}


async def test_N10_metrics_count_openings_and_tell_how_long_a_pulse_takes(bench):
    await bench.resident()
    door = (await bench.store())["compartment"]
    await bench.context.health._doors.load()
    await bench.context.health._doors.catch_up()
    bench.daemon.dispatcher.banks[0].meter.openings.append((door, 0.412))
    text = (await (await bench.client()).get("http://locker/metrics")).text.splitlines()
    assert f'lockerd_door_cycles_total{{door="{door}"}} 1' in text
    assert f'lockerd_door_open_seconds{{door="{door}"}} 0.412' in text
