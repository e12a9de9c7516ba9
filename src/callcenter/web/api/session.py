"""Signing in and out, one's own password, sessions and tokens."""

from typing import Annotated

from aiohttp import web
from pydantic import Field, SecretStr

from callcenter.domain.access import Account, Permission, Role, Session, SessionKind
from callcenter.domain.words.sentences import Language
from callcenter.engine.accounts import (
    LONGEST_PASSWORD,
    LONGEST_TOKEN_DAYS,
    SHORTEST_PASSWORD,
    SignInRefusedError,
    TooManyGuessesError,
    WeakPasswordError,
)
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.asked import Asked, body_of
from callcenter.web.guard import give_cookie, take_cookie
from callcenter.web.language import N_
from callcenter.web.parts import account_of, parts_of, session_of, visitor_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Open, Route

Secret = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]
NewSecret = Annotated[SecretStr, Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]


class SignIn(Asked):
    login: str = Field(min_length=1, max_length=100)
    password: Secret


class Me(Answer):
    """Who is signed in, and what he may do."""

    id: str
    login: str
    name: str
    roles: list[Role]
    rights: list[Permission]
    agent_id: str | None
    language: str
    expires_at: Instant


class NewPassword(Asked):
    old: Secret
    new: NewSecret


class MyLanguage(Asked):
    language: Language


class SessionShown(Answer):
    id: str
    kind: SessionKind
    label: str
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    current: bool = Field(description="Whether this request was made with it.")


class Sessions(Answer):
    items: list[SessionShown]


class NewToken(Asked):
    label: str = Field(min_length=1, max_length=100, description="What it is for.")
    days: int = Field(default=90, ge=1, le=LONGEST_TOKEN_DAYS, description="How long it lives.")


class TokenMade(Answer):
    """The secret is told this once."""

    token: str
    session: SessionShown


async def sign_in(request: web.Request) -> web.Response:
    asked = await body_of(request, SignIn)
    parts = parts_of(request)
    try:
        found = await parts.accounts.sign_in(asked.login, asked.password.get_secret_value(), visitor_of(request))
    except (SignInRefusedError, TooManyGuessesError) as error:
        raise _sign_in_problem(error) from error
    secret, session, account = found
    response = answer(me(account, session), 201)
    give_cookie(response, secret, parts.terms)
    return response


def _sign_in_problem(error: SignInRefusedError | TooManyGuessesError) -> Problem:
    if isinstance(error, TooManyGuessesError):
        wait = max(1, int(error.wait.total_seconds() + 0.999))
        return Problem(
            "too_many",
            N_("Too many sign-ins at once, or wrong passwords; try again in {seconds} seconds."),
            headers={"Retry-After": str(wait)},
            seconds=wait,
        )
    return Problem("sign_in_refused")


async def who_am_i(request: web.Request) -> web.Response:
    return answer(me(account_of(request), session_of(request)))


async def sign_out(request: web.Request) -> web.Response:
    parts = parts_of(request)
    await parts.accounts.sign_out(session_of(request), account_of(request), visitor_of(request))
    response = web.Response(status=204)
    take_cookie(response, parts.terms)
    return response


async def change_password(request: web.Request) -> web.Response:
    asked = await body_of(request, NewPassword)
    old, new = asked.old.get_secret_value(), asked.new.get_secret_value()
    parts = parts_of(request)
    try:
        await parts.accounts.change_password(account_of(request), old, new, visitor_of(request))
    except WeakPasswordError as error:
        text = N_("This password is too short, or too easy to guess.")
        raise Problem("invalid", errors=[FieldProblem(field="new", message=text)]) from error
    except SignInRefusedError as error:
        raise Problem("invalid", errors=[FieldProblem(field="old", message=N_("is not your password"))]) from error
    except TooManyGuessesError as error:
        raise _sign_in_problem(error) from error
    response = web.Response(status=204)
    take_cookie(response, parts.terms)
    return response


async def change_language(request: web.Request) -> web.Response:
    asked, account = await body_of(request, MyLanguage), account_of(request)
    values = {"language": asked.language.value}
    changed = await parts_of(request).accounts.change(
        account.id, account.version, values, by=account, visitor=visitor_of(request)
    )
    return answer(me(changed, session_of(request)))


async def my_sessions(request: web.Request) -> web.Response:
    found = await parts_of(request).accounts.sessions(account_of(request))
    current = session_of(request).id
    return answer(Sessions(items=[show_session(session, current) for session in found]))


async def end_session(request: web.Request) -> web.Response:
    ended = await parts_of(request).accounts.revoke(
        request.match_info["session"], account_of(request), visitor_of(request)
    )
    if not ended:
        raise Problem("not_found")
    return web.Response(status=204)


async def make_token(request: web.Request) -> web.Response:
    asked = await body_of(request, NewToken)
    if session_of(request).kind is SessionKind.TOKEN:
        raise Problem("forbidden", N_("A token cannot make tokens: sign in with a password."))
    token, session = await parts_of(request).accounts.make_token(
        account_of(request), asked.label, asked.days, visitor_of(request)
    )
    return answer(TokenMade(token=token, session=show_session(session, "")), 201)


def me(account: Account, session: Session) -> Me:
    return Me(
        id=account.id,
        login=account.login,
        name=account.name,
        roles=sorted(account.roles),
        rights=sorted(account.rights),
        agent_id=account.agent_id,
        language=account.language,
        expires_at=session.expires_at,
    )


def show_session(session: Session, current: str) -> SessionShown:
    return SessionShown(
        id=session.id,
        kind=session.kind,
        label=session.label,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        current=session.id == current,
    )


_MINE = Open.TO_SIGNED_IN
ROUTES = (
    Route(
        "POST",
        "/session",
        sign_in,
        Open.TO_ALL,
        "signIn",
        "Sign in; the answer sets the session's cookie.",
        body=SignIn,
        answer=Me,
        status=201,
        problems=("sign_in_refused", "too_many"),
    ),
    Route("GET", "/session", who_am_i, _MINE, "whoAmI", "Who is signed in, and what he may do.", answer=Me),
    Route("DELETE", "/session", sign_out, _MINE, "signOut", "Sign out; ends the session or token used.", status=204),
    Route(
        "PUT",
        "/session/password",
        change_password,
        _MINE,
        "changePassword",
        "Change one's own password; ends all sessions and tokens.",
        body=NewPassword,
        status=204,
        problems=("too_many",),
    ),
    Route(
        "PUT",
        "/session/language",
        change_language,
        _MINE,
        "changeLanguage",
        "Choose the language of pages and messages.",
        body=MyLanguage,
        answer=Me,
    ),
    Route("GET", "/sessions", my_sessions, _MINE, "mySessions", "One's own sessions and tokens.", answer=Sessions),
    Route(
        "DELETE",
        "/sessions/{session}",
        end_session,
        _MINE,
        "endSession",
        "End one of one's own sessions or tokens.",
        status=204,
        problems=("not_found",),
    ),
    Route(
        "POST",
        "/tokens",
        make_token,
        _MINE,
        "makeToken",
        "A token for a program, with one's own rights: `Authorization: Bearer …`.",
        body=NewToken,
        answer=TokenMade,
        status=201,
    ),
)
