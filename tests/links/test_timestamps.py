"""N2: an outside authority (RFC 3161) says when a checkpoint was. Both ends are judged by openssl."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from timestamp_bench import an_authority, openssl, reply, served

from links.options import TimestampOptions
from links.timestamp_authority import open_authority
from locker.errors import HardwareFault, SettingsError
from locker.time_stamp import BadStamp, stamp_request, stamped_at

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
NOTE = "lockerd/riverside-1\n12\nroot\n\n— lockerd/riverside-1 signature\n".encode()


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return an_authority(tmp_path_factory.mktemp("tsa") / "ours", "Our stamps")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return an_authority(tmp_path_factory.mktemp("tsa") / "other", "Others")


def test_N2_what_is_asked_is_a_hash_and_the_answer_holds_for_these_bytes_alone(ours, other):
    request = stamp_request(NOTE)
    assert len(request) == 59
    said = openssl("ts", "-query", "-in", "/dev/stdin", "-text", input=request).stdout.decode()
    assert "Hash Algorithm: sha256" in said
    answer = reply(ours, request)
    at = stamped_at(NOTE, answer, ours / "roots.pem")
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=2)
    for content, stamp, roots in (
        (NOTE + b" ", answer, ours),
        (NOTE, answer, other),
        (NOTE, answer[:-1] + bytes([answer[-1] ^ 1]), ours),
        (NOTE, b"", ours),
        (NOTE, b"<html>", ours),
    ):
        with pytest.raises(BadStamp):
            stamped_at(content, stamp, roots / "roots.pem")


async def test_N2_an_answer_is_kept_only_when_it_is_verified_under_the_roots_of_the_site(ours, other):
    async with served(lambda request: reply(ours, request)) as url:
        async with open_authority(TimestampOptions(url=url, roots=ours / "roots.pem")) as authority:
            assert stamped_at(NOTE, await authority.stamp(NOTE), ours / "roots.pem")
        async with open_authority(TimestampOptions(url=url, roots=other / "roots.pem")) as authority:
            with pytest.raises(HardwareFault, match=r"timestamps\.roots"):
                await authority.stamp(NOTE)
    async with open_authority(TimestampOptions(url=url, roots=ours / "roots.pem")) as authority:
        with pytest.raises(HardwareFault, match="cannot be reached"):
            await authority.stamp(NOTE)
    async with (
        served(lambda _: b"busy", "503 No") as url,
        open_authority(TimestampOptions(url=url, roots=ours / "roots.pem")) as authority,
    ):
        with pytest.raises(HardwareFault, match="503"):
            await authority.stamp(NOTE)
    async with (
        served(lambda _: b"x" * 65_537) as url,
        open_authority(TimestampOptions(url=url, roots=ours / "roots.pem")) as authority,
    ):
        with pytest.raises(HardwareFault, match="no stamp"):
            await authority.stamp(NOTE)


async def test_roots_that_are_not_there_are_said_at_the_start(tmp_path):
    with pytest.raises(SettingsError, match=r"timestamps\.roots"):
        async with open_authority(TimestampOptions(url="http://127.0.0.1:1/", roots=tmp_path / "none.pem")):
            pass
