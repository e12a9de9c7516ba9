"""An agent with a headset: a real Chromium, its microphone a tone, the real Asterisk, the telephone network."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import expect

from asterisk.at_the_desk import close_log, dial, hang_up, heard, leg, made, next_is_called, out_of_the_queue
from asterisk.browsing import (
    ALLOWED,
    MICROPHONE_HZ,
    PASSWORD,
    PATIENCE,
    Browser,
    address,
    agent_with_browser,
    browser,
    microphone,
    phone_is,
    stay_at,
)
from asterisk.hearing import listen
from callcenter.domain.people import PhoneChoice
from house import House
from lab.chromium import ChromiumFiles
from lab.lab import Lab
from lab.network import AGENT_HZ, ANNOUNCEMENT_HZ

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

TALKS, BUSY, DOES_NOT_EXIST, HANGS_UP = 1, 3, 5, 9


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One agent, who has a desk phone and chose the one in his browser."""
    house = House(tmp_path_factory.mktemp("browser"), big_lab, "browser", big_lab.agent_endpoint(1), prefix="1370000")
    await house.prepare()
    await agent_with_browser(house)
    await house.agents({"1002": big_lab.agent_endpoint(2)})
    await agent_with_browser(house, "1002")
    await house.serve()
    await house.in_sight()
    await stay_at(house, await address(house))
    yield house
    await house.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def agent(house: House, chromium: ChromiumFiles, tmp_path: Path) -> AsyncIterator[Browser]:
    """His browser. What it says on its console is looked at in the end."""
    flags = (*ALLOWED, f"--use-file-for-fake-audio-capture={microphone(tmp_path)}")
    async with browser(await address(house), chromium, *flags) as browsing:
        yield browsing


