"""The live socket: each sees what he may, foreign pages see nothing, and it ends with the sign-in and the service."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType, web

from callcenter.domain.calls.call import CallState
from callcenter.domain.queue.returns import ReturnState
from callcenter.domain.visits.records import AttemptRecord
from callcenter.engine.accounts import Visitor as Place
from callcenter.engine.feed import CallClosed, ReturnMoved
from callcenter.storage.attempts import SqlAttempts
from callcenter.web import broadcast
from callcenter.web import site as site_module
from callcenter.web.broadcast import Watcher
from callcenter.web.site import API
from callcenter.web.sockets import RECHECK_SECONDS
from web.visiting import Person, Site, Visitor

Socket = aiohttp.ClientWebSocketResponse


async def watch(visitor: Visitor, **headers: str) -> Socket:
    return await visitor.session.ws_connect(API + "/events", headers=headers)


async def told(socket: Socket, kind: str) -> list[dict[str, Any]]:
    """All that is told, up to and with the first of this kind."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["kind"] != kind:
        found.append(json.loads(await asyncio.wait_for(socket.receive_str(), 5)))
    return found


async def closed_with(socket: Socket) -> int | None:
    while True:
        message = await asyncio.wait_for(socket.receive(), 5)
        if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}:
            return socket.close_code


async def test_a_call_is_told_step_by_step_to_who_may_see_it(site: Site) -> None:
    sockets = {
        person: await watch(await site.sign_in(person))
        for person in (Person.AGENT, Person.OTHER_AGENT, Person.SUPERVISOR, Person.RECORDS_HEAD)
    }
    mine = await site.talked("cb-3", 1001)
    theirs = await site.talked("cb-4", 1002)
    own = await told(sockets[Person.AGENT], "closed")
    assert {update["attempt"] for update in own} == {mine}
    assert {(update["callback"], update["agent"]) for update in own} == {("cb-3", "agent-1001")}
    events = [update["event"] for update in own if update["kind"] == "call"]
    assert events[0] == "Started"
    assert events.index("Ringing") < events.index("Answered")
    other = await told(sockets[Person.OTHER_AGENT], "closed")
    assert {update["attempt"] for update in other} == {theirs}
    for person in (Person.SUPERVISOR, Person.RECORDS_HEAD):
        seen: set[str] = set()
        while seen != {mine, theirs}:
            seen |= {update["attempt"] for update in await told(sockets[person], "closed")}


async def test_every_agent_is_told_of_who_rang_back_and_found_nobody(site: Site) -> None:
    socket = await watch(await site.sign_in(Person.OTHER_AGENT))
    feed, now = site.story.service.feed, site.story.clock.now()
    for agent, state in (("agent-1001", "offered"), ("agent-1001", "withdrawn"), ("", ReturnState.MISSED)):
        feed.publish(ReturnMoved(now, "r1", agent, state, "cb-3"))
    assert [(update["kind"], update["state"]) for update in await told(socket, "return")] == [("return", "missed")]


async def test_numbers_are_not_told(site: Site) -> None:
    socket = await watch(await site.sign_in(Person.SUPERVISOR))
    await site.talked("cb-3", 1001)
    assert "13800000003" not in json.dumps(await told(socket, "closed"))


