"""What is heard through the phone in the browser, whatever becomes of page, service, microphone and network."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from asterisk.at_the_desk import dial, hang_up, heard
from asterisk.browsing import MICROPHONE_HZ, Browser, house_with_browsers, phone_is
from asterisk.hearing import listen
from house import House
from lab.lab import Lab
from lab.network import AGENT_HZ, CUSTOMER_HZ

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

TALKS = 1


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house_with_browsers(big_lab, tmp_path_factory.mktemp("headset"), prefix="1370001") as house:
        yield house


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


async def test_a_way_for_the_sound_that_the_switch_cannot_find_is_looked_for_anew(house: House, agent: Browser) -> None:
    await agent.context.add_init_script(NO_WAY_AT_FIRST)
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    callback = await dial(house, page, TALKS)
    await phone_is(page, "talk")
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await asyncio.sleep(2)
    await expect(page.locator("#phone-warning")).to_be_hidden()
    assert await page.evaluate("window.described") == 2
    await page.evaluate(LOST_FOR_A_WHILE)
    await expect(page.locator('#phone-warning[data-word="no_way"]')).to_be_visible()
    await expect(page.locator("#phone-warning")).to_be_hidden()
    await asyncio.sleep(2)
    assert await page.evaluate("window.described") == 3
    await hang_up(page)
    await phone_is(page, "ready")
    settled = await house.settled(callback)
    ended = settled.record.attempt.ended_at
    assert ended is not None
    sound = listen(house, settled)
    last = ended - timedelta(seconds=1.5)
    assert sound.right.since(last, 1.0).is_tone(MICROPHONE_HZ)
    assert sound.left.since(last, 1.0).is_tone(CUSTOMER_HZ)


async def test_a_service_that_is_killed_in_mid_talk_finds_talk_and_phone_again(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    callback = await dial(house, page, TALKS)
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await house.kill()
    await expect(page.locator("#phone-warning")).to_be_visible()
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


NO_ANSWER = "() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); }"
"""The browser gives no microphone, so that the page does not answer what rings."""

NO_WAY_AT_FIRST = """
const connection = RTCPeerConnection.prototype;
const described = Object.getOwnPropertyDescriptor(connection, "localDescription");
const { setLocalDescription, setRemoteDescription } = connection;
const CANDIDATE = /^a=candidate:.*\\r\\n/gm;
connection.setRemoteDescription = function (said) {
  const first = !this.localDescription;
  return setRemoteDescription.call(this, first ? { type: said.type, sdp: said.sdp.replace(CANDIDATE, "") } : said);
};
connection.setLocalDescription = function (...given) {
  window.described = this.times = (this.times || 0) + 1;
  window.connection = this;
  return setLocalDescription.apply(this, given);
};
Object.defineProperty(connection, "localDescription", {
  get() {
    const said = described.get.call(this);
    if (!said || this.times > 1) return said;
    return { type: said.type, sdp: said.sdp.replace(/^(a=candidate:(?:\\S+ ){4})\\S+/gm, "$1nobody-knows-me.local") };
  },
});
"""
"""Browser and switch know no address of each other until they are asked again."""

LOST_FOR_A_WHILE = """() => {
  const connection = window.connection;
  Object.defineProperty(connection, "connectionState", { value: "disconnected", configurable: true });
  connection.dispatchEvent(new Event("connectionstatechange"));
  setTimeout(() => {
    delete connection.connectionState;
    connection.dispatchEvent(new Event("connectionstatechange"));
  }, 2500);
}"""
"""The connection says that it is lost, as where the network has changed, and after a while that it is there."""

KEPT_TRACKS = """
window.tracks = [];
const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await given(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
