"""The pages without a browser: who sees which, in both languages, and what the forms do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from callcenter.domain.access import Role
from callcenter.domain.attempt import Attempt
from callcenter.domain.people import Agent, CallbackState, Plan, PlanState
from callcenter.web.guard import allowed
from callcenter.web.pages import assets
from callcenter.web.pages.assets import NAMES, asset
from callcenter.web.pages.table import PAGE_ROUTES
from callcenter.web.routes import Open, Route
from engine.story import Story
from web.scripting import furnished
from web.visiting import PASSWORD, ROLES, Person, Site, Visitor

HOSTILE = '<script>alert("1")</script>{{ 7 * 7 }}'
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
HALF_WIDE = re.compile(r".{0,20}[\u4e00-\u9fff][:;,] .{0,20}")
"""Marks of the other language behind Chinese."""

KNOWN = frozenset({"attempt", "callback", "account", "plan", "policy"})
READABLE = [
    route
    for route in PAGE_ROUTES
    if route.method == "GET"
    and route.path not in {"/", "/login", "/desk/logs/{attempt}/fields"}
    and KNOWN.issuperset(re.findall(r"{([a-z]+)", route.path))
]
"""Whatever a file must be uploaded for, or is named by its content, has tests of its own."""

NEEDS_SIGN_IN = [route for route in READABLE if route.needs is not Open.TO_ALL]
AN_HTML_PAGE = {"Accept": "text/html,application/xhtml+xml"}
BY_SCRIPT = {"Accept": "text/html", "HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Seen:
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def place(self) -> str:
        return self.headers.get("Location", "")


async def see(visitor: Visitor, path: str, form: object = None, headers: Mapping[str, str] | None = None) -> Seen:
    """A page; a form is posted."""
    method = "GET" if form is None else "POST"
    async with visitor.session.request(
        method,
        path,
        data=form or None,
        headers={**AN_HTML_PAGE, **(headers or {}), **_urlencoded(form)},
        allow_redirects=False,
    ) as response:
        return Seen(response.status, await response.text("utf-8", "replace"), dict(response.headers))


def _urlencoded(form: object) -> Mapping[str, str]:
    return {} if form is None or form else {"Content-Type": "application/x-www-form-urlencoded"}


async def path_of(site: Site, route: Route) -> str:
    account = await site.account(Person.AGENT)
    problem = await furnished(site) if "{script}" in route.path or "{case}" in route.path else ""
    own = {"attempt": site.talk, "callback": "cb-3", "account": account.id, "script": "broker", "case": problem}
    return route.path.format(plan="quick", policy="tongjiang", **own)


async def used_up(story: Story, callback: str = "cb-4") -> None:
    """Dialled in vain until its round is over."""
    while (await story.callback(callback)).state is not CallbackState.EXHAUSTED:
        attempt = await story.dial(callback, 1001)
        assert isinstance(attempt, Attempt), attempt
        story.switch.agent_answers(attempt.id)
        await story.clock.advance(0.5)
        story.switch.rings(attempt.id)
        await story.clock.advance(30)


# --- who sees what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ROLES)
async def test_each_role_sees_its_pages_and_no_other(site: Site, person: Person) -> None:
    visitor, account = await site.sign_in(person), await site.account(person)
    for route in READABLE:
        seen = await see(visitor, await path_of(site, route))
        own = not route.name.startswith("pageLog") or person is Person.AGENT
        expected = 200 if allowed(account, route.needs) and own else 403
        # The phone's socket is no page; who asks for it as one is told so.
        expected = 400 if route.name == "phoneSocket" and expected == 200 else expected
        assert (route.path, seen.status) == (route.path, expected), seen.text
        assert seen.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("language", "word"), [("en", "Sign out"), ("zh", "退出")])
async def test_every_page_comes_in_both_languages_without_inline_code(site: Site, language: str, word: str) -> None:
    await used_up(site.story)
    for person in ROLES:
        visitor, account = await site.sign_in(person), await site.account(person)
        for route in READABLE:
            if not allowed(account, route.needs):
                continue
            seen = await see(visitor, f"{await path_of(site, route)}?lang={language}")
            assert not INLINE.search(seen.text), (route.path, INLINE.search(seen.text))
            assert not HALF_WIDE.search(seen.text), (route.path, HALF_WIDE.search(seen.text))
            assert "style-src 'self'" in seen.headers["Content-Security-Policy"]
            if "<html" in seen.text:
                assert word in seen.text, route.path


@pytest.mark.parametrize("route", NEEDS_SIGN_IN, ids=lambda route: route.name)
async def test_nobody_is_sent_to_sign_in_and_comes_back(site: Site, route: Route) -> None:
    path = await path_of(site, route)
    seen = await see(await site.visitor(), path)
    assert seen.status == 303
    assert urlsplit(seen.place).path == "/login"
    assert parse_qs(urlsplit(seen.place).query) == {"next": [path]}


async def test_hostile_names_are_only_text_on_every_page(site: Site) -> None:
    story = site.story
    await story.books.people.add_agent(Agent("agent-x", "6666", HOSTILE, HOSTILE, "PJSIP/agent-x"))
    plan = next(plan for plan in await story.books.people.plans() if plan.id == "quick")
    await story.books.people.add_plan(replace(plan, id="hostile", name=HOSTILE, purpose=HOSTILE))
    case = await story.case("cb-3")
    customer = replace(case.customer, id="x", name=HOSTILE, organisation=HOSTILE, manager=HOSTILE, language=HOSTILE)
    for name in ("cb-31", "cb-32"):
        callback = replace(case.callback, id=name, plan_id="hostile", customer_id="x", purpose=HOSTILE)
        await story.books.people.add_cases([customer], [callback])
        await site.talked("cb-31", 1001) if name == "cb-31" else None
    talk = (await story.books.attempts.latest(1, "cb-31"))[0].attempt.id
    await site.parts.accounts.add("hostile", HOSTILE, frozenset(Role), PASSWORD, agent_key="6666")
    visitor = await site.visitor()
    await visitor.post("/session", {"login": "hostile", "password": PASSWORD})
    told = 0
    paths = [await path_of(site, route) for route in READABLE if not route.name.startswith("pageLog")]
    more = ["/desk?callback=cb-32", f"/recordings/{talk}", "/queue/cb-32", "/exhausted/cb-32", f"/queue?text={HOSTILE}"]
    for path in [*paths, *more, f"/recordings?customer={HOSTILE}", f"/nowhere/{HOSTILE}", f"/login?next={HOSTILE}"]:
        seen = await see(visitor, path)
        assert "<script>alert" not in seen.text, path
        assert "49" not in re.findall(r"</script>(\d+)", seen.text)
        told += escape(HOSTILE, quote=False) in seen.text.replace("&#34;", '"').replace("&quot;", '"')
    assert told > 10
    agent = await site.sign_in(Person.AGENT)
    assert "<script>alert" not in (await see(agent, f"/desk/logs/{talk}")).text


# --- coming in ------------------------------------------------------------------------------------------------------


async def test_signing_in_leads_to_where_one_wanted_to_go(site: Site) -> None:
    visitor = await site.visitor()
    form = {"login": Person.SUPERVISOR.value, "password": PASSWORD, "next": "/plans"}
    seen = await see(visitor, "/login", form)
    assert (seen.status, seen.place) == (303, "/plans")
    assert (await see(visitor, "/plans")).status == 200
    assert (await see(visitor, "/sign-out", {})).place == "/login?said=signed_out"
    assert (await see(visitor, "/plans")).status == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_signing_in_never_leads_to_another_site(site: Site, target: str) -> None:
    form = {"login": Person.SUPERVISOR.value, "password": PASSWORD, "next": target}
    assert (await see(await site.visitor(), "/login", form)).place == "/"


async def test_a_wrong_password_is_told_and_the_login_stays(site: Site) -> None:
    seen = await see(await site.visitor(), "/login", {"login": "agent1001", "password": "wrong"})
    assert seen.status == 401
    assert "Login or password is wrong." in seen.text
    assert 'value="agent1001"' in seen.text
    assert 'wrong"' not in seen.text


async def test_too_many_guesses_are_told_how_long_to_wait(site: Site) -> None:
    visitor = await site.visitor()
    for _ in range(5):
        await see(visitor, "/login", {"login": "agent1001", "password": "wrong"})
    seen = await see(visitor, "/login", {"login": "agent1001", "password": PASSWORD})
    assert seen.status == 429
    assert f"try again in {seen.headers['Retry-After']} seconds" in seen.text


async def test_a_language_is_kept_and_another_site_cannot_post(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    seen = await see(visitor, "/language", {"language": "zh", "next": "/queue?text=a"})
    assert seen.place == "/queue?text=a"
    assert "队列" in (await see(visitor, "/queue")).text
    assert (await site.account(Person.SUPERVISOR)).language == "zh"
    refused = await see(visitor, "/language", {"language": "en"}, {"Origin": "https://evil.example"})
    assert refused.status == 403


async def test_a_new_password_needs_the_old_one_and_signs_out(site: Site) -> None:
    visitor = await site.sign_in(Person.ADMIN)
    wrong = await see(
        visitor, "/me/password", {"old": "x", "new": "a new long password", "again": "a new long password"}
    )
    assert wrong.status == 422
    assert "This is not your password." in wrong.text
    other = await see(visitor, "/me/password", {"old": PASSWORD, "new": "a new long password", "again": "another one"})
    assert "The two new passwords differ." in other.text
    form = {"old": PASSWORD, "new": "a new long password", "again": "a new long password"}
    assert (await see(visitor, "/me/password", form)).place == "/login?said=password_changed"
    assert (await see(visitor, "/accounts")).status == 303


# --- what goes wrong -------------------------------------------------------------------------------------------------


async def test_a_missing_page_is_told_on_a_page_and_within_one_as_a_message(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    page = await see(visitor, "/nowhere")
    assert (page.status, "<html" in page.text) == (404, True)
    message = await see(visitor, "/nowhere", None, BY_SCRIPT)
    assert (message.status, "<html" in message.text) == (404, False)
    assert message.headers["HX-Retarget"] == "#messages"
    signed_out = await see(await site.visitor(), "/queue", None, BY_SCRIPT)
    assert signed_out.status == 401
    assert "sign in in another tab" in signed_out.text


async def test_programs_get_problem_details_for_what_pages_get_pages_for(site: Site) -> None:
    visitor = await site.visitor()
    async with visitor.session.get("/api/v1/session", headers=AN_HTML_PAGE) as response:
        assert response.content_type == "application/problem+json"


async def test_trouble_is_told_on_every_page(site: Site) -> None:
    site.story.service.health.archive_trouble = "no disk"
    seen = await see(await site.sign_in(Person.AGENT), "/status")
    assert "no disk" in seen.text
    assert "No calls just now" in seen.text


@pytest.mark.parametrize("name", NAMES)
async def test_assets_are_kept_for_long_under_the_name_of_their_content(site: Site, name: str) -> None:
    found = asset(name)
    assert found is not None
    visitor = await site.visitor()
    seen = await see(visitor, found.path)
    assert seen.status == 200
    assert "immutable" in seen.headers["Cache-Control"]
    assert (await see(visitor, f"/assets/{'0' * 12}/{name}")).status == 404
    assert (await see(visitor, f"/assets/{found.tag}/package.json")).status == 404


async def test_assets_that_nobody_has_are_not_remembered(site: Site) -> None:
    visitor = await site.visitor()
    before = assets._asset.cache_info().currsize  # noqa: SLF001 (what it keeps is what is looked at)
    for number in range(20):
        assert (await see(visitor, f"/assets/{'0' * 12}/nothing-{number}.js")).status == 404
    assert assets._asset.cache_info().currsize == before  # noqa: SLF001 (as above)


# --- supervisor, compliance, admin -----------------------------------------------------------------------------------


async def test_a_used_up_callback_is_closed_undone_and_given_back(site: Site) -> None:
    await used_up(site.story)
    visitor = await site.sign_in(Person.SUPERVISOR)
    assert "cb-4" in (await see(visitor, "/exhausted")).text
    version = str((await site.story.callback("cb-4")).version)
    lacking = await see(visitor, "/exhausted/cb-4/close", {"version": version, "code": "other", "note": ""})
    assert lacking.status == 422
    assert "Please give a reason." in lacking.text
    closed = await see(visitor, "/exhausted/cb-4/close", {"version": version, "code": "wrong_number", "note": "空号"})
    assert closed.place == "/exhausted?undo=cb-4&said=callback_closed"
    assert (await site.story.callback("cb-4")).state is CallbackState.CLOSED
    listed = (await see(visitor, "/exhausted?closed=true")).text
    for page in (listed, (await see(visitor, closed.place)).text, (await see(visitor, "/exhausted/cb-4")).text):
        assert "/exhausted/cb-4/undo" in page
    for page in (listed, (await see(visitor, "/queue/cb-4")).text):
        assert "supervisor: Closed · Wrong number, no other known · 空号" in page
    version = str((await site.story.callback("cb-4")).version)
    undone = await see(visitor, "/exhausted/cb-4/undo", {"version": version})
    assert undone.place == "/exhausted/cb-4?said=undone"
    callback = await site.story.callback("cb-4")
    assert (callback.state, callback.round) == (CallbackState.EXHAUSTED, 1)
    assert "/undo" not in (await see(visitor, closed.place)).text
    back = await see(visitor, "/exhausted/cb-4/give-back", {"version": str(callback.version), "reason": "again"})
    assert back.status == 303
    assert (await site.story.callback("cb-4")).round == 2


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("give-back", {"reason": "a second try"}),
        ("close", {"code": "other", "note": "a second try"}),
        ("undo", {}),
    ],
)
async def test_who_decides_too_late_sees_what_the_other_decided(site: Site, path: str, form: Mapping[str, str]) -> None:
    await used_up(site.story)
    visitor = await site.sign_in(Person.SUPERVISOR)
    version = str((await site.story.callback("cb-4")).version)
    assert (await see(visitor, "/exhausted/cb-4/close", {"version": version, "code": "duplicate"})).status == 303
    stale = await see(visitor, f"/exhausted/cb-4/{path}", {"version": version, **form})
    assert stale.status == 409
    assert "Somebody else decided of it meanwhile." in stale.text
    assert "supervisor: Closed · There is another callback for it" in stale.text
    now = str((await site.story.callback("cb-4")).version)
    assert f'name="version" value="{now}"' in stale.text
    assert (await see(visitor, "/exhausted/cb-4/give-back", {"version": now, "reason": "again"})).status == 303
    gone = await see(visitor, f"/exhausted/cb-4/{path}", {"version": now, **form})
    assert gone.status == 409
    assert 'href="/queue/cb-4"' in gone.text


async def test_a_plan_is_paused_and_runs_again(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)

    async def plan() -> Plan:
        return next(plan for plan in await site.story.books.people.plans() if plan.id == "quick")

    assert (await see(visitor, "/plans/quick", {"before": "running", "state": "paused"})).status == 303
    assert (await plan()).state is PlanState.PAUSED
    assert (await see(visitor, "/plans/quick", {"before": "running", "state": "paused"})).status == 409
    assert (await see(visitor, "/plans/quick", {"before": "paused", "state": "running"})).status == 303
    assert (await plan()).state is PlanState.RUNNING
    reader = await site.sign_in(Person.COMPLIANCE)
    assert (await see(reader, "/plans/quick", {"before": "running", "state": "paused"})).status == 403


async def test_recordings_are_found_by_what_is_known_of_them(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    for query, found in (("number=0001", True), ("number=9999", False), ("agent=1001", True), ("agent=1002", False)):
        assert (site.talk in (await see(visitor, f"/recordings?{query}")).text) is found
    assert "This is not right." in (await see(visitor, "/recordings?number=abc")).text
    assert (await see(visitor, "/recordings?cursor=rubbish")).status == 422
    one = (await see(visitor, f"/recordings/{site.talk}")).text
    assert f"/api/v1/recordings/{site.talk}/audio" in one
    assert "download" in one
    assert "+86138" not in one
    assert "13800000001" not in one
    supervisor = await site.sign_in(Person.SUPERVISOR)
    assert "download=true" not in (await see(supervisor, f"/recordings/{site.talk}")).text


async def test_a_number_is_found_however_it_is_written_and_a_span_must_not_end_before_it_begins(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    for written in ("0001", "+86 138-0000 0001", "(138) 00000001"):
        query = urlencode({"number": written})
        assert f"/recordings/{site.talk}" in (await see(visitor, f"/recordings?{query}")).text, written
    for wrong in ({"number": "abc"}, {"first": "2026-11-23", "last": "2026-11-22"}):
        page = (await see(visitor, f"/recordings?{urlencode(wrong)}")).text
        assert 'aria-invalid="true"' in page, wrong


async def test_a_changed_file_is_found_out(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    fine = await see(visitor, f"/recordings/{site.talk}/verify", {})
    assert fine.place == f"/recordings/{site.talk}"
    assert "The file was unchanged when it was last checked" in (await see(visitor, fine.place)).text
    kept = (await site.story.recording(site.talk)).kept
    assert kept is not None
    file = site.archive.root / kept.path
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    await see(visitor, f"/recordings/{site.talk}/verify", {})
    told = (await see(visitor, f"/recordings/{site.talk}?checked=right")).text
    assert "The file was changed since it was kept" in told
    assert "The file was unchanged when it was last checked" not in told


async def test_an_admin_adds_changes_and_disables_an_account_but_not_the_last_one(site: Site) -> None:
    visitor = await site.sign_in(Person.ADMIN)
    form = {"login": "new", "name": "New", "password": "a long password", "roles": "compliance", "agent": ""}
    assert (await see(visitor, "/accounts", {**form, "password": "short"})).status == 422
    assert 'id="agent-wrong">Choose' in (await see(visitor, "/accounts", {**form, "roles": "agent"})).text
    assert (await see(visitor, "/accounts", form)).place == "/accounts?said=account_added"
    assert "has an account already" in (await see(visitor, "/accounts", form)).text
    found = await site.story.books.accounts.by_login("new")
    assert found is not None
    change = {"version": "1", "name": "Newer", "roles": "supervisor", "agent": "", "state": "disabled"}
    assert (await see(visitor, f"/accounts/{found[0].id}", change)).place == "/accounts?said=account_changed"
    after = await site.story.books.accounts.get(found[0].id)
    assert after is not None
    assert (after.name, after.roles, after.disabled_at is None) == ("Newer", frozenset({Role.SUPERVISOR}), False)
    admin = await site.account(Person.ADMIN)
    last = {"version": str(admin.version), "name": "x", "roles": "agent", "agent": "", "state": "active"}
    for lost, field in ((last, "roles"), ({**last, "roles": "admin", "state": "disabled"}, "state")):
        told = f'id="{field}-wrong">This is the last administrator.'
        assert told in (await see(visitor, f"/accounts/{admin.id}", lost)).text
    disabled = await visitor.ask("PATCH", f"/accounts/{admin.id}", {"version": admin.version, "disabled": True})
    assert (disabled.status, disabled.code) == (409, "last_administrator")
    assert disabled.json["title"] == "This is the last administrator."
