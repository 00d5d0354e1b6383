"""Rules of automation: fired once when reached, with the reason, never while switched off; no rule opens a door."""

import pytest
from core_play import Play

from locker.services.duty import Automations, Cause, reached, readings
from locker.services.policies import Automation, AutomationRule, Effect, NewVersion, RuleBook, Trigger

BOSS = "staff:he.jun"
CASES = AutomationRule(name="many-cases", when=Trigger.OPEN_CASES, least=2, then=Effect.TASK)
ROOM = AutomationRule(name="no-room", when=Trigger.TURNED_AWAY_TODAY, least=3, then=Effect.CALL)


class World:
    """What the cabinet knows of itself, as the test says."""

    def __init__(self, bench, rules):
        self.bench, self.rules, self.turned = bench, rules, 0
        self.began_anew()

    def began_anew(self):
        async def turned_away():
            return self.turned

        self.automations = Automations(self.bench.engine, self.bench.journal, self.rules, turned_away)

    async def write(self, **body):
        number = len(self.rules.versions(Automation.kind)) + 1
        await self.rules.add(NewVersion(number, Automation(**body), "asked for"), BOSS)

    async def fired(self):
        return [(each.rule, each.value, each.version) for each in await self.automations.firings()]


@pytest.fixture
async def world(bench):
    rules = RuleBook(bench.journal, bench.engine)
    await rules.load()
    return World(bench, rules)


async def test_AI_03_a_rule_fires_once_when_it_is_reached_and_says_why(world):
    await world.write(rules=(ROOM,))
    await world.automations.look()
    assert await world.fired() == []
    world.turned = 3
    for _ in range(3):
        await world.automations.look()
    (fired,) = await world.automations.firings()
    assert (fired.rule, fired.when, fired.value, fired.least, fired.then, fired.version) == (
        *("no-room", "turned-away-today", 3, 3, "call", 1),
    )
    world.began_anew()
    await world.automations.look()
    assert len(await world.fired()) == 1, "not again after a restart"
    world.turned = 0
    await world.automations.look()
    world.turned = 5
    await world.automations.look()
    assert await world.fired() == [("no-room", 5, 1), ("no-room", 3, 1)]


async def test_AI_03_what_is_switched_off_does_nothing_and_its_task_is_gone(world):
    task = ROOM.model_copy(update={"then": Effect.TASK})
    world.turned = 9
    await world.write(rules=(task,))
    await world.automations.look()
    (shown,) = world.automations.tasks()
    assert (shown.cause, shown.about, shown.n) == (Cause.AUTOMATION, "no-room", 9)
    await world.write(rules=(task,), off=True)
    await world.automations.look()
    assert list(world.automations.tasks()) == []
    await world.write(rules=(task.model_copy(update={"on": False}),))
    await world.automations.look()
    assert len(await world.fired()) == 1


def test_AI_03_what_a_rule_looks_at_is_read_off_the_cabinet():
    play = Play()
    doors = len(play.site.compartments)
    assert set(readings(play.site, play.now, 0, 0)) == set(Trigger)
    play.place(play.stored())
    play.later(80 * 3600)
    measured = readings(play.site, play.now, 4, 2)
    assert (measured[Trigger.OPEN_CASES], measured[Trigger.TURNED_AWAY_TODAY]) == (4, 2)
    assert measured[Trigger.TAKEN_PERCENT] == 100 // doors
    assert measured[Trigger.OVERDUE_PARCELS] == 1
    assert 7 <= measured[Trigger.OVERDUE_HOURS] <= 8


@pytest.mark.parametrize(("value", "fires"), [(1, False), (2, True), (3, True)])
def test_AI_03_at_least_means_at_least(value, fires):
    measured = dict.fromkeys(Trigger, 0) | {Trigger.OPEN_CASES: value}
    assert bool(reached([CASES, ROOM], measured)) is fires


def test_AI_03_nothing_that_a_rule_does_opens_a_door_or_changes_a_parcel():
    assert {each.value for each in Effect} == {"task", "call"}
    with pytest.raises(ValueError, match="one name"):
        Automation(rules=(CASES, CASES))
