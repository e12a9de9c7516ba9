"""What went wrong, as a page in the reader's language; within a page, as a message that leaves all else as it is."""

from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from callcenter.web.guard import SAFE
from callcenter.web.language import N_, Translator
from callcenter.web.pages.rendering import render
from callcenter.web.parts import words_of
from callcenter.web.problems import Problem, ProblemDetails

WITHIN = "HX-Request"
BROKEN = 500

ADVICE: Mapping[str, str] = {
    "not_found": N_("The address may be old, or what stood there has gone. Nothing was changed."),
    "gone": N_("Nothing was changed. The list it stood in tells what became of it."),
    "forbidden": N_("Nothing was changed. Whoever needs it for his work asks an administrator for the right."),
    "cross_origin": N_("Nothing was changed. Open this site by its own address, and do it again there."),
    "changed_meanwhile": N_(
        "What you sent was not kept. Load the page anew, see what stands there now, and do it again."
    ),
    "too_many": N_("Nothing was changed. Wait a minute, then try again."),
    "too_large": N_("Nothing was kept of it. Send less at once."),
    "broken": N_(
        "What was saved before is safe, and calls go on. Try again; if it comes again, tell an administrator when."
    ),
    "unavailable": N_(
        "What was saved before is safe, and calls go on. It mostly passes by itself: try again in a moment."
    ),
}
"""What is safe, and what to do."""


async def tell(request: web.Request, problem: Problem) -> web.StreamResponse:
    """Answer with a page; or, where a script asked, with a message for the page that is open."""
    _ = words_of(request)
    told = problem.details(_)
    within = WITHIN in request.headers
    if problem.code == "not_signed_in" and not within and request.method in SAFE:
        raise web.HTTPSeeOther(f"/login?{urlencode({'next': request.path_qs})}")
    template = "message.html" if within else "trouble.html"
    values = {
        "told": told,
        "code": problem.code,
        "sentence": in_one(told, _),
        "advice": _(ADVICE.get(problem.code, "")),
        "again": request.path_qs if problem.status >= BROKEN and request.method in SAFE else "",
    }
    response = render(request, template, values, problem.status)
    response.headers.update(problem.headers)
    if within:
        response.headers.update(
            {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML", "HX-Reselect": "#problem", "HX-Push-Url": "false"}
        )
    return response


def in_one(told: ProblemDetails, _: Translator) -> str:
    """The whole of it in one text: the detail says more than the title where there is one."""
    errors = " ".join(f"{each.field}: {each.message}." for each in told.errors)
    return " ".join(part for part in (told.detail or told.title, errors) if part)
