"""A play that writes down all that happens in it: what the stories are made of."""

from core_play import Play

from locker.core.doors.deadlines import next_deadline
from locker.core.outcome import Draft
from locker.core.reasons import Refused
from locker.core.visits.allocation import offered
from locker.journal.codec import columns, event_data


class Told(Play):
    """A play that writes down all that happens in it."""

    def __init__(self, title, *doors, **more):
        self.lines = [f"# {title}"]
        self.rows = {}
        super().__init__(*doors, **more)

    def _keep(self, outcome):
        super()._keep(outcome)
        private = (
            "sealed",
            "tracking",
            "courier",
            "phone",
            "name",
            "unit",
            "language",
            "email",
            "fetched_by",
            "details",
        )
        for event in outcome.events:
            more = {key: str(getattr(event, key)) for key in private if getattr(event, key, "")}
            self.lines.append(f"{type(event).__name__} {event_data(event)} {more or ''}".rstrip())
        self._changes(outcome.after)
        self.lines.append(f"  due {next_deadline(self.site)}, free {sorted(c.id for c in offered(self.site))}")

    def _changes(self, site):
        """Every row as the tables get it: what has ended is there once more."""
        parts = {"compartment": site.compartments, "visit": site.visits, "parcel": site.parcels}
        parts |= {"bucket": site.buckets, "resident": site.residents}
        rows = {(part, key): columns(value) for part, values in parts.items() for key, value in values.items()}
        rows["codes", ""] = dict(sorted(site.codes.items()))
        rows |= {(part, key): row for part, key, row in of_this_life(site)}
        for key in sorted(rows.keys() | self.rows.keys()):
            before, now = self.rows.get(key, {}), rows.get(key)
            if now is None:
                self.lines.append(f"  {' '.join(key)}: gone")
            elif now != before:
                changed = {name: value for name, value in now.items() if name not in before or before[name] != value}
                lost = sorted(before.keys() - now.keys())
                self.lines.append(f"  {' '.join(key)}: {changed} {lost or ''}".rstrip())
        self.rows = rows

    def tries(self, ask, *said, **more):
        """Ask, and write down the answer or the refusal."""
        try:
            self.lines.append(f"> {ask(*said, **more)}")
        except Refused as refused:
            self.lines.append(f"> refused: {refused.reason.value} {refused.retry_after or ''}".rstrip())

    def event(self, event):
        """Record something that no message of a visitor leads to."""
        draft = Draft(self.site, self.now)
        draft.add(event)
        self._keep(draft.outcome())


def of_this_life(site):
    """What stands in no table, because it speaks of this life of the daemon only."""
    yield "life", "", {"started": str(site.started_at)}
    for name, moment in site.unseen_since.items():
        yield "unseen", name, {"since": str(moment)}
    for name, moment in site.warm_until.items():
        yield "coil", name, {"warm_until": str(moment)}
    for bank, doubt in site.bank_doubts.items():
        yield "bank", bank, {"open": sorted(doubt.open), "open_before": sorted(doubt.open_before)}
