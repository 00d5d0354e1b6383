"""The table of refusals: every command and every observation, in every situation that the two stories come to.

What a situation is, is told by one parcel with its door and the visit there, or by one door. Each is met once, and
everything is asked in it without being done: what would be refused and why, or what would be recorded and answered.
When a rule was changed on purpose, write it anew with `python tests/core/test_core_refusals.py` and read the
difference.
"""

import sys
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import core_cuts  # noqa: E402  as a command this file finds its own neighbours first
import test_core_custody_story as custody_story  # noqa: E402
import test_core_mutants_story as visits_story  # noqa: E402
from core_menu import of_the_cabinet, of_the_door, of_the_parcel, of_the_source  # noqa: E402
from core_play import Play, door  # noqa: E402
from core_told import Told  # noqa: E402

from locker.core.doors.deadlines import next_deadline  # noqa: E402
from locker.core.messages.command import Command  # noqa: E402
from locker.core.model import COIL_REST, DEAD_AFTER, Seen, Use  # noqa: E402
from locker.core.reasons import Refused  # noqa: E402
from locker.core.rules import answer, decide  # noqa: E402

TABLE = HERE / "refusals.txt"
KINDS = "parcel", "door", "cabinet", "source"


class Asked(Told):
    """A play in which everything is asked, whenever it stands as no play has stood before."""

    def __init__(self, met, *doors, **more):
        self.met = met
        super().__init__("asked", *doors, **more)

    def _keep(self, outcome):
        Play._keep(self, outcome)  # nothing is told here: what is asked is enough
        self._ask_all()

    def tries(self, ask, *said, **more):
        """Ask, refused or not, and once more in what is left."""
        super().tries(ask, *said, **more)
        self._ask_all()

    def _ask_all(self):
        site = self.site
        if not site.residents:
            return
        for name in sorted(site.parcels):
            self._once(parcel_words(self, site.parcels[name]), lambda name=name: of_the_parcel(self, name))
        for name in sorted(site.compartments):
            self._once(door_words(self, name), lambda name=name: of_the_door(self, name))
        self._once(cabinet_words(self), lambda: of_the_cabinet(self))
        bucket = site.buckets.get("kiosk")
        words = f"source, {bucket.level if bucket is not None else 'all'} left, the last try "
        just_now = bucket is not None and self.now < bucket.wrong_at + timedelta(seconds=1)
        self._once(words + ("just now" if just_now else "a while ago"), of_the_source)

    def _once(self, words, menu):
        if words not in self.met:
            self.met[words] = [(asked, self.dry(message, at)) for asked, message, at in menu()]

    def dry(self, message, seconds=0):
        """What this message would come to, so many seconds from now."""
        now = self.now + timedelta(seconds=seconds)
        try:
            outcome = decide(self.site, message, now)
        except Refused as refused:
            about = [refused.reason.value, refused.retry_after, refused.item]
            return " ".join(str(one) for one in about if one is not None) + (" noted" if refused.record else "")
        told = [type(event).__name__ for event in outcome.events]
        if isinstance(message, Command):
            told.append(f"-> {answer(outcome.after, message)}")
        due = next_deadline(outcome.site)
        told.append(f"due {(due - now).total_seconds():g}" if due is not None else "")
        return " ".join(told).strip() or "nothing"


def visit_words(play, name):
    """Who is at a door, and how that stands."""
    visit = play.site.visits.get(name)
    if visit is None:
        return ["nobody there"]
    words = [visit.kind.value, type(visit.stage).__name__, type(visit.last).__name__, visit.leaving, *flags_of(visit)]
    return [str(word) for word in words if word]


def flags_of(visit):
    yield "inside" if visit.inside else ""
    yield "blind" if visit.blind else ""
    yield "second door" if visit.origin else ""
    yield "for another door" if visit.target else ""
    yield "for a place" if visit.place else ""
    yield f"pulses {visit.pulses}" if visit.pulses else ""
    yield f"asked {visit.asked}" if visit.asked else ""
    yield f"{len(visit.parcels)} parcels" if len(visit.parcels) != 1 else ""
    yield "put back" if visit.put_back else ""
    yield "accepted" if visit.accepted else ""


