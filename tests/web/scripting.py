"""A site whose plan `quick` has a script, and a talk with a problem."""

import re
from dataclasses import replace
from typing import Any

from callcenter.domain.calls.call import CallState
from callcenter.domain.scripts.examples import example_text
from callcenter.domain.scripts.script import load_script
from callcenter.domain.scripts.versions import KeptScript, as_version
from web.visiting import Answer, Person, Site, Visitor

KEY = "abcdefgh-1"


async def scripted(site: Site, name: str = "broker", *, version: int = 1, text: str = "") -> None:
    """Talks of the plan `quick` are held by this script from now on."""
    text = as_version(text or example_text(name), version)
    kept = KeptScript(load_script(text), text, site.story.clock.now(), "supervisor")
    await site.story.books.scripts.add(kept, "account-1")
    plan = next(plan for plan in await site.story.books.people.plans() if plan.id == "quick")
    await site.story.books.people.add_plan(replace(plan, script=kept.script.name))


async def furnished(site: Site) -> str:
    """Two versions of a script, and a problem case: its id."""
    for version in (1, 2):
        await scripted(site, version=version)
    agent = await site.sign_in(Person.AGENT)
    opened = await agent.post(f"/attempts/{site.talk}/complaints", {"key": KEY, "words": "他说没有人回电话"})
    assert opened.status == 201, opened.text
    return str(opened.json["id"])


async def talking(site: Site, callback: str = "cb-3", agent: int = 1001) -> str:
    """A talk that goes on: the attempt's id."""
    return await site.story.reach(CallState.TALKING, callback, agent)


async def give(
    visitor: Visitor, attempt: str, key: str, value: Any, based_on: int = 0, script_version: int = 1
) -> Answer:
    body = {"value": value, "based_on": based_on, "script_version": script_version}
    return await visitor.ask("PUT", f"/attempts/{attempt}/sheet/{key}", body)


def titles(answer: Answer) -> list[str]:
    return [each["title"] for each in answer.json["problems"] if each["state"] == "open"]


def places_of(text: str) -> dict[str, bool]:
    """On a page: each question with whether it is asked."""
    found = re.findall(r'<fieldset class="ask" data-key-of="([^"]+)"[^>]*?>', text)
    off = set(re.findall(r'<fieldset class="ask" data-key-of="([^"]+)"[^>]*? data-off', text))
    return {key: key not in off for key in found}
