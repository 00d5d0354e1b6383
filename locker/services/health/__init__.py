"""How the machine is: what its gauges say, how its locks do, and the warnings that call somebody."""

from locker.services.health.door_follower import DoorFollower
from locker.services.health.door_statistics import DoorHealth, FaultRate
from locker.services.health.health_monitor import HealthMonitor, HealthWarning, WireHealth
from locker.services.health.limits import LIMITS, Subject
from locker.services.health.own_gauges import ClockGauge, NoticeGauge
from locker.services.health.power_watch import PowerWatch

__all__ = [
    "LIMITS",
    "ClockGauge",
    "DoorFollower",
    "DoorHealth",
    "FaultRate",
    "HealthMonitor",
    "HealthWarning",
    "NoticeGauge",
    "PowerWatch",
    "Subject",
    "WireHealth",
]
