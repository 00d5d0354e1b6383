"""A new locker gets its own certificate by a token that is good once, and loses it when somebody says so."""

import asyncio
import hashlib
import hmac
import io
import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import uvicorn
from cryptography import x509
from fleet_servers import free_port

from fleet.authority import Authority, RequestRefused
from fleet.enrolment import NameRefused, NotEnrolled, enrol, new_token, read_request, revoke
from fleet.overview import Need, lockers
from fleet.pages.app import pages_app
from fleet.schema import migrate
from fleet.settings import FleetSettings
from links.enrolment import ANSWER_LABEL, REQUEST_LABEL, certificate_request, new_key, read_answer
from locker.errors import SettingsError
from lockerd.main import main

SITE = Path(__file__).parents[2] / "firmware_config" / "sites" / "demo-12.toml"


@pytest.fixture
async def db(database):
    async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as connection:
        await migrate(connection)
        await connection.execute("truncate locker, enrolment, certificate cascade")
        yield connection


@pytest.fixture
def settings(database, tmp_path):
    return FleetSettings(
        "mqtt://127.0.0.1:1", database.dsn, tmp_path / "keys", lockers_broker="mqtts://broker.test:8883"
    )


def asked(token, request=None, **more):
    name, secret = token.split(".")
    request = request or certificate_request(new_key(), "x")
    mac = hmac.new(bytes.fromhex(secret), REQUEST_LABEL + request.encode(), hashlib.sha256).hexdigest()
    return json.dumps({"id": name, "request": request, "mac": mac, **more}).encode()


async def test_O3_a_token_gives_one_certificate_for_its_name_and_the_same_request_the_same_again(db, settings):
    token = await new_token(db, "harbour-2", "wu.min")
    body = asked(token)
    told = read_answer(await enrol(db, settings, read_request(body)), bytes.fromhex(token.split(".")[1]))
    assert read_answer(await enrol(db, settings, read_request(body)), bytes.fromhex(token.split(".")[1])) == told
    certificate = x509.load_pem_x509_certificate(told.certificate.encode())
    (name,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert (name.value, told.locker, told.broker) == ("harbour-2", "harbour-2", "mqtts://broker.test:8883")
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(told.authority.encode()))
    with pytest.raises(NotEnrolled):
        await enrol(db, settings, read_request(asked(token)))  # another key


async def test_O3_a_token_that_is_guessed_old_replaced_or_altered_gives_nothing(db, settings):
    token = await new_token(db, "harbour-2", "wu.min")
    name, _ = token.split(".")
    bad = [asked(f"{name}.{'0' * 40}"), asked(f"{'0' * 12}.{token.split('.')[1]}"), b"{", b"[]", b'{"id":"\x00"}']
    bad += [asked(token, mac="0"), asked(token, request="x"), asked(token, mac="\u00e9")]
    for body in bad:
        with pytest.raises(NotEnrolled):
            await enrol(db, settings, read_request(body))
    newer = await new_token(db, "harbour-2", "wu.min")
    with pytest.raises(NotEnrolled):
        await enrol(db, settings, read_request(asked(token)))
    await db.execute("update enrolment set not_after = now() - interval '1 second'")
    with pytest.raises(NotEnrolled):
        await enrol(db, settings, read_request(asked(newer)))
    for wrong in ("", "a b", "x" * 65, "\x00"):
        with pytest.raises(NameRefused):
            await new_token(db, wrong, "wu.min")


def test_O3_the_locker_believes_no_answer_but_that_of_who_made_the_token():
    secret, told = b"s" * 20, json.dumps(dict.fromkeys(("locker", "certificate"), "x"))
    whole = json.dumps(dict.fromkeys(("locker", "certificate", "authority", "broker", "topic", "operator_key"), "x"))
    mac = hmac.new(secret, ANSWER_LABEL + whole.encode(), hashlib.sha256).hexdigest()
    assert read_answer(json.dumps({"told": whole, "mac": mac}).encode(), secret).locker == "x"
    for answer in ({"told": whole.replace("x", "y"), "mac": mac}, {"told": whole}, {"told": told, "mac": mac}, []):
        with pytest.raises(SettingsError):
            read_answer(json.dumps(answer).encode(), secret)


def test_only_a_request_of_a_P_256_key_is_signed(tmp_path):
    authority = Authority(tmp_path)
    assert Authority(tmp_path).pem == authority.pem
    assert (tmp_path / "authority.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(RequestRefused):
        authority.sign_request("-----BEGIN NOTHING-----", "x", datetime.now(UTC))


async def test_O3_a_revoked_certificate_stands_in_the_list_and_one_that_ends_needs_somebody(db, settings):
    token = await new_token(db, "harbour-2", "wu.min")
    await enrol(db, settings, read_request(asked(token)))
    await db.execute("update certificate set not_after = now() + interval '20 days'")
    await db.execute("update locker set online = true")
    (line,) = await lockers(db)
    assert (line.need, line.reasons) == (Need.SOON, (("fleet.need_certificate", {"n": 19}),))
    count, path = await revoke(db, settings, "harbour-2")
    (serial,) = await (await db.execute("select serial from certificate")).fetchone()
    listed = x509.load_pem_x509_crl(path.read_bytes())
    assert (count, [f"{each.serial_number:x}" for each in listed]) == (1, [serial])
    authority = x509.load_pem_x509_certificate((settings.folder / "authority.pem").read_bytes())
    assert listed.is_signature_valid(authority.public_key())


async def test_O3_lockerd_enrol_writes_key_certificate_and_site_file(db, settings, tmp_path, monkeypatch, capsys):
    text = SITE.read_text(encoding="utf-8")
    told = tomllib.loads(text)
    (tmp_path / "data").mkdir()
    text = re.sub(r"(?m)^data = .*$", f'data = "{tmp_path}/data"', text)
    site = tmp_path / "site.toml"
    site.write_text(text, encoding="utf-8")
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(pages_app(settings), host="127.0.0.1", port=port, log_level="critical"))
    serving = asyncio.create_task(server.serve())
    command = ["enrol", "--config", str(site), "--centre", f"http://127.0.0.1:{port}/"]

    async def typed(text):
        monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))
        return await asyncio.to_thread(main, command)

    async with asyncio.timeout(30):
        while not server.started:  # noqa: ASYNC110  it has no word for it
            await asyncio.sleep(0.02)
    try:
        assert await typed("no token") == 1
        assert await typed(await new_token(db, "another", "wu.min")) == 1
        assert f"this token is for another, and this cabinet is {told['site']['id']}" in capsys.readouterr().err
        assert "mqtt" not in tomllib.loads(site.read_text())
        assert await typed(await new_token(db, told["site"]["id"], "wu.min")) == 0
    finally:
        server.should_exit = True
        await serving
    mqtt = tomllib.loads(site.read_text())["mqtt"]
    key = tmp_path / "data" / "broker" / "locker.key"
    assert (mqtt["broker"], mqtt["private_key"]) == ("mqtts://broker.test:8883", str(key))
    assert (key.stat().st_mode & 0o777, sorted(each.name for each in key.parent.iterdir())) == (
        0o600,
        ["authority.pem", "locker.key", "locker.pem"],
    )
    assert (await typed("no token")) == 1  # the new site file is whole: it is read before anything else
    assert "this is no token" in capsys.readouterr().err
