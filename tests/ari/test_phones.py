"""Browsers' phones on the switch: the same cases on the fake of the tests and on the real Asterisk."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from ari.conftest import address_of
from callcenter.ari.client import Address, AriClient
from callcenter.ari.errors import NotFoundError
from callcenter.ari.phones import PhonesOnAsterisk
from callcenter.ari.sip_lines import AsteriskLines
from callcenter.domain.calls.telephony import TelephonyError, TelephonyUnavailable
from callcenter.engine.ports import PhonesAtRunTime
from fakes.phones import FakePhones
from lab.lab import Lab

NOWHERE = Address("http://127.0.0.1:1/ari", "x", "x")
OPTIONS = """\
OPTIONS sip:callcenter.invalid SIP/2.0
Via: SIP/2.0/WS x.invalid;branch=z9hG4bK1
Max-Forwards: 70
To: <sip:x@callcenter.invalid>
From: <sip:x@callcenter.invalid>;tag=1
Call-ID: 1
CSeq: 1 OPTIONS
Contact: <sip:x@x.invalid;transport=ws>
Content-Length: 0

""".replace("\n", "\r\n")


@pytest.fixture
async def client(lab: Lab) -> AsyncIterator[AriClient]:
    async with AriClient(address_of(lab)) as client:
        yield client


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.asterisk)])
async def phones(request: pytest.FixtureRequest) -> AsyncIterator[PhonesAtRunTime]:
    if request.param == "fake":
        yield FakePhones()
        return
    lab: Lab = request.getfixturevalue("lab")
    async with AriClient(address_of(lab)) as client:
        yield PhonesOnAsterisk(client, f"test{uuid4().hex[:8]}")


async def test_a_phone_is_made_once_listed_and_removed_once(phones: PhonesAtRunTime) -> None:
    first, second = f"{phones.prefix}1", f"{phones.prefix}2"
    assert await phones.names() == frozenset()
    for _ in range(2):
        await phones.make(first, "secret")
    await phones.make(second, "secret")
    assert await phones.names() == {first, second}
    for _ in range(2):
        await phones.remove(first)
    assert await phones.names() == {second}
    await phones.make(first, "another")
    assert await phones.names() == {first, second}
    for name in (first, second):
        await phones.remove(name)
    assert await phones.names() == frozenset()


@pytest.mark.asterisk
async def test_a_phone_has_encrypted_sound_and_no_more_rights_than_a_desk_phone(client: AriClient) -> None:
    phones = PhonesOnAsterisk(client, f"test{uuid4().hex[:8]}")
    name = f"{phones.prefix}1"
    await phones.make(name, "secret")
    told = await client.asterisk.get_object("res_pjsip", "endpoint", name)
    found = {each.attribute: each.value for each in told}
    wanted = {
        "webrtc": "yes",
        "media_encryption": "dtls",
        "context": "from-agents",
        "direct_media": "false",
        "rtp_timeout": "10",
        "allow": "(opus|alaw|ulaw)",
    }
    assert {key: found[key] for key in wanted} == wanted
    await phones.remove(name)
    for kind in ("aor", "auth", "endpoint"):
        with pytest.raises(NotFoundError):
            await client.asterisk.get_object("res_pjsip", kind, name)


async def test_a_switch_out_of_reach_is_told(phones: PhonesAtRunTime) -> None:
    async with AriClient(NOWHERE) as nowhere:
        if isinstance(phones, FakePhones):
            phones.away = True
        else:
            phones = PhonesOnAsterisk(nowhere, "x")
        name = f"{phones.prefix}1"
        for ask in (lambda: phones.make(name, "x"), lambda: phones.remove(name), phones.names):
            with pytest.raises(TelephonyError):
                await ask()


@pytest.mark.asterisk
async def test_a_line_speaks_sip_with_asterisk(lab: Lab) -> None:
    url = lab.switch.ari_url.replace("http", "ws").replace("/ari", "/ws")
    async with AsteriskLines(url) as lines, lines.open() as line:
        await line.send(OPTIONS)
        async for frame in line.frames():
            assert frame.startswith("SIP/2.0 ")
            break


async def test_no_line_is_had_where_nobody_listens_or_speaks_sip(lab: Lab) -> None:
    for url in ("ws://127.0.0.1:1/ws", lab.switch.ari_url.replace("http", "ws")):
        async with AsteriskLines(url) as lines:
            with pytest.raises(TelephonyUnavailable):
                async with lines.open():
                    pass
