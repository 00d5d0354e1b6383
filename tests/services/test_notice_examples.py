"""A notice is shown as it would be read, before anybody reads it: by the writer of the real ones, about no parcel."""

from notices_bench import CATALOGUE, SITE, notices, outbox_is, writer

from locker.services.notices.notice_examples import NoticeExamples, changed_templates
from locker.services.notices.notice_templates import LANGUAGES, NoticeTemplate, check_texts
from locker.services.policies import NewVersion, NoticeTexts, RuleBook, RuleKind, Tariff

SHORT = "At {locker}, {address}: {code} until {deadline}, {free_hours} h. {help_phone}"
OWN = NoticeTexts(texts={"en": {"arrival": SHORT}})


def examples(bench, site=SITE, rules=None, links=True):
    return NoticeExamples(lambda: writer(bench, site, rules), bench.engine, site, 72, links=links)


async def test_S11_every_notice_has_an_example_in_every_language_with_all_that_it_must_say(bench):
    shown = examples(bench)
    for template in NoticeTemplate:
        for language, one in zip(LANGUAGES, shown.of(template, NoticeTexts()), strict=True):
            assert (one.language, one.own, one.missing) == (language, False, ()), template
            assert SITE.name in one.text, template
            assert "{" not in one.text, template
            assert one.subject == ("" if template.to_carrier else SITE.name)


async def test_S11_an_example_reads_word_for_word_like_the_notice_that_is_sent(bench, company):
    await bench.resident(language="en")
    rules = RuleBook(bench.journal, bench.engine, {RuleKind.NOTICE_TEXTS: check_texts})
    await rules.add(NewVersion(1, Tariff(charges=True), "dearer"), "staff:boss")
    await rules.add(NewVersion(1, OWN, "shorter"), "staff:boss")
    async with notices(bench, company, rules=rules):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    (sent,) = company.posts
    (one,) = (each for each in examples(bench, rules=rules).of(NoticeTemplate.ARRIVAL, OWN) if each.language == "en")
    assert sent["data"]["code"] in sent["text"]
    sentence = "each 12 hours begun cost 0.50 CNY"
    assert (sentence in sent["text"], sentence in one.text) == (True, True), "what is told though the words lack it"
    before, after = (_without_values(text) for text in (sent["text"], one.text))
    assert before == after
    assert sent["data"]["code"] not in one.text, "no code that opens a door"


def _without_values(text):
    """What is behind the made-up code and time: those two are another parcel's."""
    head, _, rest = text.partition(": ")
    return head, rest.partition(" h. ")[2]


async def test_S11_a_language_without_words_of_the_rule_reads_what_was_delivered_and_says_so(bench):
    english, *others = examples(bench).of(NoticeTemplate.ARRIVAL, OWN)
    assert (english.own, english.text.startswith("At Riverside Court, lobby, 12 River Road: 12345678")) == (True, True)
    assert [each.own for each in others] == [False, False]
    delivered = examples(bench).of(NoticeTemplate.ARRIVAL, NoticeTexts())
    assert [each.text for each in others] == [each.text for each in delivered[1:]]
    assert CATALOGUE["en"][NoticeTemplate.ARRIVAL].text.split()[0] == delivered[0].text.split()[0]


async def test_NTF_03_an_example_names_what_the_site_leaves_empty_though_the_notice_must_say_it(bench):
    silent = SITE.model_copy(update={"help_phone": ""})
    shown = examples(bench, silent, links=False)
    assert [each.missing for each in shown.of(NoticeTemplate.ARRIVAL, OWN)] == [("help_phone",)] * 3
    assert [each.missing for each in shown.of(NoticeTemplate.SURVEY, OWN)] == [("link",)] * 3


def test_S11_what_reads_otherwise_is_told_by_comparing_two_versions():
    dropped = NoticeTexts(texts={"zh-CN": {"moved": "{locker} {help_phone}"}})
    assert changed_templates(OWN, OWN) == []
    assert changed_templates(NoticeTexts(), OWN) == [NoticeTemplate.ARRIVAL]
    assert changed_templates(OWN, dropped) == [NoticeTemplate.ARRIVAL, NoticeTemplate.MOVED]
