"""Pages that tell what went wrong: what happened, what is safe, what to do."""

import pytest

from callcenter.web.pages.trouble import ADVICE
from callcenter.web.problems import TITLES
from web.test_pages import BY_SCRIPT, see
from web.visiting import Person, Site


def test_advice_is_given_for_problems_that_there_are() -> None:
    assert ADVICE.keys() <= TITLES.keys()


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (OSError(5, "Input/output error"), 503, "It mostly passes by itself: try again in a moment."),
        (RuntimeError("a bug"), 500, "Try again; if it comes again, tell an administrator when."),
    ],
)
async def test_a_page_that_cannot_be_had_says_what_is_safe_and_offers_it_again(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, told: str
) -> None:
    agent = await site.sign_in(Person.AGENT)

    async def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(site.parts.accounts, "who", fails)
    seen = await see(agent, "/desk?callback=cb-3")
    assert seen.status == status
    assert "What was saved before is safe, and calls go on." in seen.text
    assert told in seen.text
    assert '<a class="button first" href="/desk?callback=cb-3">Try again</a>' in seen.text
    assert "(Asia/Shanghai)" in seen.text
    sent = await see(agent, "/desk/next", {})
    assert (sent.status, "Try again</a>" in sent.text) == (status, False)
    within = await see(agent, "/desk/next", {}, BY_SCRIPT)
    assert "What you typed is still here." in within.text


async def test_a_page_that_is_not_there_or_not_for_him_says_that_nothing_was_changed(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    for path, status, told in (
        ("/nowhere", 404, "The address may be old"),
        ("/audit", 403, "asks an administrator for the right"),
    ):
        seen = await see(agent, path)
        assert (seen.status, told in seen.text, "Nothing was changed." in seen.text) == (status, True, True)


async def test_who_was_signed_out_meanwhile_is_told_where_to_sign_in_and_keeps_what_he_typed(site: Site) -> None:
    nobody = await site.sign_in(Person.ANONYMOUS)
    told = await see(nobody, "/queue/cb-3/exclusions", {"reason": "x"}, BY_SCRIPT)
    assert told.status == 401
    assert "What you typed is still here: sign in in another tab, then send it again." in told.text
    assert told.headers["HX-Retarget"] == "#messages"
