"""The rules, seen, compared, tried out and changed; and why so much of a plan can be called."""

from aiohttp import web
from markupsafe import Markup
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.policies.base import PRODUCT, PolicyError
from callcenter.domain.policies.diff import differences, values_of
from callcenter.domain.policies.editing import SKELETON, as_version, with_preset
from callcenter.domain.policies.policy import PRESET_GROUPS, Policy, group_of_preset, load_policy
from callcenter.domain.policies.presets import preset_names, preset_text
from callcenter.domain.policies.renewal import RENEWED
from callcenter.domain.policies.written import value_toml
from callcenter.domain.words.policy_mistakes import mistake_words
from callcenter.domain.words.policy_sentences import group_words, key_words, source_words, strength_words, value_words
from callcenter.domain.words.reason_words import reason_words
from callcenter.domain.words.rule_names import rule_name
from callcenter.domain.words.sentences import Language
from callcenter.engine.rulebook import LONGEST_TEXT, PolicyListed
from callcenter.web.api.policies import ONLINE
from callcenter.web.asked import Asked
from callcenter.web.pages.changes import changes_shown
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go
from callcenter.web.pages.rendering import render
from callcenter.web.parts import by_of, parts_of, words_of
from callcenter.web.picture import picture
from callcenter.web.problems import Problem
from callcenter.web.routes import Route
from callcenter.web.weighed import never_sentence, plan_sentence, show_simulation

UNPROCESSABLE = 422
EXAMPLE = "tongjiang"
"""The policy whose values are shown where a text is not right."""


class EditForm(Asked):
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    preset: str = Field(default="", max_length=100)
    intent: str = Field(default="check", pattern="^(check|save|insert)$")


async def policies_page(request: web.Request) -> web.Response:
    listed = await parts_of(request).rulebook.listed()
    values = {
        "policies": listed,
        "zh": _language(request) is Language.ZH,
        "renewals": {each.name: each for each in await parts_of(request).rulebook.renewals()},
    }
    return render(request, "policies.html", values)


async def policy_page(request: web.Request) -> web.Response:
    listed = await _listed(request, request.match_info["policy"])
    wanted = request.query.get("version", str(listed.shown.version))
    policy = next((kept.policy for kept in listed.versions if str(kept.policy.version) == wanted), None)
    if policy is None:
        raise Problem("not_found")
    groups, unset = _groups(policy, _language(request))
    values = {
        "listed": listed,
        "policy": policy,
        "title": _title(policy, _language(request)),
        "groups": groups,
        "unset": unset,
    }
    return render(request, "policy.html", values)


async def diff_page(request: web.Request) -> web.Response:
    rulebook, language = parts_of(request).rulebook, _language(request)
    asked = {name: request.query.get(name, "")[:100] for name in ("before", "after")}
    before, after = [await rulebook.find(ref) if ref else None for ref in asked.values()]
    kept = [each.policy for listed in await rulebook.listed() for each in listed.versions]
    refs = {f"{each.name}:{each.version}": each for each in kept}
    refs |= {f"{each.policy.name}:{RENEWED}": each.policy for each in await rulebook.renewals()}
    whole = [name for name in preset_names() if "." not in name]
    unknown = [name for name, found in (("before", before), ("after", after)) if asked[name] and found is None]
    _ = words_of(request)
    values = {
        "form": Form(asked, {name: _("There is no such policy.") for name in unknown}),
        "choices": [(ref, f"{_title(each, language)} · {ref}") for ref, each in refs.items()]
        + [(name, _("{name}, as it came with the product", name=name)) for name in whole],
        "changes": changes_shown(differences(before, after), language) if before and after else ([], []),
        "compared": before is not None and after is not None,
    }
    return render(request, "policy_diff.html", values)


async def editor_page(request: web.Request) -> web.Response:
    rulebook, name = parts_of(request).rulebook, request.query.get("from", "")
    if not name:
        text = SKELETON.format(name="", version=1, day=rulebook.today().isoformat())
        return await _editor(request, Form({"text": text}))
    listed = await _listed(request, name)
    if request.query.get("renewed"):
        found = await rulebook.renewals(name)
        if not found:
            raise go(f"/policies/{listed.name}", "policy_renewed")
        return await _editor(request, Form({"text": found[0].text}))
    # By number: the one in force has the closing days of the house in its calendar besides.
    begun = next(kept for kept in listed.versions if kept.policy.version == listed.shown.version)
    return await _editor(request, Form({"text": as_version(begun.toml, listed.next_version, rulebook.today())}))


async def edit(request: web.Request) -> web.Response:
    """Put in a preset, check and preview, or save: nothing that was typed is lost."""
    rulebook, _ = parts_of(request).rulebook, words_of(request)
    given = await fields_of(request)
    try:
        asked = checked(given, EditForm, _).model
    except FormError as error:
        return await _editor(request, error.form, status=UNPROCESSABLE)
    if asked.intent == "insert":
        return await _editor(request, Form({**given, "text": with_preset(asked.text, asked.preset)}))
    try:
        if asked.intent == "save":
            policy = await rulebook.save(asked.text, by_of(request))
            raise go(f"/policies/{policy.name}?version={policy.version}", "policy_added")
        policy = await rulebook.check(asked.text)
    except PolicyError as error:
        mistakes = [mistake_words(each, _.language) for each in error.mistakes]
        return await _editor(request, Form(given), mistakes=mistakes, status=UNPROCESSABLE)
    return await _editor(request, Form(given), policy=policy)


