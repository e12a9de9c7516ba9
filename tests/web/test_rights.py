"""Every URL, asked by every role, by nobody, and for another agent's object. A new URL needs its line here."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from callcenter.domain.access import Permission
from callcenter.domain.people import CallbackState
from callcenter.web.pages.table import PAGE_ROUTES
from callcenter.web.rights import NAMES
from callcenter.web.routes import Route
from callcenter.web.site import API, API_ROUTES
from web.visiting import Person, Site, Visitor

LETTERS: Mapping[Person, str] = {
    Person.AGENT: "a",
    Person.OTHER_AGENT: "a",
    Person.SUPERVISOR: "s",
    Person.COMPLIANCE: "c",
    Person.RECORDS_HEAD: "r",
    Person.ADMIN: "d",
    Person.ANONYMOUS: "n",
}
SIGNED_IN, ALL = "ascrd", "ascrdn"

WHO: Mapping[str, str] = {
    "signIn": ALL,
    "whoAmI": SIGNED_IN,
    "signOut": SIGNED_IN,
    "changePassword": SIGNED_IN,
    "changeLanguage": SIGNED_IN,
    "mySessions": SIGNED_IN,
    "endSession": SIGNED_IN,
    "makeToken": SIGNED_IN,
    "listAccounts": "d",
    "addAccount": "d",
    "changeAccount": "d",
    "listPlans": "asc",
    "getPlan": "asc",
    "addPlan": "s",
    "changePlan": "s",
    "movePlan": "sc",
    "forecastPlan": "sc",
    "planHistory": "sc",
    "previewImport": "s",
    "addImport": "s",
    "listImports": "sc",
    "getImport": "sc",
    "stopImport": "s",
    "listImportProblems": "sc",
    "getImportReport": "sc",
    "listCallbacks": "asc",
    "countCallbacks": "asc",
    "addCallback": "s",
    "nextCallback": "a",
    "getCallback": "asc",
    "explainCallback": "asc",
    "callbackHistory": "asc",
    "releaseCallback": "a",
    "dial": "a",
    "liveCalls": "ascr",
    "hangUp": "a",
    "pauseRecording": "a",
    "resumeRecording": "a",
    "logOutsideCall": "a",
    "handInRecording": "as",
    "join": "a",
    "getPhone": "a",
    "choosePhone": "a",
    "phoneCredential": "a",
    "ringBack": "a",
    "phoneSocket": "a",
    "events": "ascr",
    "status": SIGNED_IN,
    "health": ALL,
    "listAttempts": "ascr",
    "getAttempt": "ascr",
    "listLogs": "ascr",
    "getLog": "ascr",
    "fillLog": "a",
    "closeLog": "a",
    "getLogFields": "ascr",
    "listPaperVisits": "ascr",
    "writePaperVisit": "as",
    "addScan": "as",
    "getScan": "ascr",
    "pagePaper": "ascr",
    "pagePaperWrite": "as",
    "pagePaperScan": "as",
    "writeLogFields": "a",
    "getVisitTimes": "a",
    "getVisitConflicts": "a",
    "listRecordings": "ascr",
    "listMissingRecordings": "scr",
    "proveRecordings": "scr",
    "getRecording": "ascr",
    "verifyRecording": "scr",
    "getAudio": "ascr",
    "headAudio": "ascr",
    "listExhausted": "sc",
    "giveBackCallback": "s",
    "addNumber": "s",
    "closeCallback": "s",
    "reopenCallback": "s",
    "settleReturn": "s",
    "listExclusions": "sc",
    "addExclusion": "s",
    "liftExclusion": "s",
    "previewLift": "sc",
    "listExclusionsOfCustomer": "sc",
    "listBlocklists": "sc",
    "replaceBlocklist": "s",
    "emptyBlocklist": "s",
    "listBlocklistLoads": "sc",
    "getBlocklistLoad": "sc",
    "getCalendar": SIGNED_IN,
    "listClosingDays": SIGNED_IN,
    "addClosingDay": "sd",
    "removeClosingDay": "sd",
    "pageCalendar": SIGNED_IN,
    "pageCloseDay": "sd",
    "team": "s",
    "takeBreak": "a",
    "endBreak": "a",
    "pageTeam": "s",
    "pageBreak": "a",
    "pageBreakEnds": "a",
    "listReturns": "sc",
    "myOffer": "a",
    "acceptReturn": "a",
    "declineReturn": "a",
    "pageReturns": "sc",
    "pageAcceptReturn": "a",
    "pageDeclineReturn": "a",
    "pageOpenDay": "sd",
    "listAudit": "crd",
    "verifyAudit": "crd",
    "listScripts": "sc",
    "addScript": "s",
    "checkScript": "sc",
    "tryScript": "sc",
    "getScript": "sc",
    "diffScript": "sc",
    "getSheet": "ascr",
    "giveAnswer": "a",
    "addComplaint": "a",
    "listProblemCases": "sc",
    "getProblemCase": "sc",
    "moveProblemCase": "s",
    "askSecondVisit": "s",
    "pageSecondVisit": "s",
    "addCorrection": "a",
    "listCorrections": "sc",
    "decideCorrection": "s",
    "pageScripts": "sc",
    "pageScript": "sc",
    "pageScriptDiff": "sc",
    "pageScriptEditor": "s",
    "pageScriptEdit": "s",
    "pageProblems": "sc",
    "pageProblem": "sc",
    "pageProblemStep": "s",
    "pageCorrections": "sc",
    "pageDecideCorrection": "s",
    "listPolicies": "scrd",
    "getPolicy": "scrd",
    "listRenewals": "scrd",
    "diffPolicies": "scrd",
    "checkPolicy": "scrd",
    "simulatePolicy": "scrd",
    "addPolicy": "rd",
    "explainPlan": "sc",
    "pagePolicies": "scrd",
    "pagePolicy": "scrd",
    "pagePolicyDiff": "scrd",
    "pagePolicyEditor": "rd",
    "pagePolicyEdit": "rd",
    "pagePlanWhy": "sc",
    "openapi": ALL,
    "pageAsset": ALL,
    "pageStart": ALL,
    "pageSignIn": ALL,
    "pageSignInSent": ALL,
    "pageSignOut": SIGNED_IN,
    "pageMe": SIGNED_IN,
    "pagePassword": SIGNED_IN,
    "pageEndSession": SIGNED_IN,
    "pageLanguage": ALL,
    "pageDesk": "a",
    "pageDeskNow": "a",
    "pageDeskQueue": "a",
    "pageNext": "a",
    "pageDial": "a",
    "pageRelease": "a",
    "pageHangUp": "a",
    "pagePause": "a",
    "pageResume": "a",
    "pageFallback": "a",
    "pageFallbackWrite": "a",
    "pageHandIn": "as",
    "pageLog": "a",
    "pageLogClose": "a",
    "pageLogFields": "a",
    "pageOpenLogs": "a",
    "pageOpenLogsHead": "a",
    "pageLogKeep": "a",
    "pageLogTimes": "a",
    "pageLogTimesCheck": "a",
    "pageExhausted": "s",
    "pageExhaustedOne": "s",
    "pageGiveBack": "s",
    "pageClose": "s",
    "pageDecideMany": "s",
    "pageSettleReturn": "s",
    "pageNewNumber": "s",
    "pageUndo": "s",
    "pageQueue": "sc",
    "pageCallback": "sc",
    "pagePlans": "sc",
    "pageImports": "sc",
    "pageUpload": "s",
    "pagePreview": "s",
    "pageChoose": "s",
    "pageImport": "sc",
    "pageImportNow": "sc",
    "pageImportStop": "s",
    "pageExclusions": "sc",
    "pageExclude": "s",
    "pageLift": "s",
    "pageBlocklists": "sc",
    "pageBlocklistsNow": "sc",
    "pageReplaceBlocklist": "s",
    "pageEmptyBlocklist": "s",
    "pageMovePlan": "sc",
    "pagePlan": "sc",
    "pageNewPlan": "s",
    "pageAddPlan": "s",
    "pageEditPlan": "s",
    "pageChangePlan": "s",
    "pageRecordings": "scr",
    "pageProof": "scr",
    "pageRecording": "scr",
    "pageVerify": "scr",
    "pageAccounts": "d",
    "pageAddAccount": "d",
    "pageAccount": "d",
    "pageChangeAccount": "d",
    "pageAudit": "crd",
    "pageStatus": SIGNED_IN,
}
"""Who gets past the door: a agents, s supervisors, c compliance, r the head of records, d administrators, n nobody."""

BODIES: Mapping[str, Mapping[str, str]] = {
    "join": {"endpoint": "PJSIP/agent-1001"},
    "giveBackCallback": {"reason": "x"},
    "pageDial": {"request": "1"},
}
"""Where whose it is can be asked only once the request is understood."""

ROUTES = (*API_ROUTES, *PAGE_ROUTES)
OBJECTS = ("{attempt}", "{callback}")
_PARAMETER = re.compile(r"\{(\w+)[^}]*\}")


def test_every_url_has_its_line() -> None:
    assert {route.name for route in ROUTES} == set(WHO)


@pytest.mark.parametrize("routes", [API_ROUTES, PAGE_ROUTES], ids=["api", "pages"])
def test_urls_are_unique(routes: tuple[Route, ...]) -> None:
    assert len({(route.method, route.path) for route in routes}) == len(routes)


def path_of(route: Route, values: Mapping[str, str]) -> str:
    path = _PARAMETER.sub(lambda found: values.get(found[1], "nothing"), route.path)
    return path if route in PAGE_ROUTES else API + path


async def status_of(visitor: Visitor, route: Route, values: Mapping[str, str]) -> int:
    """401 also where a page sends to the sign-in."""
    given = BODIES.get(route.name, {})
    body: dict[str, Any] = {} if route.method == "GET" else {"data" if route in PAGE_ROUTES else "json": given}
    path = path_of(route, values)
    async with visitor.session.request(route.method, path, allow_redirects=False, **body) as response:
        assert response.status < 500, (route.name, await response.text())
        if (
            response.status in {302, 303}
            and route.name != "pageSignOut"
            and response.headers["Location"].startswith("/login")
        ):
            return 401
        return response.status


@pytest.mark.parametrize("person", [person for person in Person if person is not Person.OTHER_AGENT])
async def test_who_gets_in_and_who_does_not(site: Site, person: Person) -> None:
    own = {"attempt": site.talk, "callback": "cb-1", "plan": "quick"}
    wrong = {}
    for route in ROUTES:
        status = await status_of(await site.sign_in(person), route, own)
        if LETTERS[person] in WHO[route.name]:
            as_expected = status not in {401, 403} or route.name in {"signIn", "pageSignInSent", "pageStart"}
        else:
            as_expected = status == (401 if person is Person.ANONYMOUS else 403)
        if not as_expected:
            wrong[route.name] = status
    assert not wrong


async def test_another_agents_object_is_nobodys_business(site: Site) -> None:
    theirs = {"attempt": site.other_talk, "callback": "cb-2"}
    wrong = {}
    for route in ROUTES:
        if "a" in WHO[route.name] and any(each in route.path for each in OBJECTS):
            status = await status_of(await site.sign_in(Person.AGENT), route, theirs)
            # A page may tell it in its own words; what counts is that nothing is done.
            if status not in ({403, 404, 409} if route in API_ROUTES else {303, 403, 404, 409, 422}):
                wrong[route.name] = status
    assert not wrong
    callback = await site.story.callback("cb-2")
    assert (callback.leased_to, callback.state) == ("agent-1002", CallbackState.WRAP_UP)


async def test_a_token_has_its_accounts_rights_and_no_more(site: Site) -> None:
    own = {"attempt": site.talk, "callback": "cb-1", "plan": "quick"}
    wrong = {}
    for person in (Person.AGENT, Person.ADMIN):
        for route in API_ROUTES:
            status = await status_of(await site.with_token(person), route, own)
            fine = status == 403 if LETTERS[person] not in WHO[route.name] else status != 401
            if not fine and route.name != "signIn":
                wrong[f"{person} {route.name}"] = status
    assert not wrong


async def test_no_other_sites_page_changes_anything(site: Site) -> None:
    own = {"attempt": site.talk, "callback": "cb-3", "plan": "quick"}
    wrong = {}
    for person in (Person.AGENT, Person.SUPERVISOR, Person.ADMIN):
        visitor = await site.sign_in(person)
        visitor.session.headers["Origin"] = "https://evil.example"
        for route in ROUTES:
            if route.method not in {"GET", "HEAD"} and await status_of(visitor, route, own) not in {401, 403}:
                wrong[f"{person} {route.name}"] = route.path
    assert not wrong
    assert (await site.story.callback("cb-3")).leased_to is None


async def test_refusals_are_written_down(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    await agent.get("/accounts")
    await agent.get("/callbacks/cb-2")
    refused = [each.deed for each in await site.audit() if each.deed.action == "access_refused"]
    assert [(deed.login, deed.on_kind, deed.on_id) for deed in refused] == [
        (Person.AGENT.value, "callback", "cb-2"),
        (Person.AGENT.value, "route", "listAccounts"),
    ]


async def test_a_refusal_names_the_right_that_is_lacking_and_nothing_else(site: Site) -> None:
    agent, admin = await site.sign_in(Person.AGENT), await site.sign_in(Person.ADMIN)
    refused = (await agent.get("/accounts")).json
    assert refused["needs"] == ["accounts.manage"]
    assert refused["detail"] == "This needs the right: manage accounts."
    refused = (await admin.get("/attempts", lang="zh")).json
    assert refused["needs"] == ["desk.use", "visits.read"]
    assert refused["detail"] == "需要以下权限之一：使用回访工作台; 查看所有人的回访。"
    theirs = await agent.get("/callbacks/cb-2")
    assert (theirs.json["needs"], "Wang" in theirs.text, "1002" in theirs.text) == (["queue.read"], False, False)
    log = await agent.ask("PATCH", f"/attempts/{site.other_talk}/log", {"version": 1})
    assert (log.status, log.json["detail"], "needs" in log.json) == (403, "It belongs to another agent.", False)
    page = agent.session.get("/audit", headers={"Accept": "text/html"})
    async with page as response:
        assert (response.status, "This needs the right: read the audit." in await response.text()) == (403, True)


def test_every_right_has_a_name() -> None:
    assert NAMES.keys() == set(Permission)
