"""The control channel: what each route does, and that no input however hostile gets more than a clear refusal."""

import asyncio
import io
import json
import socket
import stat
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from callcenter.domain.calls.call import CallState
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState
from callcenter.web.control import LONGEST_TEXT, SocketInUseError, listening
from engine.story import Story

POSTS = ("/dial", "/hang-up", "/join", "/explain")
NEEDED = {"/dial": ["agent"], "/hang-up": ["attempt"], "/join": ["attempt", "endpoint"], "/explain": ["callback"]}


async def lines_of(response: aiohttp.ClientResponse) -> list[dict[str, Any]]:
    assert response.status == 200, await response.text()
    return [json.loads(line) async for line in response.content]


async def dialled(session: aiohttp.ClientSession, **asked: Any) -> list[dict[str, Any]]:
    """All lines of a dial that is refused."""
    async with session.post("/dial", json=asked) as response:
        return await lines_of(response)


async def ask(session: aiohttp.ClientSession, path: str, **asked: Any) -> tuple[int, Any]:
    async with session.post(path, json=asked) as response:
        return response.status, await response.json()


# --- what each route does ---------------------------------------------------------------------------------------------


async def test_a_dial_is_followed_to_the_end_of_its_recording(story: Story, session: aiohttp.ClientSession) -> None:
    async with session.post("/dial", json={"agent": "1001"}) as response:
        handed_out = json.loads(await response.content.readline())
        attempt = json.loads(await response.content.readline())
        assert (handed_out["kind"], handed_out["callback"]) == ("handed_out", "cb-1")
        assert (attempt["kind"], attempt["number"]) == ("attempt", "138****0001")
        call = attempt["attempt"]
        following = asyncio.create_task(lines_of(response))
        await story.clock.settle()
        story.switch.agent_answers(call)
        await story.clock.advance(0.5)
        story.switch.rings(call)
        await story.clock.advance(3)
        story.switch.answers(call)
        await story.clock.advance(3)
        await story.hang_up(call)
        lines = await following
    events = [line["event"] for line in lines if line["kind"] == "call"]
    assert events[0] == "Started"
    assert events.index("Ringing") < events.index("Answered") < events.index("LegGone")
    assert [line["follows"] for line in lines if line["kind"] == "closed"] == ["wrap_up"]
    assert [line["state"] for line in lines if line["kind"] == "recording"] == ["stored", "verified"]
    assert "13800000001" not in json.dumps(lines)


async def test_a_refused_dial_names_the_rule(story: Story, session: aiohttp.ClientSession) -> None:
    story.archive.free = 0
    (line,) = await dialled(session, agent="1001", callback="cb-1")
    assert (line["kind"], line["rule"]) == ("refused", "disk.full")
    assert line["message"]
    (line,) = await dialled(session, agent="1001")
    assert (line["kind"], line["rule"]) == ("refused", "disk.full")
    (line,) = await dialled(session, agent="4711")
    assert line["rule"] == "agent.unknown"


async def test_an_empty_queue_is_told(story: Story, session: aiohttp.ClientSession) -> None:
    await story.begin()
    (line,) = await dialled(session, agent="1002")
    assert line["kind"] == "nothing"


async def test_hanging_up_needs_a_reason_while_the_phone_rings(story: Story, session: aiohttp.ClientSession) -> None:
    call = await story.reach(CallState.DIALLING)
    status, answer = await ask(session, "/hang-up", attempt=call)
    assert (status, answer["rule"]) == (409, "ring.too_short")
    status, _ = await ask(session, "/hang-up", attempt=call, reason="wrong number")
    assert status == 202
    await story.clock.advance(3)
    record = await story.record(call)
    assert (record.attempt.outcome, record.attempt.end_reason) == (Outcome.CANCELLED, EndReason.CANCELLED)
    assert record.call.hang_up_reason == "wrong number"
    status, answer = await ask(session, "/hang-up", attempt=call)
    assert (status, "over" in answer["message"]) == (404, True)


async def test_another_agents_phone_joins_a_talk(story: Story, session: aiohttp.ClientSession) -> None:
    call = await story.reach(CallState.TALKING)
    status, _ = await ask(session, "/join", attempt=call, endpoint="PJSIP/agent-1002")
    assert status == 202
    await story.clock.settle()
    story.switch.agent_answers(call, "a2")
    await story.clock.advance(1)
    assert story.switch.sight(call, "a1") is None
    assert story.state(call) is CallState.TALKING


