"""How one may ask: HEAD wherever something can be read, and what is wrong with a value told in one's own language."""

import re
from typing import Any

import pytest

from callcenter.web.pages.table import PAGE_ROUTES
from callcenter.web.site import API, API_ROUTES
from web.visiting import Person, Site

_PARAMETER = re.compile(r"\{(\w+)[^}]*\}")
READABLE = [(API, route) for route in API_ROUTES if route.method == "GET"] + [
    ("", route) for route in PAGE_ROUTES if route.method == "GET"
]


@pytest.mark.parametrize("person", [Person.ANONYMOUS, Person.COMPLIANCE])
async def test_head_is_answered_as_get_without_the_body(site: Site, person: Person) -> None:
    visitor = await site.sign_in(person)
    known = {"attempt": site.talk, "callback": "cb-1", "plan": "quick"}
    differing = {}
    for base, route in READABLE:
        path = base + _PARAMETER.sub(lambda found: known.get(found[1], "nothing"), route.path)
        seen: dict[str, Any] = {}
        for method in ("GET", "HEAD"):
            async with visitor.session.request(method, path, allow_redirects=False) as response:
                body = await response.read()
                seen[method] = (response.status, response.headers.get("Location"), response.content_type)
                assert method == "GET" or body == b"", path
        if seen["GET"] != seen["HEAD"]:
            differing[path] = seen
    assert not differing


async def test_what_only_changes_something_is_not_asked_for_with_head(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    assert (await visitor.ask("HEAD", "/callbacks/next")).status in {404, 405}


@pytest.mark.parametrize(
    ("path", "body", "chinese", "english"),
    [
        ("/callbacks?cursor=AAAA", None, "不是本服务给出的值", "is none of ours"),
        ("/callbacks?due_before=2026", None, "不是有效时间，", "is no instant; "),
        ("/callbacks?state=waiting&state=done", None, "重复给出", "given more than once"),
        ("/callbacks", {"plan": "none", "name": "x", "numbers": ["1"]}, "没有这个回访计划", "there is no such plan"),
        ("/callbacks", {"plan": "quick", "name": "x", "numbers": ["1"]}, "号码过短", "too short"),
        ("/callbacks", {"plan": "quick", "name": "a\x07", "numbers": ["1"]}, "含有不可显示的字符", "cannot be printed"),
        ("/recordings/proof?from=2026-01-01&to=2025-01-01", None, "须在 from 之后 0 至", "0 to "),
    ],
)
async def test_a_wrong_value_is_told_in_the_askers_language(
    site: Site, path: str, body: dict[str, Any] | None, chinese: str, english: str
) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    if body is not None:
        body = {**body, "due_at": "2026-12-01T00:00:00Z"}
    for language, expected in (("zh-CN,zh;q=0.9", chinese), ("en", english)):
        method = "GET" if body is None else "POST"
        answer = await visitor.ask(method, path, body, headers={"Accept-Language": language})
        told = [each["message"] for each in answer.json.get("errors", [])]
        assert any(expected in message for message in told), (language, answer.status, answer.text)
