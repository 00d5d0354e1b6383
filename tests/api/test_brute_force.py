"""What somebody gets who guesses without a pause: at the keypad, with tokens and QR codes, at both steps of signing in.

Each test counts how many guesses are evaluated at all, and that whoever is right still comes through.
"""

import secrets

import pytest
from staff_bench import PASSWORD, an_office

from locker.labels import TOKEN_PREFIX
from locker.services.people import Role

ATTACKER = "198.51.100.66"


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def test_keypad_of_two_hundred_codes_a_dozen_are_evaluated_and_the_right_one_still_opens(office):
    stored = await office.bench.store()
    kiosk = await office.bench.client("pickup")
    answers = []
    for number in range(200):
        guess = f"{number:08d}" if f"{number:08d}" != stored["code"] else "99999999"
        answer = await kiosk.post("/pickups", json={"code": guess})
        answers.append(answer.json()["code"])
        office.bench.clock.advance(1)
    assert answers.count("unknown-code") <= 12
    assert set(answers) <= {"unknown-code", "throttled", "second-needed"}
    assert office.bench.doors.pulses == [stored["compartment"]], "the deposit's own pulse and no other"
    office.bench.clock.advance(1)
    opened = await kiosk.post("/pickups", json={"code": stored["code"], "second": "0001"})
    assert opened.status_code == 201


async def test_keypad_a_guesser_at_one_source_slows_no_other_one_down(office):
    stored = await office.bench.store()
    guesser, other = await office.bench.client("pickup"), await office.bench.client("pickup", "read")
    for number in range(15):
        await guesser.post("/pickups", json={"code": f"{number:08d}"})
        office.bench.clock.advance(1)
    assert (await other.post("/pickups", json={"code": stored["code"]})).status_code == 201


async def test_QR_guessed_tokens_open_nothing_and_keep_nobody_out(office):
    stored = await office.bench.store()
    kiosk = await office.bench.client("pickup")
    for _ in range(40):
        guess = TOKEN_PREFIX + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(26))
        answer = await kiosk.post("/pickups", json={"token": guess})
        assert answer.json()["code"] in {"unknown-code", "throttled"}
        office.bench.clock.advance(1)
    assert (await kiosk.post("/pickups", json={"token": stored["token"]})).status_code == 201


async def test_token_guesses_are_all_answered_alike_and_wake_nothing(office):
    known = await office.bench.token("read")
    reader = await office.bench.client("read")
    events = len(await office.bench.events())
    bodies = set()
    near = [known[:-1], known + "A", known.swapcase(), known[:-1] + ("A" if known[-1] != "A" else "B"), "", "lk_"]
    for guess in [*near, *(f"lk_{secrets.token_urlsafe(32)}" for _ in range(100))]:
        answer = await reader.get("/compartments", headers={"Authorization": f"Bearer {guess}"})
        bodies.add((answer.status_code, answer.text))
    assert len(bodies) == 1
    assert bodies.pop()[0] == 401
    assert (await reader.get("/compartments")).status_code == 200
    assert len(await office.bench.events()) == events, "no guess costs the card a write"


async def test_X4_sign_in_half_an_hour_of_guesses_is_forty_and_the_owner_comes_in(office):
    await office.account("chen", Role.SUPERVISOR, source="192.0.2.1")
    home = office.browser(source="192.0.2.1-chen")
    assert (await home.sign_in("chen")).status == 200
    stranger, evaluated = office.browser(source=ATTACKER), 0
    end = office.bench.clock.now().timestamp() + 1800
    while office.bench.clock.now().timestamp() < end:
        answer = await stranger.raw("/sign-in", {"name": "chen", "password": f"guess-number-{evaluated}"})
        if answer.status_code == 429:
            office.bench.clock.advance(int(answer.headers["retry-after"]))
        else:
            assert answer.status_code == 401
            evaluated += 1
    assert evaluated <= 40
    owner = office.browser(source="192.0.2.1-chen")
    assert (await owner.sign_in("chen")).status == 200


async def test_X4_TOTP_of_a_day_of_guesses_by_a_thief_of_the_password_forty_are_evaluated(office):
    await office.account("chen", Role.SUPERVISOR)
    thief, evaluated = office.browser(source=ATTACKER), 0
    end = office.bench.clock.now().timestamp() + 86400
    while office.bench.clock.now().timestamp() < end:
        answer = await thief.raw("/sign-in/code", {"code": f"{evaluated:06d}"})
        if answer.status_code == 429:
            office.bench.clock.advance(int(answer.headers["retry-after"]))
        elif answer.status_code == 401:
            evaluated += 1
        else:
            begun = await thief.raw("/sign-in", {"name": "chen", "password": PASSWORD})
            if begun.status_code == 429:
                office.bench.clock.advance(int(begun.headers["retry-after"]))
    assert 20 <= evaluated <= 40
    noted = [each["data"]["what"] for each in await office.bench.events("Noted")]
    assert noted.count("staff-code-wrong") >= evaluated
    assert "staff-signed-in" not in noted