async def test_an_agent_dials_from_the_page_and_talks_and_the_customer_hangs_up(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    callback = await dial(house, page, HANGS_UP)
    await phone_is(page, "talk")
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await expect(page.locator("#phone-quality")).to_contain_text("Line: good")
    assert await leg(house, "CHANNEL(audioreadformat)") in {"opus", "slin48"}
    assert await leg(house, "CHANNEL(rtp,secure,audio)") == "1"
    await expect(page.locator("#log")).to_contain_text("answered; the customer hung up")
    await phone_is(page, "ready")
    settled = await house.settled(callback)
    assert settled.record.attempt.end_reason == "customer"
    heard(house, settled)
    announced, _ = await house.callback(DOES_NOT_EXIST)
    await close_log(page)
    await next_is_called(page, announced)
    await expect(page.locator("#call .state")).to_contain_text("Network announcement")
    vain = await house.settled(announced)
    dialled = vain.record.call.dialled_at
    assert dialled is not None
    assert listen(house, vain).left.since(dialled + timedelta(seconds=0.5), 0.4).is_tone(ANNOUNCEMENT_HZ)
    await expect(page.locator("#last")).to_contain_text("not answered")
    busy = await dial(house, page, BUSY)
    await expect(page.locator("#last")).to_contain_text("busy")
    await out_of_the_queue(house, announced, busy)
    assert agent.said == []


async def test_two_agents_at_one_queue_get_a_callback_each(house: House, agent: Browser) -> None:
    callbacks = {(await house.callback(TALKS))[0] for _ in range(2)}
    browser_of_other = agent.context.browser
    assert browser_of_other is not None
    other = Browser(await browser_of_other.new_context(locale="en-GB"), agent.url)
    pages = [await agent.sign_in("agent1001"), await other.sign_in("agent1002")]
    for page in pages:
        await phone_is(page, "ready")
    await asyncio.gather(*(page.locator("button[data-key=n]").click() for page in pages))
    given = []
    for page in pages:
        action = await page.locator("#case form[action$='/dial']").first.get_attribute("action")
        given.append((action or "").split("/")[-2])
        await page.locator("#case summary", has_text="Put back").click()
        await page.get_by_role("button", name="Put it back").click()
        await expect(page.locator("main")).to_contain_text("back in the queue")
    assert set(given) == callbacks
    await out_of_the_queue(house, *callbacks)


async def test_a_page_that_is_loaded_anew_gets_its_call_back_while_it_rings_and_in_mid_talk(
    house: House, agent: Browser
) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    await page.evaluate(NO_ANSWER)
    callback = await dial(house, page, TALKS, anew=False)
    await phone_is(page, "ring")
    await page.reload()
    await phone_is(page, "talk")
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await asyncio.sleep(2)
    await page.reload()
    await phone_is(page, "talk")
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await asyncio.sleep(4)
    await hang_up(page)
    await phone_is(page, "ready")
    settled = await house.settled(callback)
    assert (settled.record.attempt.outcome, settled.record.attempt.end_reason) == ("answered", "agent")
    assert settled.recording.kept is not None
    assert settled.recording.kept.segments == 2
    heard(house, settled)
    ended = settled.record.attempt.ended_at
    assert ended is not None
    last = listen(house, settled).right.since(ended - timedelta(seconds=2), 1.0)
    assert last.is_tone(MICROPHONE_HZ)


async def test_a_service_that_is_killed_in_mid_talk_finds_talk_and_phone_again(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    callback = await dial(house, page, TALKS)
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await house.kill()
    await expect(page.locator("#phone-warning")).to_be_visible(timeout=PATIENCE)
    await phone_is(page, "talk")
    await house.serve()
    await house.in_sight()
    await expect(page.locator("#phone-warning")).to_be_hidden(timeout=30_000)
    await phone_is(page, "talk")
    await asyncio.sleep(2)
    await hang_up(page)
    await phone_is(page, "ready")
    settled = await house.settled(callback)
    assert (settled.record.attempt.outcome, settled.record.attempt.end_reason) == ("answered", "agent")
    heard(house, settled)


async def test_mute_hold_and_keys_reach_the_line(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await asyncio.to_thread(house.lab.network.cli, "logger add channel keys dtmf")
    callback = await dial(house, page, TALKS)
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await asyncio.sleep(2.5)
    await page.locator("#phone-mute").click()
    await expect(page.locator("#phone-mute")).to_have_attribute("aria-pressed", "true")
    muted = datetime.now(UTC)
    await asyncio.sleep(2.5)
    await page.locator("#phone-mute").click()
    back = datetime.now(UTC)
    await asyncio.sleep(2)
    await page.locator("#phone-hold").click()
    await phone_is(page, "talk", "held")
    on_hold = datetime.now(UTC)
    await asyncio.sleep(2.5)
    await page.locator("#phone-hold").click()
    await phone_is(page, "talk", "talking")
    await asyncio.sleep(1)
    await page.locator("#phone-keys").click()
    await page.locator("#phone-keypad button[data-digit='5']").click()
    await expect(page.locator("#phone-pressed")).to_have_text("5")
    await page.keyboard.press("Escape")
    await asyncio.sleep(1)
    await hang_up(page)
    settled = await house.settled(callback)
    heard(house, settled)
    keys = (house.lab.network.folder / "log" / "keys").read_text("utf-8")
    assert len(re.findall(r"DTMF end '5' received on PJSIP/switch-", keys)) == 1
    right = listen(house, settled).right
    assert right.since(muted + timedelta(seconds=1), 1.0).silent
    assert right.since(back + timedelta(seconds=0.7), 1.0).is_tone(MICROPHONE_HZ)
    assert not right.since(on_hold + timedelta(seconds=1), 1.0).is_tone(MICROPHONE_HZ)


async def test_a_microphone_that_vanishes_is_told_and_another_one_speaks(house: House, agent: Browser) -> None:
    await agent.context.add_init_script(KEPT_TRACKS)
    page = await agent.sign_in("agent1001")
    callback = await dial(house, page, TALKS)
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await asyncio.sleep(2)
    await page.evaluate(
        "() => { const [track] = window.tracks.slice(-1); track.stop(); track.dispatchEvent(new Event('ended')); }"
    )
    await expect(page.locator('#phone-warning[data-word="other_microphone"]')).to_be_visible()
    vanished = datetime.now(UTC)
    await asyncio.sleep(3)
    await hang_up(page)
    settled = await house.settled(callback)
    heard(house, settled)
    assert listen(house, settled).right.since(vanished + timedelta(seconds=1), 1.0).is_tone(MICROPHONE_HZ)


async def test_a_talk_moves_between_headset_and_desk_phone(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    callback = await dial(house, page, TALKS)
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await asyncio.sleep(2)
    await page.locator("#phone-setup").click()
    await page.get_by_label("My desk phone").check()
    await phone_is(page, "desk")
    moved = datetime.now(UTC)
    await asyncio.sleep(3)
    await page.get_by_label("The phone in this browser").check()
    await phone_is(page, "talk")
    back = datetime.now(UTC)
    await asyncio.sleep(3)
    await page.keyboard.press("Escape")
    await hang_up(page)
    await phone_is(page, "ready")
    settled = await house.settled(callback)
    right = listen(house, settled).right
    heard(house, settled)
    assert right.since(moved + timedelta(seconds=1.8), 1.0).is_tone(AGENT_HZ)
    assert right.since(back + timedelta(seconds=1.8), 1.0).is_tone(MICROPHONE_HZ)


async def test_one_page_has_the_phone_another_may_take_it_and_sleep_is_told(agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    other = await agent.context.new_page()
    await other.goto(f"{agent.url}/desk")
    await phone_is(other, "off", "elsewhere")
    await other.get_by_role("button", name="Use the phone here").click()
    await phone_is(other, "ready")
    await phone_is(page, "off", "elsewhere")
    await other.evaluate("() => { const now = Date.now; Date.now = () => now() + 60000; }")
    await expect(other.locator('#phone-warning[data-word="slept"]')).to_contain_text("slept for 60 s")
    await phone_is(other, "ready")


async def test_what_the_service_did_not_begin_rings_and_asks(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    name = await page.evaluate(MY_PHONE)
    there = {"endpoint": f"PJSIP/{name}", "context": "callcenter-doctor", "extension": "agent", "priority": 1}
    for answered in (False, True):
        made = await asyncio.to_thread(house.lab.switch.ari, "POST", "channels", there)
        await phone_is(page, "ring", "ringing_foreign")
        await asyncio.sleep(1.5)
        channel = await asyncio.to_thread(house.lab.switch.ari, "GET", f"channels/{made['id']}")
        assert channel["state"] == "Ringing"
        if answered:
            await page.locator("#phone-answer").click()
            await phone_is(page, "talk")
        await page.locator("#phone-hangup").click()
        await phone_is(page, "ready")


async def test_the_microphone_is_tried_and_what_was_chosen_is_kept(agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    await page.locator("#phone-setup").click()
    await page.locator("#phone-test").click()
    await expect(page.locator("#phone-heard")).to_have_text("You are heard.")
    assert await page.locator("#phone-level").evaluate("meter => meter.value") > 0.05
    await page.locator("#phone-input").select_option(index=1)
    chosen = await page.locator("#phone-input").input_value()
    await page.reload()
    await phone_is(page, "ready")
    await page.locator("#phone-setup").click()
    await expect(page.locator("#phone-input")).to_have_value(chosen)


async def test_a_denied_microphone_is_told_and_nothing_can_be_dialled(house: House, chromium: ChromiumFiles) -> None:
    callback, number = await house.callback(HANGS_UP)
    async with browser(await address(house), chromium, "--deny-permission-prompts", ALLOWED[1]) as denied:
        page = await denied.sign_in("agent1001")
        await page.goto(f"{denied.url}/desk?callback={callback}")
        await phone_is(page, "off", "denied")
        await expect(page.locator("#phone-again")).to_be_visible()
        await expect(page.locator("#case")).to_contain_text("Your browser phone is not connected")
        await page.locator("#case button[data-key=c]").click()
        await expect(page.locator("#case")).to_contain_text("Not dialled: The microphone is not allowed")
        await page.locator("#phone-setup").click()
        await page.get_by_label("My desk phone").check()
        await page.get_by_role("button", name="Back to the page").last.click()
        await phone_is(page, "desk")
        await page.locator("#case button[data-key=c]").click()
        await expect(page.locator("#log")).to_contain_text("answered; the customer hung up", timeout=PATIENCE)
    async with house.books() as books:
        await books.people.choose_phone("agent", PhoneChoice.BROWSER)
    assert len(house.lab.network.seen(number)) == 1


async def test_who_signs_out_has_no_phone_any_more(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    name = await page.evaluate(MY_PHONE)
    assert name in await made(house)
    other = await agent.context.new_page()
    await other.goto(f"{agent.url}/me")
    await phone_is(other, "off", "elsewhere")
    await other.get_by_role("button", name="Sign out").click()
    await phone_is(page, "off", "signed_out")
    async with asyncio.timeout(10):
        while name in await made(house):  # noqa: ASYNC110 (Asterisk is another process)
            await asyncio.sleep(0.05)


async def test_nobody_registers_with_another_agents_credential(house: House) -> None:
    url = await address(house)
    async with AsyncExitStack() as stack:
        mine, theirs = [await stack.enter_async_context(signed_in(url, login)) for login in ("agent1001", "agent1002")]
        async with theirs.post("/api/v1/phone/credential") as answer:
            user = (await answer.json())["user"]
        socket = await stack.enter_async_context(mine.ws_connect("/phone", protocols=("sip",)))
        await socket.send_str(REGISTER.format(user=user))
        answer_frame = await socket.receive(timeout=10)
        assert (answer_frame.type, socket.close_code) == (aiohttp.WSMsgType.CLOSE, 1008)


NO_ANSWER = "() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); }"
"""The browser gives no microphone, so that the page does not answer what rings."""

MY_PHONE = "async () => (await (await fetch('/api/v1/phone/credential', { method: 'POST' })).json()).user"
KEPT_TRACKS = """
window.tracks = [];
const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await given(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
REGISTER = """\
REGISTER sip:callcenter.invalid SIP/2.0
Via: SIP/2.0/WS x.invalid;branch=z9hG4bK1
To: <sip:{user}@callcenter.invalid>
From: <sip:{user}@callcenter.invalid>;tag=1
Call-ID: 1
CSeq: 1 REGISTER
Content-Length: 0

""".replace("\n", "\r\n")


@asynccontextmanager
async def signed_in(url: str, login: str) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, headers={"Origin": url}, cookie_jar=jar) as session:
        async with session.post("/api/v1/session", json={"login": login, "password": PASSWORD}) as answer:
            assert answer.status == 201
        yield session
