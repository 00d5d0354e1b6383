"""N15: the film strip in Chromium: on the page of a case once it is asked for, and whole on its own; en and zh-CN."""

import pytest
from browser_panel import looked_at
from case_file_bench import front
from test_case_pages import Office
from test_staff_panel import Panel

from locker.clip_file import make_clip
from locker.core.events.picture_events import ClipTaken, SnapshotTaken
from locker.services.evidence import SnapshotStore


class Filmed(Office):
    """The door that the cases are about was forced open before the camera."""

    async def _cases(self, service):
        engine, store = self.daemon.engine, SnapshotStore(self.daemon.context.journal.folder)
        door = next(iter(engine.site.compartments))
        last = self.daemon.context.journal.db.execute("select max(seq) from event").fetchone()[0]
        day = engine.now().date().isoformat()
        common = {"compartment": door, "parcel": "", "cause": "forced", "of": last}
        still = store.save(front(9, (1280, 720), "RGB"), day)
        event = SnapshotTaken(**common, sha256=still.sha256, day=day, size=still.size, lens="blurred")
        await engine.record(event, "camera")
        clip = store.save_clip(make_clip([(250 * n - 5000, front(n / 4)) for n in range(61)]), day)
        taken = ClipTaken(**common, sha256=clip.sha256, frames=61, day=day, size=clip.size)
        await engine.record(taken, "camera")
        await super()._cases(service)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Filmed(tmp_path_factory.mktemp("film")) as office:
        yield office


@pytest.mark.parametrize(("width", "language", "name"), [("1280", "en", "lu.yan"), ("390", "zh-CN", "he.jun")])
def test_N15_a_strip_is_shown_on_asking_and_each_frame_on_its_own_page(chromium, office, width, language, name):
    panel = Panel(chromium, office, width, language)
    panel.enter(name)
    page = panel.page
    page.goto(f"{office.staff}/cases")
    page.click("a[href*='/cases/'][href$='-0001']")
    page.wait_for_load_state()
    assert page.locator(".film img").count() == 0
    looked_at(panel, "case-film-asked")
    page.click("form[action$='/pictures'] button")
    page.wait_for_load_state()
    assert page.locator(".film img").count() == 6
    looked_at(panel, "case-film")
    page.click(".film-of a")
    page.wait_for_load_state()
    assert page.locator(".film.is-whole img").count() == 61
    assert page.locator(".is-event").count() == 1
    looked_at(panel, "film-strip")
    page.click("a.back")
    page.wait_for_load_state()
    assert panel.complaints == []
    panel.context.close()
