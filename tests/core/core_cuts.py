"""The power goes, or a wire, at every stage of a visit: scenes of the table of refusals."""

from core_scenes import DOORS, empty, every, opened, shut

STAGES = ("ordered", "open", "fetched", "fetched, open", "grace")


def begin(play, stage):
    """One door at each stage of a visit; its name."""
    parcel = play.deposit() if stage in {"ordered", "open"} else play.stored()
    name = play.place(parcel)
    if stage in {"fetched", "fetched, open", "grace"}:
        play.code(parcel)
    if stage in {"open", "fetched, open", "grace"}:
        opened(play, name)
    if stage == "grace":
        shut(play, name)
    return name


def cut_at_every_stage(play):
    for stage in STAGES:
        for seen in ("shut", "open"):
            name = begin(play, stage)
            play.restart()
            play.later(1)
            rest = {other: "shut" for other in DOORS if other != name}
            play.see(**{name: seen}, **rest)
            shut(play, name)
            play.later(61)
            empty(play, name)


def dark_at_every_stage(play):
    for stage in STAGES:
        for seen in ("shut", "open"):
            name = begin(play, stage)
            play.see(**{name: "unseen"})
            play.later(1)
            play.see(**{name: seen})
            shut(play, name)
            play.later(61)
            empty(play, name)


def dark_for_good(play):
    for stage in STAGES:
        name = begin(play, stage)
        play.see(**{name: "unseen"})
        play.later(200)
        shut(play, name)
        empty(play, name)
    play.restart()
    play.later(200)
    every(play, "shut")


def cut_and_cleared_by_word(play):
    for stage in STAGES:
        name = begin(play, stage)
        play.restart()
        play.tries(play.clear_by_word, name, "parcel", supervisor=True)
        play.tries(play.clear_by_word, name, "empty", supervisor=True)
        every(play, "shut")
        empty(play, name)


CUTS = [cut_at_every_stage, dark_at_every_stage, dark_for_good, cut_and_cleared_by_word]