@pytest.mark.parametrize("endpoint", ["PJSIP/110@trunk", "Local/110@from-agents", "PJSIP/agent-1001 ", "x"])
async def test_nothing_but_an_agents_phone_joins_a_talk(
    story: Story, session: aiohttp.ClientSession, endpoint: str
) -> None:
    call = await story.reach(CallState.TALKING)
    asked = len(story.switch.asked)
    status, answer = await ask(session, "/join", attempt=call, endpoint=endpoint)
    assert (status, answer["rule"]) == (409, "phone.unknown")
    await story.clock.settle()
    assert len(story.switch.asked) == asked


async def test_joining_a_call_that_is_not_live_is_refused(session: aiohttp.ClientSession) -> None:
    status, answer = await ask(session, "/join", attempt="nowhere", endpoint="PJSIP/agent-1002")
    assert (status, answer["rule"]) == (409, "call.not_ringing")


async def test_every_rule_is_explained(session: aiohttp.ClientSession) -> None:
    status, answer = await ask(session, "/explain", callback="cb-1", agent="1001")
    assert status == 200
    assert answer["callable_now"]
    assert all(verdict["ok"] for verdict in answer["verdicts"])
    status, answer = await ask(session, "/explain", callback="nowhere")
    assert (status, answer["rule"]) == (404, "callback.not_found")


async def test_the_live_calls_and_the_state_of_the_service_are_told(
    story: Story, session: aiohttp.ClientSession
) -> None:
    async with session.get("/calls") as response:
        assert await response.json() == []
    call = await story.reach(CallState.TALKING)
    async with session.get("/calls") as response:
        assert [each["attempt"] for each in await response.json()] == [call]
    async with session.get("/status") as response:
        status = await response.json()
    assert (status["switch_in_sight"], status["calls"], status["stopping"]) == (True, 1, False)


# --- hostile input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe",
        b'{"agent": "1001"',
        b"[" * 100_000,
        b"[]",
        b'"1001"',
        b"null",
        b"17",
        b"{}",
    ],
    ids=["empty", "cut", "words", "bytes", "open", "deep", "list", "text", "null", "number", "nothing"],
)
async def test_what_is_no_request_is_refused_in_a_sentence(
    session: aiohttp.ClientSession, path: str, body: bytes
) -> None:
    async with session.post(path, data=body) as response:
        text = await response.text()
        assert response.status == 400, text
        assert "Traceback" not in text
        assert 0 < len(text) < 200


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "value", [17, True, ["1001"], {"a": 1}, "\ud800", "x" * (LONGEST_TEXT + 1)], ids=lambda value: type(value).__name__
)
async def test_values_of_a_wrong_kind_are_refused(session: aiohttp.ClientSession, path: str, value: object) -> None:
    async with session.post(path, json=dict.fromkeys(NEEDED[path], value)) as response:
        assert response.status == 400, await response.text()
        assert NEEDED[path][0] in await response.text()


@pytest.mark.parametrize(("path", "optional"), [("/dial", "callback"), ("/explain", "agent"), ("/hang-up", "reason")])
@pytest.mark.parametrize("value", [17, ["x"], {}, "\udfff"], ids=lambda value: type(value).__name__)
async def test_optional_values_of_a_wrong_kind_are_refused_too(
    story: Story, session: aiohttp.ClientSession, path: str, optional: str, value: object
) -> None:
    call = await story.begin()
    needed = {"/dial": {"agent": "1002"}, "/explain": {"callback": "cb-1"}, "/hang-up": {"attempt": call}}
    async with session.post(path, json={**needed[path], optional: value}) as response:
        assert response.status == 400, await response.text()


@pytest.mark.parametrize(
    "overrides",
    [["window.closed"], "window.closed", {"no.such.rule": "why"}, {"window.closed": None}, {"window.closed": 1}],
)
async def test_overrides_that_are_none_are_refused(
    story: Story, session: aiohttp.ClientSession, overrides: object
) -> None:
    async with session.post("/dial", json={"agent": "1001", "callback": "cb-1", "overrides": overrides}) as response:
        assert response.status == 400, await response.text()
    assert story.switch.asked == []


