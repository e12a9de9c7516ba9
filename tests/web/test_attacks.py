"""What an attacker would try beside what the lists of routes cover: floods, hidden lengths, borrowed limits."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import WSCloseCode, WSServerHandshakeError

from callcenter.domain.access import Role
from callcenter.domain.audit import Action
from callcenter.engine.guesses import GUESSES
from callcenter.web import asked
from callcenter.web import site as the_site
from callcenter.web.api import events
from callcenter.web.api.answers import to_cursor
from callcenter.web.asked import LARGEST_BODY
from callcenter.web.pages.forms import MOST_FIELDS
from callcenter.web.site import API
from callcenter.web.sockets import RECHECK_SECONDS
from web.test_events import closed_with, watch
from web.test_pages import AN_HTML_PAGE, BY_SCRIPT, see
from web.visiting import PASSWORD, Person, Site

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not told beforehand."""
    for start in range(0, len(body), 64 * 1024):
        yield body[start : start + 64 * 1024]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"login=" + b"a" * LARGEST_BODY, 413),
        (b"a&" * (MOST_FIELDS + 1), 400),
        (b"login=%ff&password=x", 400),
        (b"login=\xff&password=x", 400),
        (b"login=%00&password=x", 400),
    ],
)
async def test_a_form_of_hidden_length_is_not_read_to_its_end(site: Site, body: bytes, status: int) -> None:
    visitor = await site.visitor()
    async with visitor.session.post("/login", data=in_pieces(body), headers={**AN_HTML_PAGE, **FORM}) as response:
        assert response.status == status


@pytest.mark.parametrize("path", ["/callbacks", "/imports/preview?plan=quick", "/plans"])
async def test_a_body_that_is_not_packed_as_it_says_is_refused(site: Site, path: str) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    kind = "text/csv" if "imports" in path else "application/json"
    headers = {"Content-Encoding": "gzip", "Content-Type": kind, "Origin": site.url}
    async with visitor.session.post(f"{API}{path}", data=b"no gzip at all", headers=headers) as response:
        assert response.status == 400


async def test_a_form_cut_off_within_the_headers_of_a_part_is_refused(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    body = b'--x\r\nContent-Disposition form-data; name="file"; filename="a.csv"'
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Origin": site.url}
    path = f"{API}/imports/preview?plan=quick"
    async with visitor.session.post(path, data=body, headers=headers) as response:
        assert response.status == 400


async def test_a_body_that_comes_too_slowly_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "BODY_SECONDS", 0.05)
    visitor = await site.visitor()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(1)
        yield b"}"

    async with visitor.session.post(
        f"{API}/session", data=slowly(), headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status == 408


@pytest.mark.parametrize("due", ["9999-12-31", "0001-01-01"])
async def test_a_due_day_beyond_all_reason_is_refused(site: Site, due: str) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    headers = {"Content-Type": "text/csv", "Origin": site.url}
    path = f"{API}/imports/preview?plan=quick&due={due}"
    async with visitor.session.post(path, data="姓名,电话\n王伟,13800000001\n".encode(), headers=headers) as response:
        assert (response.status, "due" in await response.text()) == (422, True)


@pytest.mark.parametrize(
    "at",
    [
        0,
        1.5,
        "1",
        "2026",
        "2026-13-01T00:00:00Z",
        "2026-11-23T10:00",
        "9999-12-31T23:59:59-12:00",
        "1970-01-01T00:00:00Z",
        True,
    ],
)
async def test_what_is_no_instant_to_people_is_none_here(site: Site, at: object) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    new = {"plan": "quick", "name": "王伟", "numbers": ["13800000009"], "purpose": "x", "due_at": at}
    assert (await visitor.post("/callbacks", new)).status == 422
    assert (await visitor.get("/callbacks", due_before=str(at))).status == 422


async def test_the_description_that_everybody_may_read_is_made_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await site.visitor()
    first = await visitor.get("/openapi.json")
    monkeypatch.delattr(the_site, "description")
    assert (await visitor.get("/openapi.json")).text == first.text


async def test_a_flood_of_guesses_does_not_fill_the_audit(site: Site) -> None:
    visitor = await site.visitor()
    for _ in range(GUESSES):
        await visitor.sign_in(Person.AGENT, "wrong password")
    before = len(await site.audit())
    for _ in range(20):
        assert (await visitor.sign_in(Person.AGENT, "wrong password")).status == 429
    (told, *_), after = await site.audit(), len(await site.audit())
    assert after == before + 1
    assert (told.deed.action, told.deed.detail["why"]) == (Action.SIGN_IN_REFUSED, "too many guesses")


async def test_wrong_old_passwords_are_written_down(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    answer = await visitor.ask("PUT", "/session/password", {"old": "wrong password", "new": "another good password"})
    assert answer.status == 422
    (told, *_) = await site.audit()
    assert (told.deed.action, told.deed.login) == (Action.SIGN_IN_REFUSED, Person.AGENT.value)
    assert "wrong password" not in str(told.deed)


async def test_a_browsers_name_that_is_no_text_does_not_matter(site: Site) -> None:
    body = f"login={Person.AGENT}&password={PASSWORD.replace(' ', '+')}".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rpartition(":")[2]))
    head = f"POST /login HTTP/1.1\r\nHost: {site.url.removeprefix('http://')}\r\nConnection: close\r\n"
    head += f"Content-Type: {FORM['Content-Type']}\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"User-Agent: \xff\xfe\r\n\r\n" + body)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 303"), answer[:300]


