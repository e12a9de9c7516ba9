"""What went wrong, as a page in the reader's language; within a page, as a message that leaves all else as it is."""

from urllib.parse import urlencode

from aiohttp import web

from callcenter.web.guard import SAFE
from callcenter.web.language import Translator
from callcenter.web.pages.rendering import render
from callcenter.web.parts import words_of
from callcenter.web.problems import Problem, ProblemDetails

WITHIN = "HX-Request"


async def tell(request: web.Request, problem: Problem) -> web.StreamResponse:
    """Answer with a page; or, where a script asked, with a message for the page that is open."""
    _ = words_of(request)
    told = problem.details(_)
    within = WITHIN in request.headers
    if problem.code == "not_signed_in" and not within and request.method in SAFE:
        raise web.HTTPSeeOther(f"/login?{urlencode({'next': request.path_qs})}")
    template = "message.html" if within else "trouble.html"
    values = {"told": told, "code": problem.code, "sentence": in_one(told, _)}
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
