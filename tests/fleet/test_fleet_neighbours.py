"""mosquitto under the files of the guide: a locker has its own topics only, and is nobody without a certificate."""

import asyncio
import re
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fleet_servers import Broker, answers, free_port, until
from fleet_wire import Wire

GUIDE = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text(encoding="utf-8")
LEAVES = ("ev", "hello", "state", "online", "checkpoint", "result", "ack", "order")
PATIENCE_S = 60


def block(name):
    """A file of the guide, by the comment at its head."""
    return re.search(rf"```conf\n# {re.escape(name)}\n(.*?)```", GUIDE, re.DOTALL)[1]


class Authority:
    """Signs whoever may connect; the name is in the certificate."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lockers of a test")])
        self._write("ca", self._signed(self.subject, self.key, ca=True), self.key)

    def issue(self, name):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._write(name, self._signed(subject, key, ca=False), key)

    def context(self, name=None):
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        if name:
            context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def _signed(self, subject, key, *, ca):
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self.subject).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        made = made.not_valid_after(now + timedelta(hours=1))
        made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        return made.sign(self.key, hashes.SHA256())

    def _write(self, name, certificate, key):
        pem = serialization.Encoding.PEM
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.folder / f"{name}.key").write_bytes(private)


@pytest.fixture
def authority(tmp_path):
    authority = Authority(tmp_path / "authority")
    for name in ("localhost", "harbour-2", "garden-3", "fleetd", "homeassistant"):
        authority.issue(name)
    return authority


@pytest.fixture
def guide_broker(tmp_path, authority):
    (tmp_path / "acl").write_text(block("/etc/mosquitto/lockers.acl"), encoding="utf-8")
    text = block("/etc/mosquitto/conf.d/lockers.conf")
    lockers, centre = free_port(), free_port()
    for old, new in (
        ("listener 8883", f"listener {lockers} 127.0.0.1"),
        ("listener 8884", f"listener {centre} 127.0.0.1"),
        ("/etc/mosquitto/lockers.acl", str(tmp_path / "acl")),
        ("/etc/mosquitto/certs/ca.pem", str(authority.folder / "ca.pem")),
        ("/etc/mosquitto/certs/broker.pem", str(authority.folder / "localhost.pem")),
        ("/etc/mosquitto/certs/broker.key", str(authority.folder / "localhost.key")),
    ):
        assert old in text
        text = text.replace(old, new)
    broker = Broker(tmp_path / "broker")
    config = tmp_path / "broker" / "mosquitto.conf"
    config.write_text(f"user root\npersistence true\npersistence_location {tmp_path}/broker/\n{text}")
    broker.port, broker.centre = lockers, centre
    broker.start()
    until(lambda: answers(centre), "the broker's listener for the centre")
    yield broker
    broker.kill()


def connect(port, authority, name, identifier=None):
    context = authority.context(name)
    return aiomqtt.Client(
        "localhost", port, identifier=identifier, tls_context=context, protocol=aiomqtt.ProtocolVersion.V5
    )


async def heard(client, seconds):
    """What comes until nothing comes any more."""
    found = []
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(seconds):
                message = await anext(client.messages)
            found.append((str(message.topic), message.payload))
    return found


async def test_a_locker_writes_no_topic_of_its_neighbour_and_no_order_of_its_own(guide_broker, authority):
    forged = [f"garden-3/{leaf}" for leaf in LEAVES] + ["harbour-2/order", "harbour-2/ack"]
    async with (
        connect(guide_broker.centre, authority, "fleetd") as centre,
        connect(guide_broker.port, authority, "garden-3") as neighbour,
    ):
        await centre.subscribe("lockers/#", 1)
        await neighbour.subscribe("lockers/garden-3/#", 1)
        for topic in forged:
            with suppress(aiomqtt.MqttError):  # this broker cuts off whoever tries
                async with connect(guide_broker.port, authority, "harbour-2") as thief:
                    await thief.publish(f"lockers/{topic}", b"forged", 1, retain=True)
        async with connect(guide_broker.port, authority, "harbour-2") as honest:
            await honest.publish("lockers/harbour-2/ev", b"own", 1)
        assert await heard(centre, 1) == [("lockers/harbour-2/ev", b"own")]
        assert await heard(neighbour, 1) == []


async def test_a_locker_reads_no_topic_of_its_neighbour(guide_broker, authority):
    async with (
        connect(guide_broker.centre, authority, "fleetd") as centre,
        connect(guide_broker.port, authority, "garden-3") as neighbour,
        connect(guide_broker.port, authority, "harbour-2") as thief,
    ):
        await neighbour.publish("lockers/garden-3/state", b"kept", 1, retain=True)
        await thief.subscribe([(topic, 1) for topic in ("#", "lockers/#", "lockers/garden-3/order", "lockers/+/state")])
        await neighbour.publish("lockers/garden-3/ev", b"told", 1)
        await centre.publish("lockers/garden-3/order", b"for garden-3", 1)
        await centre.publish("lockers/harbour-2/order", b"for harbour-2", 1)
        assert {payload for _, payload in await heard(thief, 1)} == {b"for harbour-2"}


async def test_a_locker_cannot_take_the_session_of_its_neighbour(guide_broker, authority):
    async with connect(guide_broker.port, authority, "garden-3", "locker-garden-3") as neighbour:
        await neighbour.subscribe("lockers/garden-3/order", 1)
        async with connect(guide_broker.port, authority, "harbour-2", "locker-garden-3"):
            async with connect(guide_broker.centre, authority, "fleetd") as centre:
                await centre.publish("lockers/garden-3/order", b"for garden-3", 1)
            assert await heard(neighbour, 1) == [("lockers/garden-3/order", b"for garden-3")]


async def test_without_a_certificate_of_ours_nobody_connects(guide_broker, authority, tmp_path):
    stranger = Authority(tmp_path / "stranger")
    stranger.issue("harbour-2")
    context = authority.context()
    context.load_cert_chain(stranger.folder / "harbour-2.pem", stranger.folder / "harbour-2.key")
    for port in (guide_broker.port, guide_broker.centre):
        for tls in (authority.context(), context):
            with pytest.raises(aiomqtt.MqttError):
                async with aiomqtt.Client("localhost", port, tls_context=tls, timeout=3):
                    pass


def harbour(bench, broker, authority, **more):
    """The link of a locker with its own certificate."""
    folder = authority.folder
    files = {"ca": folder / "ca.pem", "certificate": folder / "harbour-2.pem", "private_key": folder / "harbour-2.key"}
    told = {name: str(path) for name, path in files.items()}
    return Wire(bench, "harbour-2", broker.port, broker=f"mqtts://localhost:{broker.port}", **told, **more)


async def test_the_link_of_a_locker_works_under_the_rules_of_the_guide(bench, guide_broker, authority):
    wire = harbour(bench, guide_broker, authority)
    async with connect(guide_broker.centre, authority, "fleetd") as centre:
        await centre.subscribe("$share/fleetd/lockers/+/hello", 1)
        await centre.subscribe("lockers/#", 1)
        wire.start()
        leaves = set()
        async with asyncio.timeout(PATIENCE_S):
            while leaves < {"hello", "online", "state", "ev"}:
                leaves.add(str((await anext(centre.messages)).topic).rsplit("/", 1)[1])
        await wire.stop()


async def test_home_assistant_reads_what_it_shows_and_writes_nothing(bench, guide_broker, authority):
    wire = harbour(bench, guide_broker, authority, home_assistant="homeassistant")
    shown = {"homeassistant/device/harbour-2/config", "lockers/harbour-2/state", "lockers/harbour-2/online"}
    forged = [f"lockers/harbour-2/{leaf}" for leaf in ("ev", "state", "ack", "order")]
    forged += ["lockers/homeassistant/ev", "lockers/homeassistant/hello"]
    forged += [f"homeassistant/device/{site}/config" for site in ("harbour-2", "homeassistant")]
    wire.start()
    async with connect(guide_broker.centre, authority, "fleetd") as centre:
        async with connect(guide_broker.port, authority, "homeassistant") as reader:
            await reader.subscribe([("#", 1), ("lockers/#", 1), ("homeassistant/#", 1), ("lockers/+/order", 1)])
            found = {}
            while not found.keys() >= shown:
                found |= await one_more(reader)
            await reader.publish("homeassistant/status", b"online")  # it does so by itself, and is not cut off for it
            while "homeassistant/status" not in found:
                found |= await one_more(reader)
            await centre.publish("lockers/harbour-2/order", b"for harbour-2", 1)
            await centre.publish("lockers/garden-3/state", b"last", 1)
            while "lockers/garden-3/state" not in found:
                found |= await one_more(reader)
        for topic in forged:
            with suppress(aiomqtt.MqttError):  # this broker cuts off whoever tries
                async with connect(guide_broker.port, authority, "homeassistant") as forger:
                    await forger.publish(topic, b"forged", 1, retain=True)
        await centre.subscribe("lockers/#", 1)
        await centre.publish("lockers/garden-3/online", b"last", 1, retain=True)
        told = {}
        while told.get("lockers/garden-3/online") != b"last":
            told |= await one_more(centre)
        async with connect(guide_broker.port, authority, "homeassistant") as reader:
            await reader.subscribe([("homeassistant/#", 1), ("lockers/garden-3/online", 1)])
            while "lockers/garden-3/online" not in (kept := await one_more(reader)):
                told |= kept
    await wire.stop()
    assert found.keys() == shown | {"homeassistant/status", "lockers/garden-3/state"}
    assert {"lockers/harbour-2/online", "homeassistant/device/harbour-2/config"} <= told.keys()
    assert b"forged" not in told.values()


async def one_more(client):
    """The next message: its topic and what it says."""
    async with asyncio.timeout(PATIENCE_S):
        message = await anext(client.messages)
    return {str(message.topic): message.payload}
