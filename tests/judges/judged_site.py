"""The cabinet that is judged: doors with ids that look alike, and what Home Assistant has to call all of it."""

SITE = "test-1"  # the site of every `LockerSim`
NAME = "Test Court"
PASSWORD = "of a test"
DOORS = {"A1": "S", "A.1": "M", "a-1": "M", "A4": "L"}
PARCELS = ("stored", "overdue", "held")
PARTS = {
    "Needs somebody",
    *(f"Door {door}" for door in DOORS),
    *(f"Free {size}" for size in DOORS.values()),
    *(f"Parcels {kind}" for kind in PARCELS),
}
