"""Whatever is sent, the answer is a clear refusal: never a mistake of the service, and never somebody else's data."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from callcenter.web.asked import LARGEST_BODY
from callcenter.web.guard import allowed
from callcenter.web.routes import Route
from callcenter.web.site import API, API_ROUTES
from web.visiting import Person, Site, Visitor

TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "x" * 20_000,
    "../../../etc/passwd",
    "..%2f..%2f",
    "<script>alert(1)</script>",
    "'; DROP TABLE callbacks; --",
    "1 OR 1=1",
    "due_at; DELETE FROM callbacks",
    "%",
    "%s%s%s%n",
    "{0.__class__}",
    "\u202e\ufeff",
    "🏴‍☠️" * 50,
    "٣٤٥",
    "NaN",
    "-1",
    "99999999999999999999999999",
    "1e400",
    "true",
    "null",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30T00:00:00Z",
    "2026-11-23T00:00:00",
    "W10",
    "e30",
    "=" * 400,
)
VALUES: tuple[Any, ...] = (
    *TEXTS,
    None,
    True,
    -1,
    2**63,
    10**400,
    1.5,
    [],
    {},
    [[]],
    [None] * 1000,
    {"": ""},
    {"a": {"b": "c"}},
)
RAW = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"login": "\\ud800", "password": "x"}',
    b'{"login": "\\u0000", "password": "x"}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"x": NaN}',
    b'{"x": ' + b"9" * 5000 + b"}",
    b" " * (LARGEST_BODY + 1),
)
LEFT_ALONE = {"signOut", "events"}
"""The first would end the test, the second has no answer of this kind."""


def fields(route: Route, model: type[BaseModel] | None) -> Iterator[str]:
    if model is not None and route.name not in LEFT_ALONE:
        for name, field in model.model_fields.items():
            yield field.alias or name


def path_of(route: Route, value: str) -> str:
    path = route.path
    while "{" in path:
        begin, end = path.index("{"), path.index("}")
        path = path[:begin] + value + path[end + 1 :]
    return path


def check(route: Route, status: int, text: str, given: object) -> None:
    told = f"{route.name} with {given!r:.80}: {status} {text[:300]}"
    assert status < 500, told
    assert status < 400 or json.loads(text)["type"].startswith("urn:callcenter:problem:"), told
    assert "Traceback" not in text, told
    assert "sqlalchemy" not in text.lower(), told


PEOPLE = (Person.SUPERVISOR, Person.AGENT, Person.COMPLIANCE, Person.ADMIN)


async def visitors(site: Site) -> dict[str, Visitor]:
    """For each route a program of the first person who may use it."""
    programs = {person: (await site.account(person), await site.with_token(person)) for person in PEOPLE}
    return {
        route.name: next(program for account, program in programs.values() if allowed(account, route.needs))
        for route in API_ROUTES
    }


async def test_every_parameter(site: Site) -> None:
    programs = await visitors(site)
    for route in API_ROUTES:
        visitor = programs[route.name]
        for name in fields(route, route.query):
            for value in TEXTS:
                if len(value) > 5000 or route.method == "HEAD":
                    continue
                answer = await visitor.ask(route.method, path_of(route, site.talk), None, headers=None, **{name: value})
                check(route, answer.status, answer.text, {name: value})


async def test_every_field_of_every_body(site: Site) -> None:
    programs = await visitors(site)
    for route in API_ROUTES:
        visitor = programs[route.name]
        if route.name in {"changePassword", "signIn"}:
            continue  # guesses are slowed: see test_sign_in
        for name in fields(route, route.body):
            for value in VALUES:
                answer = await visitor.ask(route.method, path_of(route, "cb-3"), {name: value})
                check(route, answer.status, answer.text, {name: value})


async def test_every_part_of_every_path(site: Site) -> None:
    programs = await visitors(site)
    for route in API_ROUTES:
        visitor = programs[route.name]
        if "{" not in route.path or route.method == "HEAD":
            continue
        for value in TEXTS:
            if not value.strip() or len(value) > 5000:
                continue
            path = path_of(route, quote(value, safe=""))
            given: dict[str, Any] = {} if route.method == "GET" else {"json": {}}
            async with visitor.session.request(route.method, API + path, **given) as response:
                text = await response.text()
                check(route, response.status, text, value)
                assert response.status >= 400, (route.name, value)


async def test_every_body_as_a_whole(site: Site) -> None:
    programs = await visitors(site)
    for route in API_ROUTES:
        if route.body is None:
            continue
        session, url = programs[route.name].session, API + path_of(route, "cb-3")
        for raw in RAW:
            headers = {"Content-Type": "application/json"}
            async with session.request(route.method, url, data=raw, headers=headers) as response:
                check(route, response.status, await response.text(), raw[:50])
                assert response.status >= 400, (route.name, raw[:50])
        async with session.request(route.method, url, data={"a": "b"}) as response:
            check(route, response.status, await response.text(), "a form")
            assert response.status in {403, 404, 415, 422}


async def test_a_parameter_that_nobody_knows_or_that_comes_twice(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    assert (await visitor.get("/callbacks", order_by="password")).status == 422
    for query in ("?state=waiting&state=done", "?limit=1&limit=2"):
        assert (await visitor.get(f"/callbacks{query}")).status == 422


async def test_the_order_is_one_of_ours(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    for order in ("due_at", "id; --", "customers.numbers", "QUEUE"):
        answer = await visitor.get("/callbacks", order=order)
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, "order")