def shared_words(play, name):
    """How a door stands, whatever is asked about."""
    site = play.site
    compartment = site.compartments[name]
    yield f"{compartment.use.value} {compartment.seen.value}"
    yield "hot" if name in site.warm_until and site.warm_until[name] - 7 * COIL_REST > play.now else ""
    yield "dead switch" if compartment.faults >= DEAD_AFTER else ""
    yield f"of {len(compartment.parcels)}" if len(compartment.parcels) > 1 else ""
    yield "beside what is held" if any(site.parcels[p].held for p in compartment.parcels if p in site.parcels) else ""
    yield "closed" if not site.policy.opening.open_at(play.now) else ""
    yield from visit_words(play, name)


def parcel_words(play, parcel):
    words = [f"parcel {parcel.state.value}", parcel.direction.value, "to staff" if parcel.to_staff else ""]
    words += ["held" if parcel.held else "", "overdue" if parcel.overdue else "", parcel.check_from]
    words += ["has had more time" if parcel.extended else "", "at a place" if parcel.place else ""]
    words += ["failed" if len(parcel.failed) == 3 and play.now < parcel.failed[0] + timedelta(minutes=10) else ""]
    words += sorted(str(flag) for flag in parcel.flags)
    words += ["+".join(sorted(c.kind.value for c in parcel.credentials)) or "nothing opens it"]
    if parcel.stored_at is not None:
        age = (play.now - parcel.stored_at).total_seconds()
        words.append("just now" if age < 60 else "lately" if age < 900 else "long ago")
    if parcel.reserved_until is not None and parcel.reserved_until <= play.now:
        words.append("too late")
    if parcel.compartment:
        words += ["behind a door", *shared_words(play, parcel.compartment)]
    return ", ".join(str(word) for word in words if word)


def door_words(play, name):
    words = ["door", *shared_words(play, name), play.site.compartments[name].size.value]
    live = sum(play.site.parcels[p].state.live for p in play.site.compartments[name].parcels if p in play.site.parcels)
    words.append(f"{live} live" if live else "")
    words.append("bank not believed" if play.site.bank_doubts else "")
    return ", ".join(word for word in words if word)


def cabinet_words(play):
    site = play.site
    doors = [site.compartments[built.id] for built in play.built]
    free = "".join(c.size.value if c.use is Use.FREE and c.seen is Seen.SHUT else "-" for c in doors)
    expected = sum(p.state.value == "expected" for p in site.parcels.values())
    words = [f"cabinet {free}", f"{expected} expected" if expected else "", f"{len(site.residents)} residents"]
    words += ["closed" if not site.policy.opening.open_at(play.now) else ""]
    return ", ".join(word for word in words if word)


def table():
    """Every situation with what is asked in it, gathered by what it comes to."""
    met = {}
    low = {"bottom_mm": 500, "top_mm": 700}
    doors = door("A1"), door("A2", **low), door("A3", "L", features=frozenset({"cold"}))
    for scene in visits_story.SCENES:
        scene(Asked(met, *doors))
    for scene in [*custody_story.SCENES, *core_cuts.CUTS]:
        scene(Asked(met, *doors, door("A4"), places=custody_story.PLACES))
    return "\n".join(line for kind in KINDS for line in told(kind, met)) + "\n"


def told(kind, met):
    """What a thing of this kind comes to as a rule, and then in each situation what comes to something else."""
    situations = {words: asked for words, asked in sorted(met.items()) if words.startswith(kind)}
    outcomes = {}
    for asked in situations.values():
        for what, outcome in asked:
            outcomes.setdefault(what, []).append(outcome)
    rule = {what: max(sorted(set(told)), key=told.count) for what, told in outcomes.items()}
    yield f"# {kind}, as a rule"
    yield from gathered(rule.items())
    for words, asked in situations.items():
        yield f"# {words}"
        yield from gathered((what, outcome) for what, outcome in asked if outcome != rule[what])


def gathered(asked):
    whats = {}
    for what, outcome in asked:
        whats.setdefault(outcome, []).append(what)
    return [f"{outcome} | {', '.join(about)}" for outcome, about in whats.items()]


def test_everything_that_is_asked_in_any_situation_is_refused_or_done_as_the_table_of_refusals_has_it():
    for mine, kept in zip(table().splitlines(), TABLE.read_text("utf-8").splitlines(), strict=True):
        assert mine == kept


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
