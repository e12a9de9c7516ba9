"""What a plan's policy and script are called, for people."""

from aiohttp import web

from callcenter.domain.people import Plan
from callcenter.domain.policies.policy import Policy
from callcenter.domain.scripts.script import Script
from callcenter.domain.words.sentences import Language
from callcenter.engine.governing import policy_of
from callcenter.web.parts import parts_of, words_of


async def policy_names(request: web.Request) -> dict[str, str]:
    """Those in force: their titles and names, by name."""
    in_force = [each.in_force for each in await parts_of(request).rulebook.listed()]
    return {policy.name: _policy(request, policy) for policy in in_force if policy}


async def script_names(request: web.Request) -> dict[str, str]:
    """Their titles, names and newest versions, by name."""
    scripts = [each.newest.script for each in await parts_of(request).scripting.listed()]
    return {script.name: _script(script) for script in scripts}


async def names_of(request: web.Request, plan: Plan) -> tuple[str, str]:
    """The plan's policy and script alone, as above; by their bare names where there are none of them."""
    parts = parts_of(request)
    policy = await policy_of(parts.policies, plan, parts.service.clock.now())
    script = await parts.scripting.get(plan.script) if plan.script else None
    return _policy(request, policy) if policy else plan.policy, _script(script.script) if script else plan.script


def _policy(request: web.Request, policy: Policy) -> str:
    zh = words_of(request).language is Language.ZH
    return f"{policy.title.zh if zh else policy.title.en} · {policy.name}"


def _script(script: Script) -> str:
    return f"{script.title} · {script.name} v{script.version}"
