"""Replays every power cut of a recorded run, on all cores; as a command until a million of them are judged."""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from power_cabinet import Cabinet, recorder  # noqa: E402  as a command this file finds its own neighbours first
from power_disk import cuts  # noqa: E402
from power_judge import Trial, Violation  # noqa: E402
from power_walk import walk  # noqa: E402

RUN = 64
"""So many neighbouring cuts go to one process: they often leave the same disk."""
EXAMPLES = 5


@dataclass
class Verdict:
    """What the replay of one run came to."""

    cuts: int = 0
    states: int = 0
    different: int = 0
    pulses: int = 0
    models: Counter = field(default_factory=Counter)
    broken: Counter = field(default_factory=Counter)
    examples: list = field(default_factory=list)

    def add(self, other):
        self.cuts = max(self.cuts, other.cuts)
        self.states += other.states
        self.different += other.different
        self.pulses = max(self.pulses, other.pulses)
        self.models += other.models
        self.broken += other.broken
        self.examples = (self.examples + other.examples)[:EXAMPLES]

    @property
    def violations(self):
        return sum(self.broken.values())

    def __str__(self):
        told = ", ".join(f"{model} {n}" for model, n in sorted(self.models.items()))
        wrong = "".join(f"\n  {why}" for why in self.examples)
        return (
            f"{self.states} states at {self.cuts} cuts ({told}), {self.different} different disks reopened, "
            f"{self.pulses} pulses in the run, {self.violations} violations{wrong}"
        )


def memory():
    """A folder that costs no disk, where there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def record(folder, careless=None, walked=walk):
    """One run of a real process with people, recorded; the cabinet with its log and what it left."""
    cabinet = Cabinet(folder, recorder(), careless=careless)
    try:
        walked(cabinet)
    finally:
        cabinet.close()
    return cabinet


def replay(log, root, final, *, seed, torn=2, share=1.0, processes=None, enough=None):
    """Judge every cut of this log. `enough`: a model and what it breaks; who has found that looks no further."""
    many = processes or os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    verdict = Verdict()
    with ProcessPoolExecutor(many, mp_context=context) as pool:
        jobs = [pool.submit(_part, log, root, final, seed, torn, share, n, many, enough) for n in range(many)]
        for job in jobs:
            verdict.add(job.result())
    return verdict


def _part(log, root, final, seed, torn, share, part, parts, enough):
    trial, verdict, floor = Trial(final), Verdict(), 0
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        for number, model, image, claims, doors in cuts(log, root, seed=seed, torn=torn, share=share):
            verdict.cuts = number
            name = f"seed {seed}, cut {number}, {model}"
            why = None
            try:
                floor = max(floor, trial.floor(claims))
                if (number // RUN) % parts == part:
                    verdict.states += 1
                    verdict.models[model] += 1
                    seq = trial.judge(image, doors, Path(folder), f"{seed}/{number}/{model}").seq
                    if seq < floor:
                        why = "what was answered, or pulsed for, is not there"
            except Violation as violation:
                why = str(violation)
            if why is not None:
                verdict.broken[why] += 1
                verdict.examples = [*verdict.examples, f"{name}: {why}"][:EXAMPLES]
                if (model, why) == enough:
                    break
    verdict.different, verdict.pulses = trial.different, trial.pulses
    return verdict


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main():
    """Record and replay until so many states are judged; 1 when a rule was broken."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--states", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--torn", type=int, default=20, help="so many torn disks at each cut")
    asked = parser.parse_args()
    total, seed, began = Verdict(), asked.seed, time.monotonic()
    while total.states < asked.states:
        folder = Path(tempfile.mkdtemp(dir=memory()))
        try:
            cabinet = record(folder)
            verdict = replay(cabinet.log, cabinet.data, cabinet.data, seed=seed, torn=asked.torn)
            total.add(verdict)
            say(f"seed {seed}: {verdict}")
            if verdict.violations:
                kept = keep(folder, seed)
                say(f"the run is kept in {kept}")
                break
        finally:
            shutil.rmtree(folder)
        seed += 1
    say(f"power cuts: {total}, in {time.monotonic() - began:.0f} s")
    return 1 if total.violations else 0


def keep(folder, seed):
    """Put a run aside in which a rule was broken."""
    kept = Path("artefacts") / f"power-{seed}"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("control", "reader"))
    return kept


if __name__ == "__main__":
    sys.exit(main())