async def _editor(
    request: web.Request,
    form: Form,
    *,
    mistakes: list[str] | None = None,
    policy: Policy | None = None,
    status: int = 200,
) -> web.Response:
    values = {
        "form": form,
        "keys": _keys(policy or _readable(str(form["text"])), words_of(request).language),
        "mistakes": mistakes or [],
        "presets": _presets(words_of(request).language),
        "policy": policy,
        "longest": LONGEST_TEXT,
        "found": None,
        "picture": "",
        "changes": ([], []),
        **(await _preview(request, policy) if policy else {}),
    }
    return render(request, "policy_editor.html", values, status)


async def _preview(request: web.Request, policy: Policy) -> dict[str, object]:
    """What it would change, and what that would have done; nothing where no version is in force yet."""
    parts, language = parts_of(request), _language(request)
    found = await parts.rulebook.simulate(policy, ONLINE)
    if found is None:
        return {}
    return {
        "found": show_simulation(found, language),
        "changes": changes_shown(found.changes, language),
        "left_out": [rule_name(rule, language) for rule in found.not_reconstructed],
        # Made here of numbers and of words of ours alone.
        "picture": Markup(picture(found, parts.terms.zone, language)),  # noqa: S704 (escaped there)
    }


async def why_page(request: web.Request) -> web.Response:
    parts, language = parts_of(request), _language(request)
    found = await parts.explaining.plan(request.match_info["plan"])
    if found is None:
        raise Problem("not_found")
    values = {
        "found": found,
        "warning": never_sentence(found, language),
        "sentence": plan_sentence(found, found.plan.zone, language),
        "reasons": [(each, reason_words(each.example, language)) for each in found.reasons],
    }
    return render(request, "plan_why.html", values)


Told = list[dict[str, str]]


def _groups(policy: Policy, language: Language) -> tuple[list[tuple[str, Told, Told]], list[tuple[str, Told]]]:
    """The groups of which somebody set a value, each with its name, those values, and the product's defaults; and
    those that are the product's own as a whole.
    """
    groups: dict[str, tuple[Told, Told]] = {}
    for value in values_of(policy):
        told = {
            "key": key_words(value, language),
            "value": value_words(value, language),
            "source": source_words(value.source, language),
            "strength": strength_words(value, language),
        }
        groups.setdefault(value.group, ([], []))[value.source == PRODUCT].append(told)
    named = [(group_words(name, language), *lists) for name, lists in groups.items()]
    return [each for each in named if each[1]], [(name, defaults) for name, own, defaults in named if not own]


def _readable(text: str) -> Policy | None:
    """The policy of a text that is right; None for any other."""
    try:
        return load_policy(text)
    except PolicyError:
        return None


def _keys(policy: Policy | None, language: Language) -> list[tuple[str, str, Told]]:
    """How each value is written, group by group; of the product's own policy where there is none to be read."""
    groups: dict[str, Told] = {}
    for value in values_of(policy or load_policy(preset_text(EXAMPLE))):
        words = {"key": key_words(value, language), "value": value_words(value, language)}
        told = {**words, "toml": value_toml(value.value), "name": value.key}
        groups.setdefault(value.group, []).append(told)
    return [(name, group_words(name, language), told) for name, told in groups.items()]


def _presets(language: Language) -> list[tuple[str, str]]:
    """Each with the group that it is a value of, in the order of the groups."""
    of = {name: group for name in preset_names() if (group := group_of_preset(name))}
    order = list(PRESET_GROUPS)
    ordered = sorted(of, key=lambda name: (order.index(of[name]), name))
    return [(name, f"{group_words(of[name], language)} · {name}") for name in ordered]


def _title(policy: Policy, language: Language) -> str:
    return policy.title.zh if language is Language.ZH else policy.title.en


async def _listed(request: web.Request, name: str) -> PolicyListed:
    found = await parts_of(request).rulebook.listed(name)
    if not found:
        raise Problem("not_found")
    return found[0]


def _language(request: web.Request) -> Language:
    return words_of(request).language


_READ, _CHANGE = Permission.READ_POLICIES, Permission.CHANGE_POLICIES
ROUTES = (
    Route("GET", "/policies", policies_page, _READ, "pagePolicies", page=True),
    Route("GET", "/policies/{policy}", policy_page, _READ, "pagePolicy", page=True),
    Route("GET", "/policy-diff", diff_page, _READ, "pagePolicyDiff", page=True),
    Route("GET", "/policy-editor", editor_page, _CHANGE, "pagePolicyEditor", page=True),
    Route("POST", "/policy-editor", edit, _CHANGE, "pagePolicyEdit", page=True),
    Route("GET", "/plans/{plan}/why", why_page, Permission.READ_QUEUE, "pagePlanWhy", page=True),
)
