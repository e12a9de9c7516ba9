"""Signing in: guesses are slowed, a wrong password looks like an unknown login, every step is written down."""

from http.cookies import SimpleCookie

from callcenter.domain.audit import Action
from callcenter.engine.guesses import GUESSES
from callcenter.web.guard import PLAIN_COOKIE
from callcenter.web.site import API
from web.visiting import PASSWORD, Answer, Person, Site


async def test_wrong_unknown_and_disabled_look_the_same(site: Site) -> None:
    account = await site.account(Person.COMPLIANCE)
    await site.parts.accounts.change(account.id, account.version, {"disabled": True})
    visitor = await site.visitor()
    answers = [
        await visitor.post("/session", {"login": login, "password": password})
        for login, password in (
            (Person.AGENT.value, "wrong password"),
            ("no such login", PASSWORD),
            (Person.COMPLIANCE.value, PASSWORD),
            (Person.COMPLIANCE.value, "wrong password"),
        )
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert all("Set-Cookie" not in answer.headers for answer in answers)


async def test_guessing_is_slowed_down(site: Site) -> None:
    visitor = await site.visitor()
    for _ in range(GUESSES):
        assert (await visitor.sign_in(Person.AGENT, "wrong password")).status == 401
    slowed = await visitor.sign_in(Person.AGENT)
    assert (slowed.status, slowed.code) == (429, "too_many")
    assert int(slowed.headers["Retry-After"]) > 0
    assert (await visitor.sign_in(Person.SUPERVISOR)).status == 201
    await site.story.clock.advance(int(slowed.headers["Retry-After"]))
    assert (await visitor.sign_in(Person.AGENT)).status == 201


async def test_a_session_cannot_be_fixed_beforehand(site: Site) -> None:
    """Whoever planted a secret, or knows the one before, gets nothing of the next sign-in."""
    visitor = await site.visitor()
    planted = {"Cookie": f"{PLAIN_COOKIE}=planted"}
    answer = await visitor.ask("POST", "/session", {"login": Person.AGENT.value, "password": PASSWORD}, headers=planted)
    first = secret_of(answer)
    second = secret_of(await visitor.sign_in(Person.AGENT))
    assert len({"planted", first, second}) == 3
    stranger = await site.visitor()
    assert (await stranger.ask("GET", "/session", headers=planted)).status == 401


def secret_of(answer: Answer) -> str:
    return SimpleCookie(answer.headers["Set-Cookie"])[PLAIN_COOKIE].value


async def test_the_cookie_is_out_of_reach(site: Site) -> None:
    morsel = SimpleCookie((await (await site.visitor()).sign_in(Person.AGENT)).headers["Set-Cookie"])[PLAIN_COOKIE]
    assert morsel["httponly"]
    assert (morsel["samesite"], morsel["path"], morsel["domain"]) == ("Lax", "/", "")
    assert len(morsel.value) >= 40


async def test_a_signed_out_cookie_is_worthless(site: Site) -> None:
    visitor, thief = await site.visitor(), await site.visitor()
    stolen = {"Cookie": f"{PLAIN_COOKIE}={secret_of(await visitor.sign_in(Person.AGENT))}"}
    assert (await thief.ask("GET", "/session", headers=stolen)).status == 200
    assert (await visitor.ask("DELETE", "/session")).status == 204
    assert (await thief.ask("GET", "/session", headers=stolen)).status == 401


async def test_a_cookie_is_no_token_and_a_token_no_cookie(site: Site) -> None:
    visitor, stranger = await site.visitor(), await site.visitor()
    secret = secret_of(await visitor.sign_in(Person.AGENT))
    token = (await visitor.post("/tokens", {"label": "a program", "days": 1})).json["token"]
    as_token = {"Authorization": f"Bearer {secret}"}
    as_cookie = {"Cookie": f"{PLAIN_COOKIE}={token}"}
    assert (await stranger.ask("GET", "/session", headers=as_token)).status == 401
    assert (await stranger.ask("GET", "/session", headers=as_cookie)).status == 401
    assert (await stranger.ask("GET", "/session", headers={"Authorization": f"Bearer {token}"})).status == 200


async def test_a_token_makes_no_tokens(site: Site) -> None:
    program = await site.with_token(Person.AGENT)
    assert (await program.post("/tokens", {"label": "another"})).status == 403


async def test_another_sites_form_signs_nobody_in_or_out(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    for origin in ("https://evil.example", "null", site.url.replace("http", "https")):
        answer = await visitor.ask("DELETE", "/session", headers={"Origin": origin})
        assert (answer.status, answer.code) == (403, "cross_origin")
    visitor.session.headers.pop("Origin")
    async with visitor.session.delete(API + "/session") as unnamed:
        assert unnamed.status == 403
    assert (await visitor.get("/session")).status == 200


async def test_a_new_password_ends_every_session(site: Site) -> None:
    here, there = await site.sign_in(Person.AGENT), await site.sign_in(Person.AGENT)
    given = {"old": PASSWORD, "new": "another good password"}
    assert (await here.ask("PUT", "/session/password", given)).status == 204
    assert (await there.get("/session")).status == 401


async def test_every_step_is_written_down(site: Site) -> None:
    visitor = await site.visitor()
    await visitor.sign_in(Person.AGENT, "wrong password")
    await visitor.sign_in(Person.AGENT)
    made = await visitor.post("/tokens", {"label": "a program", "days": 1})
    await visitor.ask("DELETE", f"/sessions/{made.json['session']['id']}")
    await visitor.ask("DELETE", "/session")
    deeds = [entry.deed for entry in await site.audit() if entry.deed.login == Person.AGENT.value][::-1]
    assert [deed.action for deed in deeds] == [
        Action.SIGN_IN_REFUSED,
        Action.SIGNED_IN,
        Action.TOKEN_MADE,
        Action.TOKEN_REVOKED,
        Action.SIGNED_OUT,
    ]
    assert {deed.address for deed in deeds} == {"127.0.0.1"}
    assert "wrong password" not in str(deeds)


async def test_who_is_not_signed_in_is_told_how_programs_sign_in(site: Site) -> None:
    answer = await (await site.visitor()).get("/session")
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
