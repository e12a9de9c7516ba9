"""The scripts of talks: seen as the agent sees them, compared, edited and kept as new versions."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.scripts.examples import EXAMPLES, UnknownExampleError, example_text
from callcenter.domain.scripts.script import LONGEST_TEXT, Script, load_script
from callcenter.domain.scripts.versions import as_version, differences
from callcenter.domain.words.script_words import script_mistake
from callcenter.engine.scripting import ScriptListed
from callcenter.web.api.scripts import READ_SCRIPTS, advised
from callcenter.web.asked import Asked
from callcenter.web.language import N_
from callcenter.web.pages.desk_sheet import preview
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go
from callcenter.web.pages.rendering import render
from callcenter.web.parts import by_of, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

UNPROCESSABLE = 422
LONGEST_NUMBER = 7

PARTS = {
    "title": N_("Title"),
    "institution": N_("Institution"),
    "language": N_("Language spoken"),
    "mode": N_("Strict or adaptable"),
    "opening": N_("Opening"),
    "convenient": N_("Whether it suits"),
    "identity": N_("Who is on the phone?"),
    "closing": N_("End of the talk"),
    "sections": N_("Sections and what is read out"),
    "questions": N_("Order of the questions"),
}
"""What else than a question may differ."""


class ScriptForm(Asked):
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    intent: str = Field(default="check", pattern="^(check|save)$")


async def scripts_page(request: web.Request) -> web.Response:
    listed = await parts_of(request).scripting.listed()
    examples = [(name, load_script(example_text(name)).title) for name in EXAMPLES]
    return render(request, "scripts.html", {"scripts": listed, "examples": examples})


async def script_page(request: web.Request) -> web.Response:
    listed, _ = await _listed(request, request.match_info["script"]), words_of(request)
    wanted = request.query.get("version", str(listed.newest.script.version))
    kept = next((each for each in listed.versions if str(each.script.version) == wanted), None)
    if kept is None:
        raise Problem("not_found")
    values = {
        "listed": listed,
        "kept": kept,
        "advice": advised(kept.script, _),
        "panel": preview(kept.script, kept.text),
        "tools": None,
    }
    return render(request, "script.html", values)


async def diff_page(request: web.Request) -> web.Response:
    """Two versions; the two newest where none are named."""
    listed = await _listed(request, request.match_info["script"])
    newest = (str(listed.versions[:2][-1].script.version), str(listed.newest.script.version))
    before = _version(listed, request.query.get("before", newest[0]))
    after = _version(listed, request.query.get("after", newest[1]))
    if before is None or after is None:
        raise Problem("not_found")
    values = {
        "listed": listed,
        "before": before,
        "after": after,
        "changes": differences(before, after),
        "parts": PARTS,
    }
    return render(request, "script_diff.html", values)


async def editor_page(request: web.Request) -> web.Response:
    """A new version of a script, or a new script that begins as an example."""
    name = request.query.get("from", "")
    if name:
        listed = await _listed(request, name)
        newest = listed.newest
        return await _editor(request, Form({"text": as_version(newest.text, newest.script.version + 1)}))
    try:
        return await _editor(request, Form({"text": example_text(request.query.get("example", EXAMPLES[0]))}))
    except UnknownExampleError as error:
        raise Problem("not_found") from error


async def edit(request: web.Request) -> web.Response:
    """Check and preview, or save: nothing that was typed is lost."""
    scripting, _ = parts_of(request).scripting, words_of(request)
    given = await fields_of(request)
    try:
        asked = checked(given, ScriptForm, _).model
    except FormError as error:
        return await _editor(request, error.form, status=UNPROCESSABLE)
    try:
        if asked.intent == "save":
            script = await scripting.save(asked.text, by_of(request))
            raise go(f"/scripts/{script.name}", "script_added")
        script = await scripting.check(asked.text)
    except PolicyError as error:
        mistakes = [script_mistake(each, _.language) for each in error.mistakes]
        return await _editor(request, Form(given), mistakes=mistakes, status=UNPROCESSABLE)
    return await _editor(request, Form(given), script=script)


async def _editor(
    request: web.Request,
    form: Form,
    *,
    mistakes: list[str] | None = None,
    script: Script | None = None,
    status: int = 200,
) -> web.Response:
    newest = await parts_of(request).scripting.get(script.name) if script else None
    values = {
        "form": form,
        "mistakes": mistakes or [],
        "script": script,
        "longest": LONGEST_TEXT,
        "advice": advised(script, words_of(request)) if script else [],
        "panel": preview(script, str(form["text"])) if script else None,
        "changes": differences(newest.script, script) if newest and script else None,
        "parts": PARTS,
        "tools": None,
    }
    return render(request, "script_editor.html", values, status)


def _version(listed: ScriptListed, text: str) -> Script | None:
    if not text.isdecimal() or len(text) > LONGEST_NUMBER:
        return None
    return next((each.script for each in listed.versions if each.script.version == int(text)), None)


async def _listed(request: web.Request, name: str) -> ScriptListed:
    found = await parts_of(request).scripting.listed(name) if name.isprintable() else []
    if not found:
        raise Problem("not_found")
    return found[0]


_CHANGE = Permission.CHANGE_SCRIPTS
ROUTES = (
    Route("GET", "/scripts", scripts_page, READ_SCRIPTS, "pageScripts", page=True),
    Route("GET", "/scripts/{script}", script_page, READ_SCRIPTS, "pageScript", page=True),
    Route("GET", "/scripts/{script}/diff", diff_page, READ_SCRIPTS, "pageScriptDiff", page=True),
    Route("GET", "/script-editor", editor_page, _CHANGE, "pageScriptEditor", page=True),
    Route("POST", "/script-editor", edit, _CHANGE, "pageScriptEdit", page=True),
)
