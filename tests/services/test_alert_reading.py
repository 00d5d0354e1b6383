"""A public alert in CAP 1.2 is read for what an incident needs, and nothing of a document can do more than that."""

from datetime import UTC, datetime

import pytest
from public_alerts import cap, info

from locker.services.incidents import BadAlert, IncidentWords, read_alert
from locker.services.incidents.alert_reading import shortened


def test_PK_05_an_alert_says_what_happens_until_when_and_what_to_do_in_each_language():
    read = read_alert(
        cap(
            info(),
            info("zh-CN", headline="暴雨红色预警", instruction="请勿外出。请远离低洼地区。"),
            info("zh-HK", headline="暴雨紅色預警", instruction=""),
            info("fr-FR", headline="Alerte rouge"),
            info("en-GB", headline="A second text in English"),
        )
    )
    assert (read.id, read.kind, read.actual, read.severe, read.ends) == ("CN-1", "Alert", True, True, False)
    assert read.expires == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert read.words == {
        "en": IncidentWords("Red rainstorm warning", "Stay inside."),
        "zh-CN": IncidentWords("暴雨红色预警", "请勿外出。请远离低洼地区。"),
        "zh-TW": IncidentWords("暴雨紅色預警", "請稍後再來，包裹已鎖好"),  # noqa: RUF001  Chinese punctuation
    }


def test_PK_05_an_alert_names_those_that_it_replaces_and_whether_it_is_meant():
    read = read_alert(cap(kind="Cancel", references="a@b.cn,CN-1,2026-03-01T16:00:00+08:00 a@b.cn,CN-2,x broken"))
    assert (read.ends, read.replaces, read.words) == (True, ("CN-1", "CN-2"), {})
    assert not read_alert(cap(info(), status="Exercise")).actual
    assert not read_alert(cap(info(severity="Minor"))).severe
    assert read_alert(cap(info(expires=""), version="1.1")).expires is None


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("", "alert"),
        ("{}", "alert"),
        ("<alert/>", "alert"),
        ("<?xml version='1.0' encoding='nonsense'?><alert/>", "alert"),
        (
            cap(info(headline="&a;")).replace("?>", '?><!DOCTYPE alert [<!ENTITY a "aaaa">]>', 1),
            "alert: bears a DOCTYPE",
        ),
        (cap(info()).replace("CN-1", "x" * 201), "identifier"),
        (cap(info()).replace("CN-1", " "), "identifier"),
        (cap(info(), kind="Greeting"), "msgType"),
        (cap(), "info"),
        (cap(info(expires="soon")), "expires"),
        (cap(info(expires="0001-01-01T00:00:00+14:00")), "expires"),
        (cap(info(expires="2026-03-01T20:00:00")), "expires"),
        (cap(info(headline="x" * 200_000)), "alert"),
    ],
)
def test_PK_05_what_is_no_alert_is_refused_by_the_element(text, element):
    with pytest.raises(BadAlert, match=f"^{element}"):
        read_alert(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("Stay inside.", "Stay inside."),
        ("Stay inside. Keep away from the river and from all low ground near it.", "Stay inside."),
        (
            "Do not go out today, keep away from rivers and slopes, and wait for news.",
            "Do not go out today, keep away from rivers and slopes, and…",
        ),
        ("水" * 70, "水" * 59 + "…"),
    ],
)
def test_a_text_is_cut_at_a_sentence_or_a_word_so_that_a_screen_holds_it(text, shown):
    assert shortened(text) == shown
    assert len(shown) <= 60
