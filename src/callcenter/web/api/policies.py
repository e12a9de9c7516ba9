"""The rules as versioned data: listed, read, compared, checked, tried out and added; and why a plan is callable."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.diff import differences
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.presets import preset_names
from callcenter.domain.policies.written import KeptPolicy
from callcenter.domain.words.policy_mistakes import mistake_words
from callcenter.engine.rulebook import LONGEST_TEXT, Bounds, PolicyListed
from callcenter.web.api.answers import Answer, answer
from callcenter.web.asked import Asked, body_of, query_of
from callcenter.web.language import N_, Translator
from callcenter.web.parts import by_of, parts_of, words_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route
from callcenter.web.weighed import (
    ChangeShown,
    PlanExplanationShown,
    SimulationShown,
    ValueShown,
    show_change,
    show_plan_explanation,
    show_simulation,
    show_values,
)

ONLINE = Bounds(dials=20_000, queue=50_000)
"""A request reads so much; the command line all of it."""


class PolicyItem(Answer):
    name: str
    title_zh: str
    title_en: str
    in_force: int | None = Field(description="The version that holds today; null: none yet.")
    since: str | None = Field(description="Its effective date.")
    versions: list[int] = Field(description="The newest first.")
    plans: list[str] = Field(description="Ids of the plans that it governs.")


class PolicyList(Answer):
    items: list[PolicyItem]
    presets: list[str] = Field(description="Names that a policy may take values from.")


class RenewalShown(Answer):
    """What would be the next version, if it were written today: its presets have been put right since."""

    name: str
    version: int = Field(description="The newest that is kept.")
    next: int
    of_product: bool = Field(description="The product brought the kept version along.")
    text: str = Field(description="TOML, to be looked at, tried out and added, or not.")
    changes: list[ChangeShown]


class Renewals(Answer):
    items: list[RenewalShown] = Field(description="By name; empty where all say what their presets say today.")


class PolicyShown(Answer):
    name: str
    version: int
    effective_from: str
    text: str = Field(description="TOML, as its author wrote it.")
    values: list[ValueShown]


class DiffAsked(Asked):
    before: str = Field(max_length=100, description="`name:version`, a name (the version in force), or a preset.")
    after: str = Field(max_length=100, description="As before.")


class DiffShown(Answer):
    changes: list[ChangeShown]


class PolicyText(Asked):
    text: str = Field(max_length=LONGEST_TEXT, description="TOML of the new version.")


class Checked(Answer):
    name: str
    version: int
    effective_from: str
    changes: list[ChangeShown] = Field(description="Against the version in force; empty where there is none.")


async def list_policies(request: web.Request) -> web.Response:
    listed = await parts_of(request).rulebook.listed()
    return answer(PolicyList(items=[_item(each) for each in listed], presets=list(preset_names())))


async def list_renewals(request: web.Request) -> web.Response:
    language = words_of(request).language
    items = [
        RenewalShown(
            name=each.name,
            version=each.kept.version,
            next=each.policy.version,
            of_product=each.of_product,
            text=each.text,
            changes=[show_change(change, language) for change in each.changes],
        )
        for each in await parts_of(request).rulebook.renewals()
    ]
    return answer(Renewals(items=items))


async def read_policy(request: web.Request) -> web.Response:
    kept = await version_of(request)
    values = show_values(kept.policy, words_of(request).language)
    return answer(
        PolicyShown(
            name=kept.policy.name,
            version=kept.policy.version,
            effective_from=kept.policy.effective_from.isoformat(),
            text=kept.toml,
            values=values,
        )
    )


async def diff_policies(request: web.Request) -> web.Response:
    asked, rulebook = query_of(request, DiffAsked), parts_of(request).rulebook
    before, after = await rulebook.find(asked.before), await rulebook.find(asked.after)
    if before is None or after is None:
        raise Problem("not_found")
    language = words_of(request).language
    return answer(DiffShown(changes=[show_change(each, language) for each in differences(before, after)]))


async def check_policy(request: web.Request) -> web.Response:
    return answer(await _checked(request, await _policy_of(request, await body_of(request, PolicyText))))


async def simulate_policy(request: web.Request) -> web.Response:
    policy = await _policy_of(request, await body_of(request, PolicyText))
    found = await parts_of(request).rulebook.simulate(policy, ONLINE)
    if found is None:
        raise Problem("not_found", N_("No version of this policy is in force that it could be compared with."))
    return answer(show_simulation(found, words_of(request).language))


async def add_policy(request: web.Request) -> web.Response:
    asked = await body_of(request, PolicyText)
    by = by_of(request)
    policy = await _policy_of(request, asked)
    shown = await _checked(request, policy)
    try:
        await parts_of(request).rulebook.save(asked.text, by)
    except PolicyError as error:
        raise _wrong(error, words_of(request)) from error
    return answer(shown, 201)


async def explain_plan(request: web.Request) -> web.Response:
    parts = parts_of(request)
    found = await parts.explaining.plan(request.match_info["plan"])
    if found is None:
        raise Problem("not_found")
    return answer(show_plan_explanation(found, found.plan.zone, words_of(request).language))


async def version_of(request: web.Request) -> KeptPolicy:
    """Of the path. Raises Problem."""
    name, version = request.match_info["policy"], request.match_info["version"]
    shown = version.isascii() and version.isdecimal() and len(version) < 9  # noqa: PLR2004 (a column's integer)
    kept = await parts_of(request).policies.version(name, int(version)) if shown else None
    if kept is None:
        raise Problem("not_found")
    return kept


async def _policy_of(request: web.Request, asked: PolicyText) -> Policy:
    try:
        return await parts_of(request).rulebook.check(asked.text)
    except PolicyError as error:
        raise _wrong(error, words_of(request)) from error


async def _checked(request: web.Request, policy: Policy) -> Checked:
    before = await parts_of(request).rulebook.find(policy.name)
    language = words_of(request).language
    return Checked(
        name=policy.name,
        version=policy.version,
        effective_from=policy.effective_from.isoformat(),
        changes=[show_change(each, language) for each in differences(before, policy)] if before else [],
    )


def _wrong(error: PolicyError, _: Translator) -> Problem:
    errors = [FieldProblem(field="text", message=mistake_words(each, _.language)[:300]) for each in error.mistakes[:50]]
    return Problem("invalid", errors=errors)


def _item(listed: PolicyListed) -> PolicyItem:
    held = listed.in_force
    return PolicyItem(
        name=listed.name,
        title_zh=listed.shown.title.zh,
        title_en=listed.shown.title.en,
        in_force=held.version if held else None,
        since=held.effective_from.isoformat() if held else None,
        versions=[kept.policy.version for kept in listed.versions],
        plans=[plan.id for plan in listed.plans],
    )


_READ, _CHANGE = Permission.READ_POLICIES, Permission.CHANGE_POLICIES
ROUTES = (
    Route("GET", "/policies", list_policies, _READ, "listPolicies", "All policies and presets.", answer=PolicyList),
    Route(
        "POST",
        "/policies",
        add_policy,
        _CHANGE,
        "addPolicy",
        "Add a version; versions are never changed.",
        body=PolicyText,
        answer=Checked,
        status=201,
    ),
    Route(
        "GET",
        "/policies/renewals",
        list_renewals,
        _READ,
        "listRenewals",
        "Policies whose presets were put right since they were stored; nothing changes until somebody adds a version.",
        answer=Renewals,
    ),
    Route(
        "GET",
        "/policies/diff",
        diff_policies,
        _READ,
        "diffPolicies",
        "The values in which two versions or presets differ.",
        query=DiffAsked,
        answer=DiffShown,
        problems=("not_found",),
    ),
    Route(
        "POST",
        "/policies/check",
        check_policy,
        _READ,
        "checkPolicy",
        "Every mistake of a new version, or what it changes.",
        body=PolicyText,
        answer=Checked,
    ),
    Route(
        "POST",
        "/policies/simulate",
        simulate_policy,
        _READ,
        "simulatePolicy",
        "A new version over past dials and the present queue.",
        body=PolicyText,
        answer=SimulationShown,
        problems=("not_found",),
    ),
    Route(
        "GET",
        "/policies/{policy}/versions/{version}",
        read_policy,
        _READ,
        "getPolicy",
        "One version, in words and as TOML.",
        answer=PolicyShown,
        problems=("not_found",),
    ),
    Route(
        "GET",
        "/plans/{plan}/explanation",
        explain_plan,
        Permission.READ_QUEUE,
        "explainPlan",
        "How many of a plan's callbacks can be called now, and what stands against the others.",
        answer=PlanExplanationShown,
        problems=("not_found",),
    ),
)
