"""Who may pass? Sign-in, the right that a route asks for, the check against other sites, and the safety headers."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web

from callcenter.domain.access import Account, Permission, SessionKind
from callcenter.domain.audit import Action
from callcenter.web.open_logs import OPEN_LOGS, count_open
from callcenter.web.parts import ACCOUNT, ADDRESS, SESSION, SiteTerms, audit, parts_of, session_of, words_of
from callcenter.web.problems import Problem, of_http
from callcenter.web.routes import Handler, Needs, Open, Route

log = structlog.get_logger()

ProblemPage = Callable[[web.Request, Problem], Awaitable[web.StreamResponse]]
PROBLEM_PAGE: web.AppKey[ProblemPage] = web.AppKey("PROBLEM_PAGE")
"""Tells of a problem on a page, to who asked for one."""

API_PATH = "/api/"
SECURE_COOKIE = "__Host-callcenter"
PLAIN_COOKIE = "callcenter"
SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
LONGEST_SECRET = 200
LONGEST_KEY = 200
"""Characters of an id in a path."""
OBJECTS: Mapping[str, str] = {
    "account": "account",
    "attempt": "attempt",
    "callback": "callback",
    "case": "problem_case",
    "correction": "correction",
    "customer": "customer",
    "import": "import",
    "plan": "plan",
    "policy": "policy",
    "script": "script",
}
"""What the audit calls that which a part of a path names."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}


def guarded(route: Route) -> Handler:
    """The route's handler, reached only by who may."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if route.needs is not Open.TO_ALL:
            session = session_of(request)
            if session.kind is SessionKind.BROWSER:
                check_origin(request)
        elif request.method not in SAFE and hdrs.ORIGIN in request.headers:
            check_origin(request)
        if not allowed(request.get(ACCOUNT), route.needs):
            await _tell_refused(request, route)
            raise Problem("forbidden", needs=rights_of(route.needs))
        if any(len(key) > LONGEST_KEY or not key.isprintable() for key in request.match_info.values()):
            raise Problem("not_found")
        if route.page:
            request[OPEN_LOGS] = await count_open(request)
        return await route.handler(request)

    return handler


async def _tell_refused(request: web.Request, route: Route) -> None:
    """In the audit, at the object that was asked for: whoever searches for that finds also whom it was refused."""
    needs = told(route.needs)
    for name, key in request.match_info.items():
        if name in OBJECTS and 0 < len(key) <= LONGEST_KEY and key.isprintable():
            kind = "recording" if "/recordings/" in route.path else OBJECTS[name]
            await audit(request, Action.ACCESS_REFUSED, kind, key, needs=needs, path=request.path, route=route.name)
            return
    await audit(request, Action.ACCESS_REFUSED, "route", route.name, needs=needs, path=request.path)


def allowed(account: Account | None, needs: Needs) -> bool:
    if needs is Open.TO_ALL:
        return True
    if account is None:
        return False
    return needs is Open.TO_SIGNED_IN or any(account.may(each) for each in rights_of(needs))


def told(needs: Needs) -> str:
    return " or ".join(sorted(rights_of(needs))) or str(needs)


def rights_of(needs: Needs) -> frozenset[Permission]:
    """Of which one will do; none where it is open."""
    match needs:
        case Permission():
            return frozenset({needs})
        case Open():
            return frozenset()
        case _:
            return needs


@web.middleware
async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks; whether he may is each route's question."""
    parts = parts_of(request)
    request[ADDRESS] = address_of(request, parts.terms)
    secret, by = _secret(request, parts.terms)
    if secret:
        found = await parts.accounts.who(secret)
        if found is not None and found[0].kind is by:
            request[SESSION], request[ACCOUNT] = found
    return await handler(request)


def _secret(request: web.Request, terms: SiteTerms) -> tuple[str, SessionKind]:
    """A token goes before a cookie."""
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()[:LONGEST_SECRET], SessionKind.TOKEN
    return request.cookies.get(cookie_name(terms), "")[:LONGEST_SECRET], SessionKind.BROWSER


def browser_secret(request: web.Request) -> str:
    """Of the session's cookie."""
    return request.cookies.get(cookie_name(parts_of(request).terms), "")[:LONGEST_SECRET]


def cookie_name(terms: SiteTerms) -> str:
    return SECURE_COOKIE if terms.secure else PLAIN_COOKIE


def give_cookie(response: web.StreamResponse, secret: str, terms: SiteTerms) -> None:
    response.set_cookie(
        cookie_name(terms),
        secret,
        max_age=int(terms.session_length.total_seconds()),
        path="/",
        secure=terms.secure,
        httponly=True,
        samesite="Lax",
    )


def take_cookie(response: web.StreamResponse, terms: SiteTerms) -> None:
    response.del_cookie(cookie_name(terms), path="/", secure=terms.secure, httponly=True, samesite="Lax")


def check_origin(request: web.Request) -> None:
    """Nothing is changed, and no socket opened, for another site's page that borrows a cookie. Raises Problem."""
    if request.method in SAFE and request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
        return
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None:
        if origin != own_origin(request):
            raise Problem("cross_origin")
        return
    if request.headers.get("Sec-Fetch-Site") not in {"same-origin", "none"}:
        raise Problem("cross_origin")


def own_origin(request: web.Request) -> str:
    terms = parts_of(request).terms
    return terms.own_origin or f"{'https' if terms.secure else 'http'}://{request.host}"


def address_of(request: web.Request, terms: SiteTerms) -> str:
    """The browser's address: the last one that no trusted proxy stands for. What is no address says nothing."""
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    address = request.remote or ""
    while hops and _is_address(hops[-1]) and _trusted(address, terms):
        address = hops.pop()
    return address[:64]


def _trusted(address: str, terms: SiteTerms) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in network for network in terms.trusted_proxies)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@web.middleware
async def told_as_problem(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is a problem report; what breaks is in the log with its trace."""
    try:
        return await handler(request)
    except Problem as problem:
        answer = problem
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 (HTTP: no error)
            raise
        answer = of_http(error)
    except ConnectionError:
        raise
    except OSError as error:
        log.warning("request failed", path=request.path, why=error.strerror or type(error).__name__)
        answer = Problem("unavailable", headers={"Retry-After": "5"})
    except Exception:
        log.exception("request broke", path=request.path)
        answer = Problem("broken")
    if wants_page(request):
        return await request.app[PROBLEM_PAGE](request, answer)
    return answer.response(words_of(request), request.path)


def wants_page(request: web.Request) -> bool:
    """Is this a person before a browser? A program, or a script of a page that calls the API, wants problem details."""
    return "text/html" in request.headers.get(hdrs.ACCEPT, "") and not request.path.startswith(API_PATH)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Safety headers on every answer; nothing that people see is kept in a cache."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    if parts_of(request).terms.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def same_site(target: str) -> str:
    """A place of ours to go on to after signing in; anything else leads to the start."""
    parts = urlsplit(target)
    fine = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if fine and target.isprintable() else "/"
