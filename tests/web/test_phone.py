"""`/phone` and what belongs to it: for the agent's own browser, as himself, as long as he is signed in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from callcenter.domain.calls.call import CallState
from callcenter.domain.people import Agent, PhoneChoice
from callcenter.web.phone.socket import LARGEST_FRAME, MOST_SOCKETS
from callcenter.web.sockets import RECHECK_SECONDS
from web.visiting import Person, Site, Visitor

Socket = aiohttp.ClientWebSocketResponse


def register(name: str) -> str:
    lines = (
        "REGISTER sip:callcenter.invalid SIP/2.0",
        f"To: <sip:{name}@callcenter.invalid>",
        f"From: <sip:{name}@callcenter.invalid>;tag=1",
        "CSeq: 1 REGISTER",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", ""))


def accepted(contact: str) -> str:
    lines = ("SIP/2.0 200 OK", "CSeq: 1 REGISTER", contact, "Content-Length: 0")
    return "\r\n".join((*(line for line in lines if line), "", ""))


@asynccontextmanager
async def phone(visitor: Visitor) -> AsyncIterator[Socket]:
    async with visitor.session.ws_connect("/phone", protocols=("sip",)) as socket:
        yield socket


async def name_of(visitor: Visitor) -> str:
    answer = await visitor.post("/phone/credential")
    assert answer.status == 201, answer.text
    return str(answer.json["user"])


async def closed(socket: Socket) -> int | None:
    message = await socket.receive(timeout=10)
    assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}, message
    return socket.close_code


async def refused(visitor: Visitor, **headers: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await visitor.session.ws_connect("/phone", protocols=("sip",), headers=headers)
    return error.value.status


async def admitted(visitor: Visitor) -> bool:
    try:
        async with phone(visitor):
            return True
    except aiohttp.WSServerHandshakeError as error:
        if error.status != 429:
            raise
        return False


async def test_messages_pass_both_ways_and_the_service_knows_who_is_registered(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    name = await name_of(agent)
    async with phone(agent) as socket:
        assert socket.protocol == "sip"
        await socket.send_str("\r\n\r\n")
        await socket.send_str(register(name))
        (line,) = site.lines.opened
        for told, connected in ((f"Contact: <sip:{name}@x>", True), ("", False), (f"Contact: <sip:{name}@x>", True)):
            line.tell(accepted(told))
            assert await socket.receive_str(timeout=10) == accepted(told)
            assert (await agent.get("/phone")).json["connected"] is connected
        assert line.said == [register(name)]
        assert site.story.service.handsets.of_agent("agent-1001") == f"PJSIP/{name}"
        assert site.story.service.handsets.of_agent("agent-1002") is None
    async with asyncio.timeout(10):
        while (await agent.get("/phone")).json["connected"]:  # noqa: ASYNC110 (the socket's end is told to nobody)
            await asyncio.sleep(0.01)


async def test_who_speaks_as_another_is_cut_off_and_written_down(site: Site) -> None:
    agent, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.OTHER_AGENT)
    theirs = await name_of(other)
    async with phone(agent) as socket:
        await socket.send_str(register(theirs))
        assert await closed(socket) == 1008
    assert site.lines.opened[0].said == []
    (deed,) = [each.deed for each in await site.audit() if each.deed.on_kind == "phone"]
    assert (deed.action, deed.login) == ("access_refused", Person.AGENT.value)
    assert deed.detail["why"] == "speaks as somebody else"


@pytest.mark.parametrize("frame", [b"REGISTER", "x" * (LARGEST_FRAME + 1), "GET / HTTP/1.1\r\n\r\n"])
async def test_what_is_no_sip_or_too_large_ends_the_line(site: Site, frame: str | bytes) -> None:
    agent = await site.sign_in(Person.AGENT)
    async with phone(agent) as socket:
        await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))
        assert await closed(socket) in {1008, 1009}
    assert site.lines.opened[0].said == []


async def test_whoever_signs_out_loses_socket_and_phone_at_once(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    name = await name_of(agent)
    assert name in site.phones.made
    async with phone(agent) as socket:
        assert (await agent.ask("DELETE", "/session")).status == 204
        assert await closed(socket) == 1008
    assert name not in site.phones.made
    assert await refused(agent) == 401


async def test_a_sign_in_that_another_process_ended_ends_the_socket(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    name = await name_of(agent)
    async with phone(agent) as socket:
        (session,) = (await agent.get("/sessions")).json["items"]
        await site.story.books.accounts.end_session(session["id"], (await site.account(Person.AGENT)).id)
        await site.story.clock.advance(2 * RECHECK_SECONDS)
        assert await closed(socket) == 1008
    assert name not in site.phones.made


async def test_an_agent_who_becomes_another_loses_the_phone(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    await name_of(agent)
    await site.story.add_agent(1003)
    account = await site.account(Person.AGENT)
    async with phone(agent) as socket:
        await site.parts.accounts.change(account.id, account.version, {"agent_id": "agent-1003"})
        assert await closed(socket) == 1008
    assert site.phones.made == {}


async def test_a_line_that_the_switch_closes_ends_the_socket_as_one_that_may_come_again(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    async with phone(agent) as socket:
        site.lines.opened[0].close()
        assert await closed(socket) == 1001


async def test_other_sites_programs_and_plain_requests_get_no_line(site: Site) -> None:
    agent, token = await site.sign_in(Person.AGENT), await site.with_token(Person.AGENT)
    assert await refused(agent, Origin="https://evil.example") == 403
    assert await refused(token) == 403
    assert (await token.post("/phone/credential")).status == 403
    async with agent.session.get("/phone") as response:
        assert response.status == 400
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await agent.session.ws_connect("/phone", protocols=("other",))
    assert error.value.status == 400
    assert site.lines.opened == []


async def test_one_sign_in_has_so_many_lines_and_no_more(site: Site) -> None:
    agent, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.AGENT)
    sockets = [await agent.session.ws_connect("/phone", protocols=("sip",)) for _ in range(MOST_SOCKETS)]
    assert await refused(agent) == 429
    async with phone(other):
        pass
    await sockets[0].close()
    async with asyncio.timeout(10):
        while not await admitted(agent):  # noqa: ASYNC110 (the socket's end is told to nobody)
            await asyncio.sleep(0.01)
    for socket in sockets:
        await socket.close()


async def test_a_switch_out_of_reach_is_told_as_such(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    site.lines.away = True
    assert await refused(agent) == 503
    site.phones.away = True
    assert await refused(agent) == 503
    assert (await agent.post("/phone/credential")).status == 503


async def test_an_agent_chooses_his_phone_and_only_one_that_he_has(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    shown = (await agent.get("/phone")).json
    assert shown == {"choice": "desk", "desk": "PJSIP/agent-1001", "connected": False, "ready": True, "call": None}
    shown = (await agent.ask("PUT", "/phone", {"choice": "browser"})).json
    assert (shown["choice"], shown["ready"]) == ("browser", False)
    assert (await agent.ask("PUT", "/phone", {"choice": "fax"})).status == 422
    people = site.story.books.people
    await people.add_agent(Agent("agent-1001", "1001", "坐席", "客服部", "", PhoneChoice.BROWSER))
    assert (await agent.ask("PUT", "/phone", {"choice": "desk"})).status == 409
    assert (await agent.get("/phone")).json["choice"] == "browser"


async def test_a_talk_comes_back_to_the_phone_that_was_chosen(site: Site) -> None:
    story, agent = site.story, await site.sign_in(Person.AGENT)
    call = await story.reach(CallState.TALKING, "cb-3", 1001)
    assert (await agent.get("/phone")).json["call"] == {"attempt": call, "state": "talking"}
    await agent.ask("PUT", "/phone", {"choice": "browser"})
    back = await agent.post(f"/attempts/{call}/ring-back")
    assert (back.status, back.json["rule"]) == (409, "phone.not_ready")
    story.service.handsets.connect("PJSIP/web-1", "agent-1001", self_ := object())
    assert (await agent.post(f"/attempts/{call}/ring-back")).status == 202
    await story.clock.settle()
    assert "AgentJoinAsked" in await story.journal(call)
    assert "a2" in {part for live in story.service.calls.live for part in live.parts}
    await story.hang_up(call)
    assert (await agent.post(f"/attempts/{call}/ring-back")).status == 409
    story.service.handsets.disconnect("PJSIP/web-1", self_)
