"""Files that are sent to the site of a test, and what becomes of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from callcenter.web.site import API
from web.visiting import Answer, Site, Visitor

HEADINGS = "客户姓名,电话,目的,客户编号\n"
LIST = HEADINGS + "王伟,13900000001,核对,C1\n李芳,13900000002,核对,C2\n"
BAD = HEADINGS + '=HYPERLINK("http://x"),1,核对,C1\n李芳,13900000002,核对,C2\n'
RAW = "application/octet-stream"


def many(count: int, *, first: int = 1) -> str:
    return HEADINGS + "".join(f"客户{index},139{index:08},核对,C{index}\n" for index in range(first, first + count))


async def send(visitor: Visitor, path: str, content: bytes | str, name: str = "名单.csv", **fields: str) -> Answer:
    """As a form."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", content.encode() if isinstance(content, str) else content, filename=name)
    for key, value in ({"plan": "quick"} | fields).items():
        form.add_field(key, value)
    return await told(visitor, "POST", path, data=form)


async def told(visitor: Visitor, method: str, path: str, **given: Any) -> Answer:
    async with visitor.session.request(method, API + path, **given) as response:
        text = await response.text("utf-8", "replace")
        found = json.loads(text) if response.content_type.endswith("json") else None
        return Answer(response.status, text, found, response.headers)


async def until(visitor: Visitor, import_id: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The import, once it is so."""
    async with asyncio.timeout(30):
        while True:
            found: dict[str, Any] = (await visitor.get(f"/imports/{import_id}")).json
            if fits(found):
                return found
            await asyncio.sleep(0.01)


def ended(found: dict[str, Any]) -> bool:
    return found["ended_at"] is not None


async def imported(visitor: Visitor, content: bytes | str, name: str = "名单.csv", **fields: str) -> dict[str, Any]:
    answer = await send(visitor, "/imports", content, name, **fields)
    assert answer.status == 202, answer.text
    assert answer.headers["Location"] == f"{API}/imports/{answer.json['id']}"
    return await until(visitor, answer.json["id"], ended)


def left(site: Site) -> list[str]:
    """Files of uploads that lie there."""
    folder = site.story.settings.control.socket.with_suffix(".uploads")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def comes_true(what: Callable[[], Awaitable[bool]]) -> None:
    """Of what happens in the service's own time, and tells nobody."""
    async with asyncio.timeout(10):
        while not await what():  # noqa: ASYNC110 (files and books tell no event)
            await asyncio.sleep(0.01)


async def nothing_left(site: Site) -> None:
    """The file goes just after the end of its import is written."""

    async def none() -> bool:
        return not left(site)

    await comes_true(none)


class Held:
    """Imports stand still before each of their batches until they are let go."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.batches = 0

    def into(self, site: Site) -> None:
        store = site.parts.imports
        take_in = store.take_in

        async def held(*values: Any) -> Any:
            self.batches += 1
            await self.gate.wait()
            return await take_in(*values)

        store.take_in = held  # type: ignore[assignment,method-assign]  # the store of this test alone