async def test_a_foreign_page_cannot_listen(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    for origin in ("https://evil.example", "null", site.url + ".evil.example"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await watch(visitor, Origin=origin)
        assert refused.value.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await watch(await site.visitor())
    assert refused.value.status == 401


async def test_a_token_listens_without_an_origin(site: Site) -> None:
    socket = await watch(await site.with_token(Person.SUPERVISOR))
    await site.talked("cb-3", 1001)
    assert await told(socket, "closed")


async def test_a_plain_request_is_told_what_this_is(site: Site) -> None:
    answer = await (await site.sign_in(Person.SUPERVISOR)).get("/events")
    assert (answer.status, answer.code) == (400, "bad_request")


async def test_signing_out_ends_it(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    staying, leaving = await watch(await site.sign_in(Person.AGENT)), await watch(visitor)
    assert (await visitor.ask("DELETE", "/session")).status == 204
    assert await closed_with(leaving) == WSCloseCode.POLICY_VIOLATION
    await site.talked("cb-3", 1001)
    assert await told(staying, "closed")


async def test_a_disabled_account_sees_no_more(site: Site) -> None:
    socket = await watch(await site.sign_in(Person.AGENT))
    account = await site.account(Person.AGENT)
    await site.parts.accounts.change(account.id, account.version, {"disabled": True})
    assert await closed_with(socket) == WSCloseCode.POLICY_VIOLATION


async def test_a_revoked_token_hears_no_more(site: Site) -> None:
    account = await site.account(Person.SUPERVISOR)
    socket = await watch(await site.with_token(Person.SUPERVISOR))
    (session,) = await site.parts.accounts.sessions(account)
    assert await site.parts.accounts.revoke(session.id, account, Place(""))
    assert await closed_with(socket) == WSCloseCode.POLICY_VIOLATION


async def test_what_another_process_ended_ends_within_seconds(site: Site) -> None:
    socket = await watch(await site.sign_in(Person.AGENT))
    account = await site.account(Person.AGENT)
    (session,) = await site.parts.accounts.sessions(account)
    assert await site.story.books.accounts.end_session(session.id, account.id)
    advancing = asyncio.create_task(site.story.clock.advance(RECHECK_SECONDS))
    assert await closed_with(socket) == WSCloseCode.POLICY_VIOLATION
    await advancing
    assert RECHECK_SECONDS <= 5


async def test_a_request_that_never_ends_its_headers_is_cut_off_and_no_socket_is(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_module, "IDLE_SECONDS", 0.2)
    await site.restart()
    socket = await watch(await site.sign_in(Person.AGENT))
    host, _, port = site.url.rpartition("/")[2].partition(":")
    for sent in (b"", b"GET /api/v1/health HTTP/1.1\r\nHost: here\r\nX-Long: a"):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(sent)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    await site.talked("cb-3", 1001)
    assert await told(socket, "closed")


async def test_what_is_remembered_of_calls_has_an_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "REMEMBERED", 2)
    asked: list[str] = []
    get = SqlAttempts.get

    async def counted(self: SqlAttempts, attempt_id: str) -> AttemptRecord | None:
        asked.append(attempt_id)
        return await get(self, attempt_id)

    monkeypatch.setattr(SqlAttempts, "get", counted)
    feed = site.story.service.feed
    telling = broadcast.Broadcast(feed, SqlAttempts(site.story.books.database))
    calls = [site.talk, site.other_talk, await site.talked("cb-3", 1001)]
    asked.clear()
    with telling.watch(web.WebSocketResponse(), None) as watcher:
        running = asyncio.create_task(telling.run())
        await asyncio.sleep(0)
        for call in (*calls, calls[-1], calls[-2], calls[0]):
            feed.publish(CallClosed(site.story.clock.now(), call, "done"))
        told = [json.loads(await asyncio.wait_for(watcher.waiting.get(), 5)) for _ in range(6)]
        running.cancel()
    assert {update["agent"] for update in told} == {"agent-1001", "agent-1002"}
    # Only the last two are known, however many there were: the first is looked up again.
    assert asked == [*calls, calls[0]]


async def test_a_stopping_service_says_goodbye(site: Site) -> None:
    socket = await watch(await site.sign_in(Person.AGENT))
    stopping = asyncio.create_task(site.stop_listening())
    assert await closed_with(socket) == WSCloseCode.GOING_AWAY
    await stopping


async def test_a_chatty_visitor_is_cut_off(site: Site) -> None:
    socket = await watch(await site.sign_in(Person.AGENT))
    await socket.send_str("anything")
    await socket.send_str("x" * 5000)
    assert await closed_with(socket) == WSCloseCode.MESSAGE_TOO_BIG


async def test_who_reads_nothing_holds_up_no_call(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "BACKLOG", 3)
    stuck = asyncio.Event()

    async def nothing(_self: Watcher) -> None:
        await stuck.wait()
        await sending(_self)

    sending = Watcher.send
    monkeypatch.setattr(Watcher, "send", nothing)
    socket = await watch(await site.sign_in(Person.AGENT))
    await site.talked("cb-3", 1001)
    assert (await site.story.callback("cb-3")).state == "wrap_up"
    stuck.set()
    updates = await told(socket, "missed")
    assert updates[-1]["updates"] > 3


async def test_an_agents_live_state_is_his_calls_state(site: Site) -> None:
    socket = await watch(await site.sign_in(Person.AGENT))
    await site.story.reach(CallState.TALKING, "cb-3")
    states: list[str] = []
    while "talking" not in states:
        states.append((await told(socket, "call"))[-1]["state"])
