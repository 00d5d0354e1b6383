"""What needs a person, who sees to it, who is on duty, and what the next one must know."""

from __future__ import annotations

from locker.services.duty.automations import Automations, Firing, Standing, reached, readings
from locker.services.duty.door_service import DoorService, doors_due, keep_service, last_services, openings_since
from locker.services.duty.door_tasks import DATED_BY, Task, TaskKind, report_tasks, task_of, tasks, undated_tasks
from locker.services.duty.duty_roster import LONGEST_NOTE, DutyRoster, Roster, Shift, ShiftNote, roster_at
from locker.services.duty.task_board import UNSEEN_AFTER, OwnedTask, TaskBoard, TaskOwner, owner_of, unseen
from locker.services.duty.task_causes import ALARMS, Cause, CauseTask, TaskFacts, Urgency, causes, unit_of
from locker.services.duty.training_register import LONGEST_COURSE, Training, TrainingRegister, trainings_due

__all__ = [
    "ALARMS",
    "DATED_BY",
    "LONGEST_COURSE",
    "LONGEST_NOTE",
    "UNSEEN_AFTER",
    "Automations",
    "Cause",
    "CauseTask",
    "DoorService",
    "DutyRoster",
    "Firing",
    "OwnedTask",
    "Roster",
    "Shift",
    "ShiftNote",
    "Standing",
    "Task",
    "TaskBoard",
    "TaskFacts",
    "TaskKind",
    "TaskOwner",
    "Training",
    "TrainingRegister",
    "Urgency",
    "causes",
    "doors_due",
    "keep_service",
    "last_services",
    "openings_since",
    "owner_of",
    "reached",
    "readings",
    "report_tasks",
    "roster_at",
    "task_of",
    "tasks",
    "trainings_due",
    "undated_tasks",
    "unit_of",
    "unseen",
]
