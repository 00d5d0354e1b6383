"""The list of what needs somebody, as a supervisor reads it who sees to nothing yet."""

from api.staff.now_view import TaskReader, now_view
from locker.services.duty import OwnedTask, TaskFacts, causes
from locker.services.people import RIGHTS, Role


def tasks_of(site, text, **facts):
    known = TaskFacts(site=site, now=text.now, today=text.date_of(text.now), **facts)
    owned = [OwnedTask(each, None) for each in causes(known)]
    return now_view(site, owned, TaskReader("chen.lin", RIGHTS[Role.SUPERVISOR]), text)


def sentences(site, text, **facts):
    return [row.sentence for row in tasks_of(site, text, **facts).rows]
