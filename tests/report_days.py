"""Facts of many days of a house with a locker, always the same ones for the same seed."""

import random
from datetime import timedelta

from locker.services.reports.facts import DWELL_HOURS, LATER, VISIT_SECONDS, Fact, FactKey, merged
from locker.services.reports.touchpoints import touch_of

COMPANIES = ("SF", "JD", "ZTO", "YTO")
SIZES = ("S", "M", "M", "L", "XL")
KINDS = (
    "DepositStarted",
    "PickupStarted",
    "DoorOpened",
    "HelpAsked",
    "CompartmentCleared",
    "ParcelReleased",
    "ReminderDue",
)
BY = ("kiosk", "courier:c1", "staff:he.jun", "resident:r1", "token:sf", "cabinet")


def _parcels(rng, day, add):
    for _ in range(rng.randrange(25, 60)):
        size, company = rng.choice(SIZES), rng.choice(COMPANIES)
        who, first = f"courier:{company.lower()}", rng.random() < 0.985
        add("stored", size=size, company=company, channel="kiosk", part="in", seconds=40)
        add("deposit", part="first" if first else "again")
        for part in ("stored", *(["first"] if first else []), *(["not-asked"] if rng.random() < 0.06 else [])):
            add("courier", company=company, who=who, part=part, seconds=70)
        add("deposit-time", part=str(rng.choice(VISIT_SECONDS[3:9])), seconds=40)
        dwell = rng.choices([*map(str, DWELL_HOURS), LATER], [38, 34, 15, 12, 1])[0]
        add("ended", size=size, company=company, channel="in", part=f"collected.{dwell}", seconds=20000)
        add("pickup", part=rng.choices(["first", "again", "failed"], [99, 1, 1])[0])
        add("pickup-time", channel="kiosk", part=str(rng.choice(VISIT_SECONDS[1:6])), seconds=18)
        add("begun", part="waited" if rng.random() < 0.1 else "free")
        add("opening", part=f"A{rng.randrange(1, 9)}", n=2)
        add("user", who=f"u{rng.randrange(80)}", month=True)
        add("message", channel=rng.choice(["phone", "mail"]), part="arrival")


def _rest(rng, day, add):
    for hour in range(24):
        use = 0.2 + 0.7 * (17 <= hour <= 20) + 0.02 * rng.random()
        for size, doors in (("S", 1), ("M", 1)):
            add("occupied", n=0, size=size, part=f"{hour:02d}", seconds=int(3600 * doors * min(1.0, use)))
    if rng.random() < 0.3:
        add("turned-away", size=rng.choice(["L", "L", "M", ""]), company="JD", part="no-space")
        add("lock-fault", part=f"A{rng.randrange(1, 4)}")
        add("overdue", size="M", company="SF")
        add("courier", company="JD", who="courier:jd", part="complaint")
        add("complainer", who=f"u{rng.randrange(80)}", month=True)
        add("case-closed", company="SF", part=rng.choice(["damaged.compensated", "lost.unfounded", "complaint.solved"]))
    for part in ("kept", "kept", "kept", rng.choice(["late", "early", "kept"])):
        add("window", company=rng.choice(COMPANIES), part=part)
    add("speed", company="SF", seconds=9000)
    for _ in range(12):
        kind, by = rng.choice(KINDS), rng.choice(BY)
        add("touch", channel="kiosk" if by == "kiosk" else "panel", part=touch_of(kind, by).part)
        add("decided", part=f"{rng.choice(['rules', 'staff', 'customer'])}.{kind}")
        add(
            "staff",
            who=rng.choice(["he.jun", "chen.lin"]),
            part=rng.choice(["CompartmentCleared", "CaseClosed", "CaseSaid"]),
        )
    add("staff-door", who="he.jun", seconds=rng.randrange(60, 600))
    add("rating", channel="kiosk", part=str(rng.choice([3, 4, 5, 5])))
    add("looked-inside", part="empty")
    if rng.random() < 0.05:
        add("praise", who="he.jun")


def days_of(first, count, seed=7):
    """What was counted on so many days from the first on."""
    rng, facts = random.Random(seed), []
    for number in range(count):
        day = (first + timedelta(days=number)).isoformat()

        def add(what, *, n=1, seconds=0, month=False, day=day, **key):
            facts.append(Fact(FactKey(what, f"{day[:7]}-01" if month else day, **key), n, seconds))

        _parcels(rng, day, add)
        _rest(rng, day, add)
    return merged(facts)
