"""Coming in and going out: the start, signing in, one's own account and language."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.words.sentences import Language
from callcenter.engine.accounts import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    AccountChangedError,
    SignInRefusedError,
    TooManyGuessesError,
    WeakPasswordError,
)
from callcenter.web.asked import Asked
from callcenter.web.guard import give_cookie, same_site, take_cookie
from callcenter.web.language import COOKIE, N_, Translator
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go, with_error
from callcenter.web.pages.menu import start_of
from callcenter.web.pages.rendering import render
from callcenter.web.pages.words import word
from callcenter.web.parts import ACCOUNT, account_of, parts_of, session_of, visitor_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Open, Route

UNPROCESSABLE, TOO_MANY, UNAUTHORIZED = 422, 429, 401
A_YEAR = 365 * 24 * 3600


class SignInForm(Asked):
    login: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=LONGEST_PASSWORD)
    next: str = Field(default="/", max_length=2000)


class PasswordForm(Asked):
    old: str = Field(min_length=1, max_length=LONGEST_PASSWORD)
    new: str = Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)
    again: str = Field(min_length=1, max_length=LONGEST_PASSWORD)


class LanguageForm(Asked):
    language: Language
    next: str = Field(default="/", max_length=2000)


async def start(request: web.Request) -> web.Response:
    account = request.get(ACCOUNT)
    raise web.HTTPSeeOther(start_of(account) if account else "/login")


async def sign_in_page(request: web.Request) -> web.Response:
    account = request.get(ACCOUNT)
    target = same_site(request.query.get("next", "/"))
    if account is not None:
        raise web.HTTPSeeOther(target)
    return _sign_in_page(request, Form(), target)


async def sign_in(request: web.Request) -> web.Response:
    parts, _ = parts_of(request), words_of(request)
    given = await fields_of(request)
    target = same_site(str(given.get("next", "/")))
    try:
        filled = checked(given, SignInForm, _)
    except FormError as error:
        return _sign_in_page(request, error.form, target, UNPROCESSABLE)
    asked = filled.model
    try:
        secret, _session, _account = await parts.accounts.sign_in(asked.login, asked.password, visitor_of(request))
    except TooManyGuessesError as error:
        response = _sign_in_page(request, _wait(filled.form, error, _), target, TOO_MANY)
        response.headers["Retry-After"] = str(seconds_of(error))
        return response
    except SignInRefusedError:
        form = with_error(filled.form, **{"": _("Login or password is wrong.")})
        return _sign_in_page(request, form, target, UNAUTHORIZED)
    answer = web.HTTPSeeOther(target)
    give_cookie(answer, secret, parts.terms)
    raise answer


def seconds_of(error: TooManyGuessesError) -> int:
    return max(1, int(error.wait.total_seconds() + 0.999))


def _wait(form: Form, error: TooManyGuessesError, _: Translator) -> Form:
    text = _(
        "Too many sign-ins at once, or wrong passwords; try again in {seconds} seconds.", seconds=seconds_of(error)
    )
    return with_error(form, **{"": text})


def _sign_in_page(request: web.Request, form: Form, target: str, status: int = 200) -> web.Response:
    return render(request, "login.html", {"form": form, "next": target}, status)


async def sign_out(request: web.Request) -> web.Response:
    parts = parts_of(request)
    await parts.accounts.sign_out(session_of(request), account_of(request), visitor_of(request))
    answer = go("/login", "signed_out")
    take_cookie(answer, parts.terms)
    raise answer


async def my_page(request: web.Request) -> web.Response:
    return await _my_page(request, Form())


async def _my_page(request: web.Request, form: Form, status: int = 200) -> web.Response:
    account, _ = account_of(request), words_of(request)
    values = {
        "form": form,
        "roles": _(", ").join(word(role, _) for role in sorted(account.roles)),
        "sessions": await parts_of(request).accounts.sessions(account),
        "current": session_of(request).id,
        "shortest": SHORTEST_PASSWORD,
    }
    return render(request, "me.html", values, status)


async def change_password(request: web.Request) -> web.Response:
    parts, _ = parts_of(request), words_of(request)
    try:
        asked = checked(await fields_of(request), PasswordForm, _).model
        _check_same(asked, _)
        await parts.accounts.change_password(account_of(request), asked.old, asked.new, visitor_of(request))
    except FormError as error:
        return await _my_page(request, error.form, UNPROCESSABLE)
    except WeakPasswordError:
        return await _my_page(request, Form({}, {"new": _("This password is too easy to guess.")}), UNPROCESSABLE)
    except SignInRefusedError:
        return await _my_page(request, Form({}, {"old": _("This is not your password.")}), UNPROCESSABLE)
    except TooManyGuessesError as error:
        wrong = _(
            "Too many sign-ins at once, or wrong passwords; try again in {seconds} seconds.", seconds=seconds_of(error)
        )
        return await _my_page(request, Form({}, {"old": wrong}), TOO_MANY)
    answer = go("/login", "password_changed")
    take_cookie(answer, parts.terms)
    raise answer


def _check_same(asked: PasswordForm, _: Translator) -> None:
    """Raises FormError."""
    if asked.again != asked.new:
        raise FormError(Form({}, {"again": _("The two new passwords differ.")}))


async def end_session(request: web.Request) -> web.Response:
    parts = parts_of(request)
    if not await parts.accounts.revoke(request.match_info["session"], account_of(request), visitor_of(request)):
        raise Problem("not_found")
    raise go("/me")


async def choose_language(request: web.Request) -> web.Response:
    """Kept in the browser, and for who is signed in with the account."""
    try:
        asked = checked(await fields_of(request), LanguageForm, words_of(request)).model
    except FormError as error:
        raise Problem("invalid", N_("There is no such language.")) from error
    parts, account = parts_of(request), request.get(ACCOUNT)
    if account is not None and account.language != asked.language:
        values = {"language": asked.language.value}
        try:
            await parts.accounts.change(account.id, account.version, values, by=account, visitor=visitor_of(request))
        except AccountChangedError as error:
            raise Problem("changed_meanwhile") from error
    answer = web.HTTPSeeOther(same_site(asked.next))
    answer.set_cookie(
        COOKIE, asked.language.value, max_age=A_YEAR, path="/", secure=parts.terms.secure, httponly=True, samesite="Lax"
    )
    raise answer


_ALL, _MINE = Open.TO_ALL, Open.TO_SIGNED_IN
ROUTES = (
    Route("GET", "/", start, _ALL, "pageStart", page=True),
    Route("GET", "/login", sign_in_page, _ALL, "pageSignIn", page=True),
    Route("POST", "/login", sign_in, _ALL, "pageSignInSent", page=True),
    Route("POST", "/sign-out", sign_out, _MINE, "pageSignOut", page=True),
    Route("GET", "/me", my_page, _MINE, "pageMe", page=True),
    Route("POST", "/me/password", change_password, _MINE, "pagePassword", page=True),
    Route("POST", "/me/sessions/{session}/end", end_session, _MINE, "pageEndSession", page=True),
    Route("POST", "/language", choose_language, _ALL, "pageLanguage", page=True),
)
