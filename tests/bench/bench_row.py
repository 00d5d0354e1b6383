"""One line of the table: a ratio, what it was measured against, and how far it may go."""

import statistics
from dataclasses import dataclass


@dataclass
class Row:
    """`gate` fails the run, `aim` is what we want; both are the most (or `least`) allowed.

    A row that does not `decide` is told and fails nothing: a p99 of the same code moves by a third between runs.
    `stands`: what a row that is short of its gate does reach; CI holds that instead.
    """

    name: str
    spread: str
    against: str
    value: float
    aim: float
    gate: float
    means: str
    least: bool = False
    decides: bool = True
    unit: str = ""
    stands: float | None = None

    def within(self, limit):
        return self.value >= limit if self.least else self.value <= limit

    @property
    def verdict(self):
        return "aim" if self.within(self.aim) else "gate" if self.within(self.gate) else "short of it"

    def far_off(self, slack):
        limit = self.gate if self.stands is None else self.stands
        return self.decides and not self.within(limit / slack if self.least else limit * slack)

    def line(self):
        sign = "≥" if self.least else "≤"
        aim = f"{sign} {self.aim:g}{self.unit}" + (f", gate {self.gate:g}" if self.gate != self.aim else "")
        cells = (
            self.name,
            self.spread,
            self.against,
            f"**{self.value:.2f}{self.unit}**",
            aim,
            self.verdict,
            self.means,
        )
        return "| " + " | ".join(cells) + " |"


HEAD = "| row | measured (p50 / p95 / p99) | against | ratio | target | meets | what it means |\n" + "|---" * 7 + "|"


def spread(times):
    return " / ".join(f"{at(times, q) * 1000:.2f}" for q in (0.5, 0.95, 0.99)) + " ms"


def at(times, quantile):
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * quantile))]


def over(these, those):
    """The ratio of two medians."""
    return statistics.median(these) / statistics.median(those)
