"""The help bot understands what people ask in three languages, answers from their own parcels, and hands over."""

import pytest
from resident_bench import a_home

from api.i18n import LANGUAGES, translate
from api.resident.help_bot import WORDS, BotFacts, Subject, answered, subject_of
from api.resident.parcel_view import ParcelCard
from locker.services.policies import NewVersion, Pilot, PilotFunction

QUESTIONS = {
    Subject.STATUS: ("Where is my parcel?", "has my package arrived", "我的快递到了吗", "我的包裹到了嗎？"),  # noqa: RUF001  Chinese punctuation
    Subject.LOST_CODE: ("I did not get a code.", "please resend the QR", "没收到取件码", "取件碼忘記了"),
    Subject.EXTEND: ("Can I collect it tomorrow?", "need more time", "可以延长几天吗", "明天取可以嗎？"),  # noqa: RUF001  Chinese punctuation
    Subject.HOURS: ("When are you open?", "opening hours", "开放时间是几点？", "晚上開放嗎"),  # noqa: RUF001  Chinese punctuation
    Subject.FEE: ("what does it cost", "Is it FREE?", "超时要收费吗", "要付多少錢"),
    Subject.DELEGATE: ("can my neighbour collect it for me", "家人取可以吗", "想請人代領"),
    Subject.DAMAGED: ("the box is wet and torn", "包裹破损了", "外箱壓壞"),
    Subject.MISSING: ("The locker was empty", "格口是空的，没有包裹", "包裹不見了"),  # noqa: RUF001  Chinese punctuation
    Subject.DOOR: ("the door does not open", "柜门打不开", "櫃門卡住"),
    Subject.PERSON: ("I want to speak to a human", "转人工", "我要客訴"),
    Subject.SEND: ("I want to return something", "怎么寄件", "想退貨"),
    Subject.AWAY: ("I am on holiday next week", "下周出差", "下週不在家"),
    Subject.CONSENT: ("please bring it to my door", "请送上门", "不要放櫃"),
    Subject.DATA: ("what about my privacy", "删除我的个人信息", "刪除個人資料"),
    Subject.WHERE: ("what is the address", "柜子在哪", "地址在哪裡"),
    Subject.HELLO: ("Hello!", "你好", "謝謝"),
    Subject.UNKNOWN: ("", "?!", "the weather is nice", "今天天气不错", "x" * 300, "\u200b"),
}


@pytest.mark.parametrize(
    ("question", "subject"), [(question, subject) for subject, many in QUESTIONS.items() for question in many]
)
def test_AI_01_what_people_ask_in_three_languages_is_understood(question, subject):
    assert subject_of(question) is subject
    assert subject_of(f"  {question.upper()}  ") is subject


def test_AI_01_no_word_belongs_to_two_subjects_and_every_answer_is_said_in_every_language():
    words = [word for many in WORDS.values() for word in many]
    assert len(words) == len(set(words))
    card = ParcelCard("p1", "Until 4 Mar", "A1", "A1", "SF", "3 d", 300, True, True, True, False)
    fee = "After 72 hours each 12 hours begun cost 0.50 CNY."
    for cards in ((), (card,)):
        for question in (many[0] for many in QUESTIONS.values()):
            answer = answered(question, BotFacts(cards=cards, hours="24/7", address="x", fee=fee, phone="1"))
            for language in LANGUAGES:
                said = translate(language, answer.key, **answer.fills)
                assert said != answer.key
                assert "{" not in said
                assert all(translate(language, word) != word for word, _ in answer.ways)
            assert len(answer.ways) >= len(answer.parcels)


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as home:
        yield home


async def ask(phone, question):
    return await phone.send(await phone.get("/ask"), "/ask", {"question": ""}, question=question)


async def test_AI_01_an_answer_is_of_my_own_parcels_and_a_new_code_is_one_touch(home):
    bench = home.bench
    await bench.resident("9-999", "Somebody Else", "+8613800000009")
    await bench.store("SF2", recipient={"unit": "9-999"})
    phone = await home.at_home()
    assert "No parcel of yours is here" in (await ask(phone, "Where is my parcel?")).text
    stored = await bench.store("SF1")
    page = await ask(phone, "Where is my parcel?")
    assert "1 parcel of yours is here" in page.text
    assert f'href="/parcels/{stored["parcel"]}"' in page.html
    assert page.html.count('class="row"') == 1, "of a parcel of somebody else nothing is told"
    page = await ask(phone, "没收到取件码")
    await phone.send(page, f"/parcels/{stored['parcel']}/new-code")
    assert len(await bench.events("CodeRenewed")) == 1
    assert "Code and door" in page.text


async def test_AI_01_what_is_not_understood_becomes_a_case_only_if_a_person_is_wanted(home):
    phone = await home.at_home()
    page = await ask(phone, "The weather is nice")
    assert "I did not understand this." in page.text
    assert await home.bench.events("CaseOpened") == []
    case = await phone.send(page, "/ask/person")
    assert case.status == 200
    (opened,) = await home.bench.events("CaseOpened")
    number = opened["data"]["case"]
    assert number in case.text
    assert "The weather" not in str(await home.bench.events()), "what was asked stands in the case alone"
    assert (await phone.post("/ask/person", question=" ")).status == 200
    assert len(await home.bench.events("CaseOpened")) == 1


async def test_AI_01_a_question_cannot_break_the_page(home):
    phone = await home.at_home()
    page = await ask(phone, '<script>alert(1)</script>" {n} %s 我')
    assert page.status == 200
    assert "<script>alert" not in page.html


async def test_CRM_07_a_function_on_trial_is_there_for_the_pilot_group_alone(home):
    rules, phone = home.context.rules, await home.at_home()
    assert 'href="/ask"' in (await phone.get("/")).html
    only = Pilot(functions=(PilotFunction.HELP_BOT,))
    await rules.add(NewVersion(1, only, "first with those who want it"), "staff:he.jun")
    assert 'href="/ask"' not in (await phone.get("/")).html
    assert (await phone.get("/ask")).status == 409
    form = await phone.get("/wishes")
    await phone.send(form, "/wishes", pilot="on", rules="yes", channel="phone")
    assert home.context.wishes.of(home.resident).pilot
    assert 'href="/ask"' in (await phone.get("/")).html
    assert (await phone.get("/ask")).status == 200
    await phone.send(await phone.get("/wishes"), "/wishes", rules="yes", channel="phone")
    page = await phone.get("/wishes")
    fields = page.form("/wishes")
    fields.pop("pilot", None)
    await phone.post("/wishes", **fields)
    assert (await phone.get("/ask")).status == 409, "whoever leaves has it no more"
