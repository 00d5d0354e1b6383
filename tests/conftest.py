"""What all tests share: this folder is on the path, so that `virtual` and `locker_sim` can be imported anywhere.

At the end of a run stands where its seconds went, so that growth is seen before it hurts.
"""

import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)


settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # how fast a machine is says nothing about a rule

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A run in the background inherits it, and so would everything that these tests start and end by Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Timings:
    """Seconds by folder and by process, fixtures included; asked where reports come together."""

    def __init__(self):
        self.folders, self.tests, self.files, self.workers = Counter(), Counter(), Counter(), Counter()

    def pytest_runtest_logreport(self, report):
        file = report.nodeid.partition("::")[0]
        folder = Path(file).parent.name
        self.folders[folder] += report.duration
        self.tests[folder] += report.when == "call"
        self.files[file] += report.duration
        self.workers[getattr(report, "worker_id", "one process")] += report.duration

    def pytest_terminal_summary(self, terminalreporter):
        if len(self.files) < 2:
            return
        terminalreporter.section("seconds by folder", sep="-")
        for folder, seconds in self.folders.most_common():
            terminalreporter.line(f"{seconds:8.1f}  {folder}, {self.tests[folder]} tests")
        file, seconds = self.files.most_common(1)[0]
        busy = ", ".join(f"{worker} {spent:.1f}" for worker, spent in sorted(self.workers.items()))
        terminalreporter.line(f"{self.folders.total():8.1f}  in all; {busy}; the longest file {seconds:.1f}, {file}")


LONG = ("power", "browser", "boot", "setup", "hardware", "updates", "whole", "simulator", "world")
"""Folders with long files: these come first, so that at the end of a run short files keep every process busy."""


WAITING = ("boot", "hardware", "updates", "setup", "simulator", "links")
"""Folders whose tests mostly wait, for a wire, a supervisor, a person: a processor has room beside them."""


class Spread:
    """Which file a process takes next: from the third on those that wait come first, with the others they come last.

    So three processes keep two processors busy, and never more than two browsers want one at a time.
    """

    def _assign_work_unit(self, node):
        late = int(node.gateway.id.removeprefix("gw")) >= 2
        fits = (scope for scope in self.workqueue if (Path(scope).parent.name in WAITING) is late)
        if (first := next(fits, None)) is not None:
            self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadFileScheduling

    if config.getoption("numprocesses") in {None, 1, 2}:
        return None
    return type("SpreadFiles", (Spread, LoadFileScheduling), {})(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    place = {folder: at for at, folder in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(LONG)))


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Timings(), "timings")