async def test_an_account_that_becomes_another_agents_hears_no_more_of_the_first(site: Site) -> None:
    socket = await watch(await site.sign_in(Person.AGENT))
    account, other = await site.account(Person.AGENT), await site.account(Person.OTHER_AGENT)
    await site.parts.accounts.change(other.id, other.version, {"agent_id": "", "roles": frozenset({Role.SUPERVISOR})})
    await site.parts.accounts.change(account.id, account.version, {"agent_id": "1002"})
    advancing = asyncio.create_task(site.story.clock.advance(RECHECK_SECONDS))
    assert await closed_with(socket) == WSCloseCode.POLICY_VIOLATION
    await advancing


async def test_one_account_opens_no_endless_number_of_sockets(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_SOCKETS", 2)
    visitor = await site.sign_in(Person.AGENT)
    first, second = await watch(visitor), await watch(visitor)
    with pytest.raises(WSServerHandshakeError) as refused:
        await watch(visitor)
    assert refused.value.status == 429
    other = await watch(await site.sign_in(Person.OTHER_AGENT))
    for socket in (first, second, other):
        await socket.close()


async def test_another_agents_callback_is_not_dialled_from_the_desk_and_the_try_is_written_down(site: Site) -> None:
    mine, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.OTHER_AGENT)
    assert (await see(mine, "/desk/next", {})).place == "/desk?callback=cb-3"
    form = {"key": "a-key-of-mine", "reason": "I want it"}
    refused = await see(other, "/desk/callbacks/cb-3/dial", form, BY_SCRIPT)
    assert refused.status == 403
    (told, *_) = await site.audit()
    assert (told.deed.action, told.deed.on_id) == (Action.ACCESS_REFUSED, "cb-3")
    assert Action.OVERRIDDEN not in {entry.deed.action for entry in await site.audit()}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/desk/attempts/none/hang-up", {"reason": "x" * 501}),
        ("/desk/attempts/none/hang-up", {"reason": "", "more": "x"}),
        ("/desk?callback=%00", None),
        ("/desk/now?callback=%0A", None),
    ],
)
async def test_odd_values_at_the_desk_are_refused(site: Site, path: str, form: Mapping[str, str] | None) -> None:
    assert (await see(await site.sign_in(Person.AGENT), path, form)).status in {404, 422}


CURSORS = (
    ("0001-01-01T00:00:00+14:00", 0, "0001-01-01T00:00:00+14:00", "cb-1"),
    ("2026-01-01T00:00:00", 0, "2026-01-01T00:00:00", "cb-1"),
    ("2026-01-01T00:00:00Z", 2**62, "2026-01-01T00:00:00Z", "cb-1"),
    ("2026-01-01T00:00:00Z", 0, "2026-01-01T00:00:00Z", "\x00"),
)
"""None is of ours: an instant beyond the calendar, one without a zone, a number beyond any, no text."""


@pytest.mark.parametrize("cursor", CURSORS)
async def test_a_made_up_cursor_is_refused(site: Site, cursor: tuple[object, ...]) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    at, number, _, key = cursor
    assert (await see(visitor, f"/queue?cursor={to_cursor(cursor)}")).status == 422
    answer = await visitor.get("/callbacks", cursor=to_cursor(("queue", *cursor)))
    assert (answer.status, answer.code) == (422, "invalid")
    if number:
        return
    for path in ("/attempts", "/logs", "/recordings", "/exhausted", "/imports"):
        answer = await visitor.get(path, cursor=to_cursor((at, key)))
        assert (answer.status, answer.code) == (422, "invalid"), path


@pytest.mark.parametrize("value", [True, "5", 5.5, None])
async def test_a_number_is_a_number(site: Site, value: object) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    at = site.story.clock.now().isoformat()
    new = {"plan": "quick", "name": "王伟", "numbers": ["13800000009"], "purpose": "x", "due_at": at}
    assert (await visitor.post("/callbacks", new | {"priority": value})).status == 422
    assert (await visitor.post("/callbacks", new | {"priority": 5})).status == 201
