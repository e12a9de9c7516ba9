"""The visit log in a real Chromium: typed while one talks, and nothing lost by whatever breaks."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import RecordingFinished
from callcenter.domain.outcomes import EndReason
from callcenter.domain.visits.visitlog import RecordingException
from web.test_log_times import daytime
from web.test_stories import Browsing, browsing
from web.visiting import Person, Site

__all__ = ["browsing", "daytime"]

AWAY = re.compile("net::ERR_|htmx|Failed to load|WebSocket")
STORED = "Object.keys(localStorage).filter((key) => key.startsWith('callcenter.log.')).length"


@pytest.fixture
async def forgiving(browsing: Browsing) -> AsyncIterator[Browsing]:
    """What a browser says of a service out of reach is no fault of the page."""
    yield browsing
    browsing.said = [text for text in browsing.said if not AWAY.search(text)]


async def saved(page: Page) -> None:
    await expect(page.locator("#kept")).to_contain_text("Saved ")
    assert await page.evaluate(STORED) == 0


async def test_notes_of_a_talk_stay_in_the_field_when_the_customer_hangs_up(site: Site, browsing: Browsing) -> None:
    page = await browsing.sign_in(Person.AGENT)
    call = await site.story.reach(CallState.TALKING, "cb-3", 1001)
    field = page.get_by_label("What was said")
    await field.fill("说了一半")
    await saved(page)
    await field.press("End")
    await page.keyboard.type(",还没说")
    await site.story.hang_up(call)
    await expect(page.get_by_role("button", name="Close the log")).to_be_visible()
    # Whoever types is not disturbed: the words, and where he is.
    await page.keyboard.type("完")
    await expect(field).to_have_value("说了一半,还没说完")
    await expect(field).to_be_focused()
    await saved(page)
    assert (await site.story.log(call)).log.content == "说了一半,还没说完"


async def test_what_is_typed_while_the_service_is_down_is_sent_when_it_is_back(site: Site, forgiving: Browsing) -> None:
    page = await forgiving.sign_in(Person.AGENT)
    await site.stop_listening()
    await page.get_by_label("What was said").fill("nothing is lost")
    await expect(page.locator("#kept")).to_contain_text("kept in this browser")
    assert await page.evaluate(STORED) == 1
    await site.restart()
    await saved(page)
    assert (await site.story.log(site.talk)).log.content == "nothing is lost"


async def test_what_a_browser_that_crashed_had_not_sent_is_offered_again(site: Site, forgiving: Browsing) -> None:
    page = await forgiving.sign_in(Person.AGENT)
    await site.stop_listening()
    await page.get_by_label("What was said").fill("before the crash")
    await page.get_by_text("No, a next visit follows").click()
    await expect(page.locator("#kept")).to_contain_text("kept in this browser")
    await page.goto("about:blank")
    await site.restart()
    await page.goto(f"{site.url}/desk")
    offer = page.locator(".offer")
    await expect(offer).to_contain_text("before the crash")
    await offer.get_by_role("button", name="Put it back").click()
    await expect(page.get_by_label("What was said")).to_have_value("before the crash")
    await saved(page)
    log = (await site.story.log(site.talk)).log
    assert (log.content, log.resolved) == ("before the crash", False)
    await page.reload()
    await expect(page.get_by_label("What was said")).to_have_value("before the crash")
    await expect(offer).to_have_count(0)


async def test_of_two_windows_the_later_is_told_and_chooses(site: Site, browsing: Browsing) -> None:
    one = await browsing.sign_in(Person.AGENT)
    other = await one.context.new_page()
    await other.goto(f"{site.url}/desk")
    field = "What was said"
    await one.get_by_label(field).fill("first")
    await saved(one)
    await other.get_by_label(field).fill("second")
    stale = other.locator(".stale")
    await expect(stale).to_contain_text("first")
    assert (await site.story.log(site.talk)).log.content == "first"
    await stale.get_by_role("button", name="Keep mine").click()
    await saved(other)
    await expect(stale).to_have_count(0)
    assert (await site.story.log(site.talk)).log.content == "second"
    await one.get_by_label(field).fill("third")
    await one.locator(".stale").get_by_role("button", name="Take what stands there").click()
    await expect(one.get_by_label(field)).to_have_value("second")
    assert await one.evaluate(STORED) == 0


async def test_a_time_is_picked_and_checked_and_the_refusal_shows_its_offer(daytime: Site, browsing: Browsing) -> None:
    page = await browsing.sign_in(Person.AGENT)
    offered = page.get_by_label("Words of the offer")
    await expect(offered).to_be_hidden()
    await page.get_by_label("Customer refuses the visit").check()
    await expect(offered).to_be_hidden()
    await page.keyboard.press("Alt+KeyT")
    await page.get_by_role("button", name="Tu 11-24 15:00").click()
    await expect(page.get_by_label("Next visit", exact=True)).to_have_value("2026-11-24T15:00")
    await expect(page.locator("#visit-check")).to_contain_text("Nothing stands against this time.")
    await saved(page)
    at = (await daytime.story.log(daytime.talk)).log.next_visit_at
    assert at is not None
    assert at.isoformat() == "2026-11-24T07:00:00+00:00"


async def test_hanging_up_takes_a_second_press_and_the_log_says_who_did(site: Site, browsing: Browsing) -> None:
    page = await browsing.sign_in(Person.AGENT)
    call = await site.story.reach(CallState.TALKING, "cb-3", 1001)
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await page.keyboard.press("Alt+KeyH")
    await expect(page.get_by_text("Let the customer hang up first.")).to_be_visible()
    assert (await site.story.record(call)).attempt.outcome is None
    async with page.expect_response(lambda response: "/hang-up" in response.url):
        await page.keyboard.press("Alt+KeyH")
    await site.story.clock.advance(3)
    await expect(page.get_by_role("button", name="Close the log")).to_be_visible()
    assert (await site.story.log(call)).log.hung_up_by is EndReason.AGENT


async def test_a_recorder_that_fails_in_a_talk_is_told_at_once_and_listed(site: Site, browsing: Browsing) -> None:
    page = await browsing.sign_in(Person.AGENT)
    call = await site.story.reach(CallState.TALKING, "cb-3", 1001)
    note = page.locator("#recorder-failed")
    await expect(page.locator("#call")).to_contain_text("Recorder runs")
    await expect(note).to_have_count(0)
    site.story.service.calls.post(call, RecordingFinished(site.story.clock.now(), "ri1"))
    await site.story.clock.advance(1.5)
    await expect(note).to_contain_text("The recording has failed")
    await site.story.hang_up(call)
    log = (await site.story.log(call)).log
    assert log.exception is RecordingException.RECORDER_FAULT
    assert "10:15" in log.exception_note


async def test_the_count_of_open_logs_follows_what_goes_on(site: Site, browsing: Browsing) -> None:
    page = await browsing.sign_in(Person.AGENT)
    count = page.locator("#open-logs")
    await expect(count).to_have_text("Logs to close: 1")
    await site.talked("cb-3", 1001)
    await expect(count).to_have_text("Logs to close: 2")
    await count.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Logs to close")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(2)
