"""The real site on loopback, on a real database and the fake switch; people of every role sign in and ask."""

import hashlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import soundfile
from argon2 import PasswordHasher
from multidict import CIMultiDictProxy

from callcenter.app.house import SwitchPhones, site_parts
from callcenter.domain.access import Account, Role
from callcenter.domain.audit import Entry
from callcenter.domain.calls.call import CallState
from callcenter.domain.recording import ArchiveOrder, KeptRecording
from callcenter.engine.accounts import AccountParts, Accounts
from callcenter.engine.accounts import Visitor as Place
from callcenter.web.parts import SiteParts
from callcenter.web.site import API, Door, site_listening
from engine.story import Story
from fakes.archive import FakeArchive
from fakes.phones import FakeLines, FakePhones

PASSWORD = "correct horse battery"
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Real, and too weak for anything but tests."""

RATE = 8000
_NOWHERE = Place("")


class Person(StrEnum):
    """Who asks. The value is the login."""

    ANONYMOUS = "nobody"
    AGENT = "agent1001"
    OTHER_AGENT = "agent1002"
    SUPERVISOR = "supervisor"
    COMPLIANCE = "compliance"
    RECORDS_HEAD = "records_head"
    ADMIN = "admin"


ROLES: Mapping[Person, frozenset[Role]] = {
    Person.AGENT: frozenset({Role.AGENT}),
    Person.OTHER_AGENT: frozenset({Role.AGENT}),
    Person.SUPERVISOR: frozenset({Role.SUPERVISOR}),
    Person.COMPLIANCE: frozenset({Role.COMPLIANCE}),
    Person.RECORDS_HEAD: frozenset({Role.RECORDS_HEAD}),
    Person.ADMIN: frozenset({Role.ADMIN}),
}
AGENT_NUMBERS: Mapping[Person, str] = {Person.AGENT: "1001", Person.OTHER_AGENT: "1002"}


class FilingArchive(FakeArchive):
    """Keeps a real file for each recording: a second of two tones."""

    def __init__(self, doings: list[str], root: Path) -> None:
        super().__init__(doings)
        self.root = root

    async def keep(self, order: ArchiveOrder) -> KeptRecording:
        kept = await super().keep(order)
        path = self.root / kept.path
        path.parent.mkdir(parents=True, exist_ok=True)
        seconds = np.arange(RATE) / RATE
        sound = np.stack([np.sin(2 * np.pi * tone * seconds) / 4 for tone in (440, 700)], axis=1)
        soundfile.write(path, sound, RATE)
        raw = path.read_bytes()
        return replace(kept, sha256=hashlib.sha256(raw).hexdigest(), size_bytes=len(raw), duration_ms=1000)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. json: None where the body is no JSON."""

    status: int
    text: str
    json: Any
    headers: CIMultiDictProxy[str]

    @property
    def code(self) -> str:
        """The problem's code; empty where it is no problem."""
        return str((self.json or {}).get("type", "")).rpartition(":")[2] if isinstance(self.json, dict) else ""


class Visitor:
    """One browser, or one program. session: for whatever is not JSON; paths there begin with `/`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def ask(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **query: str
    ) -> Answer:
        """Ask the API. path: below it, such as `/callbacks`. A body is sent as JSON."""
        given: dict[str, Any] = {} if body is None else {"json": body}
        async with self.session.request(
            method, API + path, params=query, headers=headers, allow_redirects=False, **given
        ) as response:
            text = await response.text("utf-8", "replace")
            is_json = response.content_type.endswith("json")
            found = await response.json(content_type=None) if is_json else None
            return Answer(response.status, text, found, response.headers)

    async def get(self, path: str, **query: str) -> Answer:
        return await self.ask("GET", path, None, headers=None, **query)

    async def post(self, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.ask("POST", path, {} if body is None else body, headers=headers)

    async def sign_in(self, person: Person, password: str = PASSWORD) -> Answer:
        return await self.post("/session", {"login": person.value, "password": password})


class Site:
    """url: without a slash at its end. talk: the attempt of agent 1001 with cb-1, which ended in a talk: its recording
    is verified, its log is open. other_talk: the same of agent 1002 with cb-2. cb-3, cb-4 and cb-5 wait in the plan
    `quick`, cb-6 in `strict`. archive: its files are real. phones, lines: what the switch has for phones in browsers.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        self.archive = FilingArchive(story.doings, story.settings.recordings.archive)
        self.phones, self.lines = FakePhones(), FakeLines()
        self.talk = self.other_talk = ""
        self.url = ""
        self.parts: SiteParts
        self._door = AsyncExitStack()
        self._visitors = AsyncExitStack()

    async def open(self) -> None:
        self.story.archive = self.archive
        self.story.service = self.story._joined()  # noqa: SLF001 (the archive has changed)
        for number in range(1, 7):
            await self.story.add_callback(f"cb-{number}", plan="strict" if number == 6 else "quick")
        await self.story.start()
        await self._listen()
        for person, roles in ROLES.items():
            await self.parts.accounts.add(
                person.value, f"Name of {person}", roles, PASSWORD, agent_key=AGENT_NUMBERS.get(person)
            )
        self.talk = await self.talked("cb-1", 1001)
        self.other_talk = await self.talked("cb-2", 1002)

    async def talked(self, callback: str, agent: int) -> str:
        """A whole call: the attempt's id."""
        call = await self.story.reach(CallState.TALKING, callback, agent)
        await self.story.hang_up(call)
        return call

    async def _listen(self, port: int = 0) -> None:
        story = self.story
        parts = site_parts(story.settings, story.books, story.service, SwitchPhones(self.phones, self.lines))
        accounts = AccountParts(
            story.books.accounts, story.books.audit, story.books.people, story.clock, timedelta(hours=12)
        )
        self.parts = replace(parts, accounts=Accounts(accounts, QUICK_HASHER))
        self.url = await self._door.enter_async_context(site_listening(self.parts, Door("127.0.0.1", port)))

    async def restart(self) -> None:
        """The service is killed and starts again, on the same books, switch and port."""
        port = int(self.url.rpartition(":")[2])
        await self.story.kill()
        await self._door.aclose()
        await self.story.start()
        await self._listen(port)

    async def stop_listening(self) -> None:
        await self._door.aclose()

    async def close(self) -> None:
        await self._visitors.aclose()
        await self._door.aclose()

    async def visitor(self, **headers: str) -> Visitor:
        """Somebody new, who is not signed in; his browser names the site as the origin of what it sends."""
        session = aiohttp.ClientSession(
            self.url, headers={"Origin": self.url} | headers, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        return Visitor(await self._visitors.enter_async_context(session))

    async def sign_in(self, person: Person) -> Visitor:
        """A new browser, in which this person has signed in; nobody for ANONYMOUS."""
        visitor = await self.visitor()
        if person is not Person.ANONYMOUS:
            answer = await visitor.sign_in(person)
            assert answer.status == 201, answer.text
        return visitor

    async def with_token(self, person: Person) -> Visitor:
        """A program with a token of this person; it names no origin."""
        account = await self.account(person)
        token, _ = await self.parts.accounts.make_token(account, "a program", 1, _NOWHERE)
        session = aiohttp.ClientSession(self.url, headers={"Authorization": f"Bearer {token}"})
        return Visitor(await self._visitors.enter_async_context(session))

    async def account(self, person: Person) -> Account:
        found = await self.story.books.accounts.by_login(person.value)
        assert found is not None
        return found[0]

    async def audit(self) -> list[Entry]:
        """The newest first."""
        return await self.story.books.audit.entries(limit=1000)
