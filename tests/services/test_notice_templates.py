"""The words of notices are data: what lacks a word that must be said is refused when it is read."""

from datetime import timedelta

import pytest
from notices_bench import CATALOGUE, notices, outbox_is

from locker.errors import SettingsError
from locker.services.notices.notice_templates import (
    LANGUAGES,
    REQUIRED_VALUES,
    NoticeTemplate,
    NoticeWords,
    check_texts,
    read_catalogue,
    text_faults,
)
from locker.services.notices.notice_texts import masked_text
from locker.services.policies import NewVersion, NoticeTexts, RuleBook, RuleKind

TELL_CODE = [each for each in NoticeTemplate if each.tells_code]
WHOLE = "{locker} {address} {code} {deadline} {free_hours} {help_phone}"


def refused(folder):
    with pytest.raises(SettingsError) as fault:
        read_catalogue(folder)
    return fault.value.faults


def own(folder, text, language="en", template="arrival"):
    (folder / f"{language}.toml").write_text(f"[{template}]\ntext = '''{text}'''\n", encoding="utf-8")
    return folder


def test_NTF_01_every_language_has_every_notice():
    catalogue = read_catalogue()
    assert set(catalogue) == set(LANGUAGES)
    for language, words in catalogue.items():
        assert set(words) == set(NoticeTemplate), language
        assert [text_faults(template, each.text) for template, each in words.items()] == [[]] * len(words)


@pytest.mark.parametrize("template", TELL_CODE)
@pytest.mark.parametrize("missing", ["locker", "address", "code", "deadline", "free_hours", "help_phone"])
def test_NTF_03_words_without_one_of_the_mandatory_values_are_refused_at_the_start(tmp_path, template, missing):
    text = WHOLE.replace(f"{{{missing}}}", "")
    faults = refused(own(tmp_path, text, template=template.value))
    assert faults == [f"notices.texts: en.toml: {template.value} lacks {{{missing}}}"]


@pytest.mark.parametrize("template", [each for each in NoticeTemplate if not each.tells_code])
def test_NTF_03_each_mandatory_value_of_any_notice_is_asked_for(tmp_path, template):
    for missing in REQUIRED_VALUES[template]:
        text = " ".join(f"{{{name}}}" for name in REQUIRED_VALUES[template] if name != missing)
        assert f"lacks {{{missing}}}" in refused(own(tmp_path, text, template=template.value))[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WHOLE + " {phone}", "names {phone}, which nobody can fill in"),
        (WHOLE + " {code!r:>9}", "gives a form to a value: write the name alone"),
        (WHOLE + " {code", "has a brace too many or too few"),
        (WHOLE + "x" * 1000, "is longer than 1000 letters"),
    ],
)
def test_words_that_nobody_could_fill_in_are_refused(tmp_path, text, said):
    assert refused(own(tmp_path, text)) == [f"notices.texts: en.toml: arrival {said}"]


def test_a_file_of_no_language_and_a_notice_that_nobody_knows_are_refused(tmp_path):
    assert "fr.toml" in refused(own(tmp_path, WHOLE, language="fr"))[0]
    (tmp_path / "fr.toml").unlink()
    assert refused(own(tmp_path, WHOLE, template="arival")) == ["notices.texts: en.toml: arival is not a known notice"]
    (tmp_path / "en.toml").write_text("[arrival\n")
    assert "en.toml: cannot be read" in refused(tmp_path)[0]
    assert "no folder" in refused(tmp_path / "nowhere")[0]


def test_NTF_10_the_sites_own_words_stand_for_ours_and_other_words_are_another_version(tmp_path):
    ours, theirs = read_catalogue(), read_catalogue(own(tmp_path, WHOLE))
    assert theirs["en"][NoticeTemplate.ARRIVAL] == NoticeWords(WHOLE)
    assert theirs["en"][NoticeTemplate.ARRIVAL].version != ours["en"][NoticeTemplate.ARRIVAL].version
    assert theirs["en"][NoticeTemplate.MOVED] == ours["en"][NoticeTemplate.MOVED]
    assert theirs["zh-CN"] == ours["zh-CN"]


def test_NTF_10_what_opens_a_door_or_leads_to_it_is_hidden_in_what_is_kept():
    values = {"code": "12345678", "link": "https://locker.example.org/p/ABC", "locker": "Lobby"}
    said = masked_text("Lobby: 12345678 https://locker.example.org/p/ABC", values)
    assert said == "Lobby: •••• ••••"


async def test_S11_texts_that_are_a_rule_take_the_place_of_the_products_own_from_their_beginning_on(
    bench, company, clock
):
    await bench.resident(language="en")
    rules = RuleBook(bench.journal, bench.engine, {RuleKind.NOTICE_TEXTS: check_texts})
    async with notices(bench, company, rules=rules):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
        short = "At {locker}, {address}: {code} until {deadline}, {free_hours} h. {help_phone}"
        texts = NoticeTexts(texts={"en": {"arrival": short}})
        later = bench.engine.now() + timedelta(hours=1)
        await rules.add(NewVersion(1, texts, "shorter", starts_at=later), "staff:boss")
        await bench.store("SF2")
        await outbox_is(bench, ("arrival", "sent"), ("arrival", "sent"))
        clock.advance(3601)
        await bench.store("SF3")
        await outbox_is(bench, ("arrival", "sent"), ("arrival", "sent"), ("arrival", "sent"))
    assert [post["text"].startswith("At Riverside Court") for post in company.posts] == [False, False, True]
    said = await bench.rows("select version from outbox order by event")
    assert said[0]["version"] == said[1]["version"] == CATALOGUE["en"][NoticeTemplate.ARRIVAL].version
    assert said[2]["version"] == NoticeWords(short).version


@pytest.mark.parametrize(
    ("template", "text", "fault"),
    [
        ("arrival", "At {locker}: {code}", r"texts.en.arrival: lacks \{address\}"),
        ("moved", "{locker} {help_phone} {code}", r"texts.en.moved: names \{code\}"),
        ("greeting", "Hello", "texts.en.greeting: is not a known notice"),
    ],
)
async def test_NTF_03_texts_that_lack_what_a_notice_must_say_never_become_a_rule(bench, template, text, fault):
    rules = RuleBook(bench.journal, bench.engine, {RuleKind.NOTICE_TEXTS: check_texts})
    with pytest.raises(ValueError, match=fault):
        await rules.add(NewVersion(1, NoticeTexts(texts={"en": {template: text}}), "why"), "staff:boss")