async def test_an_override_without_a_reason_is_none(story: Story, session: aiohttp.ClientSession) -> None:
    await story.add_callback("cb-2", department="客户服务部")
    (line,) = await dialled(session, agent="1001", callback="cb-2", overrides={"conflict_of_interest": "  "})
    assert line["rule"] == "conflict_of_interest"


async def test_a_huge_request_is_refused(session: aiohttp.ClientSession) -> None:
    async with session.post("/dial", data=io.BytesIO(b" " * (2 << 20))) as response:
        assert response.status == 413


async def test_a_charset_that_nobody_knows_is_refused(session: aiohttp.ClientSession) -> None:
    headers = {"Content-Type": "application/json; charset=no-such"}
    async with session.post("/dial", data=b"{}", headers=headers) as response:
        assert 400 <= response.status < 500


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/dial", 405), ("POST", "/calls", 405), ("GET", "/x", 404)]
)
async def test_other_ways_and_places_are_refused(
    session: aiohttp.ClientSession, method: str, path: str, status: int
) -> None:
    async with session.request(method, path) as response:
        assert response.status == status


async def test_a_database_that_is_away_is_told_in_a_sentence(story: Story, session: aiohttp.ClientSession) -> None:
    story.away.add("*")
    async with session.post("/dial", json={"agent": "1001"}) as response:
        text = await response.text()
        assert response.status == 503
    assert text == "the database failed: SQLITE_IOERR"
    assert story.runs()


async def test_a_mistake_of_ours_is_told_in_a_sentence_and_logged(
    story: Story, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> None:
        raise KeyError("王芳")

    monkeypatch.setattr(type(story.service.asking), "explain", breaks)
    async with session.post("/explain", json={"callback": "cb-1"}) as response:
        assert response.status == 500
        assert "王芳" not in await response.text()
    assert any(entry["event"] == "request broke" for entry in story.logs)


async def test_a_client_that_goes_away_leaves_the_call_and_no_follower(
    story: Story, session: aiohttp.ClientSession
) -> None:
    response = await session.post("/dial", json={"agent": "1001", "callback": "cb-1"})
    call = json.loads(await response.content.readline())["attempt"]
    response.close()
    await story.clock.settle()
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    assert story.state(call) is CallState.DIALLING
    story.switch.busy(call)
    await story.clock.advance(3)
    assert (await story.callback()).state is CallbackState.WAITING
    async with session.get("/status") as alive:
        assert alive.status == 200
    assert len(story.service.feed._followers) == 1  # noqa: SLF001 (the story itself)


async def test_a_client_that_does_not_read_holds_up_no_call(story: Story, session: aiohttp.ClientSession) -> None:
    response = await session.post("/dial", json={"agent": "1001", "callback": "cb-1"})
    call = json.loads(await response.content.readline())["attempt"]
    await story.clock.settle()
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    story.switch.rings(call)
    await story.clock.advance(3)
    story.switch.answers(call)
    await story.clock.advance(600)
    await story.hang_up(call)
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED
    response.close()


# --- the socket -------------------------------------------------------------------------------------------------------


async def test_the_socket_is_for_its_owner_alone_and_goes_with_the_service(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "var" / "control.sock"
    async with listening(story.service, path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_a_second_service_on_the_same_socket_is_refused(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with listening(story.service, path):
        with pytest.raises(SocketInUseError, match="another callcenter service"):
            async with listening(story.service, path):
                raise AssertionError("two services on one socket")
        _, writer = await asyncio.open_unix_connection(str(path))
        writer.close()
        await writer.wait_closed()


async def test_a_socket_that_a_killed_service_left_is_replaced(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert path.is_socket()
    async with listening(story.service, path):
        _, writer = await asyncio.open_unix_connection(str(path))
        writer.close()
        await writer.wait_closed()


async def test_a_file_that_is_no_socket_is_not_removed(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "precious.txt"
    path.write_text("mine", "utf-8")
    with pytest.raises(SocketInUseError, match="no socket"):
        async with listening(story.service, path):
            raise AssertionError("listening on a file")
    assert path.read_text("utf-8") == "mine"
