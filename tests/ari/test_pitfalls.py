"""The known pitfalls of Asterisk's REST interface, and that each is handled or does not apply.

| pitfall | where | test |
|---|---|---|
| P1 events overtake the answer | naming, commands: names are ours, answers make no state | test_p01 |
| P2 ids too long, odd or used twice | naming | test_p02, test_naming |
| P3 an ambiguous creation | errors, client, commands: settled by looking | test_p03a to d, test_client |
| P4 calls made while nobody listens vanish | switch: Lost is news; no dial before Connected | test_p04 |
| P5 numbers in a JSON body | transport, generated types | test_p05 |
| P5b, P5c originate into the dialplan | commands: always `app`, never a context | test_p05b |
| P6 StasisEnd is not the end | wire, commands | test_p06, test_switch, test_wire |
| P7 which cause to believe | wire, commands | test_p07 |
| P8 the order of events | wire: each event alone | test_p08 |
| P9 created and never dialled | sights, commands: recorded through snoops | test_p09 |
| P10 answering machines | does not apply: no dialplan in between | test_p10 |
| P11 a slow reader | events | test_p11, test_events |
| P12 what a reconnect forgets | events | test_p12 |
| P13 orphans | sights, commands: a limit that Asterisk keeps | test_p13 |
| P14 replaced by another program | events | test_p14 |
| P15 a frozen Asterisk | events: own watchdog | test_p15, test_events |
| P16 keep-alive, credentials, repeats | client | test_p16, test_client |
| P17 names in a path | transport | test_p17 |
| P18 no limit, no cursor | events: filtered and measured | test_p18 |
| P19 requests over the event socket | does not apply: HTTP only | test_p19 |
| P20 deleting what is gone | client, commands | test_p20, test_switch |
| P21 which recording | commands: a snoop for each direction | test_p21 |
| P22 a finished recording is no file | stored | test_p22 |
| P23 the duration told is wrong | wire: not read | test_p23 |
| P24 recordings end after the leg | wire: each event alone | test_p24 |
| P25 names of recordings | naming, commands, sights: never listed | test_p25 |
| P26 playbacks | does not apply: none is used | test_p26 |
"""

import asyncio
import itertools
import json
from datetime import UTC, datetime

import pytest

from ari.conftest import QUICK, Site
from ari.following import calls_of, following
from ari.test_switch import dial, prepare
from callcenter.ari import generated
from callcenter.ari.client import KEEPALIVE_SECONDS, Limits
from callcenter.ari.commands import SwitchSettings
from callcenter.ari.decoding import decode
from callcenter.ari.errors import ConflictError, NotFoundError, OutcomeUnknownError, ReplacedError
from callcenter.ari.events import UNWANTED
from callcenter.ari.naming import MAX_LENGTH, Naming
from callcenter.ari.stored import StoredRecordings
from callcenter.ari.switch import Switch
from callcenter.ari.wire import translate
from callcenter.domain.calls.telephony import CallNews, Lost, News, TelephonyUnavailable
from callcenter.domain.calls.words import (
    AgentUp,
    Answered,
    CallAgent,
    CreateCustomer,
    CustomerCreated,
    DestroyBridge,
    HangUp,
    HangupRequested,
    LegGone,
    LookUp,
    PartAbsent,
    PartFound,
    RecordingFinished,
    Ringing,
    Sight,
    StopRecording,
)
from fakes.asterisk import FakeAsterisk

ASTERISK_IDLE_SECONDS = 15
CUSTOMER = CreateCustomer("PJSIP/13800138004@trunk", "")


def faked(site: Site) -> FakeAsterisk:
    assert site.fake is not None
    return site.fake


async def test_p01_an_event_that_overtakes_the_answer_is_told_of_the_right_call(fake_site: Site) -> None:
    faked(fake_site).faults.hang.add("POST /channels/create")
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        request = asyncio.create_task(follower.do(CUSTOMER))
        await follower.call(CustomerCreated)

        assert not request.done()
        request.cancel()


async def test_p02_the_longest_name_reaches_its_channel(site: Site) -> None:
    attempt = "x" * (MAX_LENGTH - len(f"{site.app}--c"))
    async with site.client() as client, following(site.switch(client)) as follower:
        await follower.do(CUSTOMER, attempt=attempt)
        [looked] = await follower.do(LookUp("c"), attempt=attempt)

        assert isinstance(looked, PartFound)


async def test_p03a_an_id_that_is_taken_by_our_own_channel_is_no_failure(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await follower.do(CUSTOMER)
        assert await follower.do(CUSTOMER) == ()


async def test_p03b_a_conflict_that_asterisk_only_repeats_is_no_proof(site: Site) -> None:
    """Seen on the real one: after a true 409, every failing originate of that connection answers 409."""
    if site.fake is not None:
        site.fake.faults.stale_conflict = True
    async with site.client(Limits(connections=2)) as client, following(site.switch(client)) as follower:
        await follower.do(CUSTOMER, CUSTOMER)
        with pytest.raises(ConflictError):
            await client.channels.originate_with_id(f"{site.app}-8-a1", endpoint="PJSIP/agent-1999", app=site.app)
        with pytest.raises(TelephonyUnavailable):
            await follower.do(CallAgent("a1", "PJSIP/agent-1999", 10), attempt="8")


async def test_p03c_an_endpoint_that_cannot_be_had_is_told_as_such(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        with pytest.raises(TelephonyUnavailable):
            await follower.do(CreateCustomer("Nope/1", ""))


async def test_p03d_a_request_without_an_answer_is_settled_by_looking(fake_site: Site) -> None:
    faked(fake_site).faults.lose.add("POST /channels/create")
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        with pytest.raises(OutcomeUnknownError):
            await follower.do(CUSTOMER)
        [looked] = await follower.do(LookUp("c"))

        assert isinstance(looked, PartFound)
        assert [path for _, path, _ in faked(fake_site).requests].count("/ari/channels/create") == 1


async def test_p04_a_channel_made_while_nobody_listens_is_gone_and_looking_tells(site: Site) -> None:
    async with site.client() as client:
        switch = site.switch(client)
        await switch.perform("7", CUSTOMER)
        for _ in range(100):
            [looked] = await switch.perform("7", LookUp("c"))
            if isinstance(looked, PartAbsent):
                return
        pytest.fail("the channel is still there")


async def test_p04_the_loss_of_the_socket_is_news(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        faked(fake_site).break_sockets()
        await follower.connected(2)

        assert [type(item) for item in follower.news].count(Lost) == 1


async def test_p05_numbers_travel_as_numbers_in_a_json_body(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await dial(follower, 4)
        sent = {path: fields for _, path, fields in faked(fake_site).requests}

        assert repr(sent["/ari/channels/callcenter-7-a1"]["timeout"]) == "10"
        assert repr(sent["/ari/channels/callcenter-7-c/dial"]["timeout"]) == "30"


async def test_p05b_every_leg_belongs_to_the_application_and_to_no_dialplan(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await dial(follower, 4)
        made = [fields for method, _, fields in faked(fake_site).requests if method == "POST" and "endpoint" in fields]

        assert len(made) == 2
        for fields in made:
            assert fields["app"] == "callcenter"
            assert not {"context", "extension", "originator", "formats"} & set(fields)


async def test_p06_a_leg_ends_once_and_with_its_cause(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, 3)
        await follower.call(LegGone, "c")
        await follower.do(HangUp("a1"))
        await follower.call(LegGone, "a1")

        ends = [event for event in follower.events() if isinstance(event, LegGone) and event.part == "c"]
        assert [end.cause for end in ends] == [17]


async def test_p07_our_own_hang_up_keeps_the_cause_we_gave_and_is_nobodys_request(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, 4)
        await follower.call(Ringing)
        await follower.do(HangUp("c", cause=19))
        gone = await follower.call(LegGone, "c")

        assert (gone.cause, gone.sip) == (19, 480)
        assert not [event for event in follower.events() if isinstance(event, HangupRequested)]


def test_p08_in_whatever_order_they_come_events_mean_the_same() -> None:
    channel = {"id": "callcenter-7-c", "name": "PJSIP/trunk-1", "state": "Ringing"}
    frames = [
        {"type": "Dial", "peer": channel, "dialstatus": "RINGING"},
        {"type": "ChannelStateChange", "channel": channel},
        {"type": "Dial", "peer": channel | {"state": "Up"}, "dialstatus": "ANSWER"},
        {"type": "ChannelStateChange", "channel": channel | {"state": "Up"}},
    ]
    now, naming = datetime.now(UTC), Naming("callcenter")
    meanings = {
        frozenset(translate(decode(json.dumps(frame)), naming, now) for frame in order)
        for order in itertools.permutations(frames)
    }

    assert meanings == {frozenset({CallNews("7", Ringing(now)), CallNews("7", Answered(now))})}


async def test_p09_a_channel_that_was_created_and_never_dialled_is_seen_and_can_be_removed(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await follower.do(CUSTOMER)
        await follower.call(CustomerCreated)
        assert (await follower.switch.survey()).calls == {"7": {"c": Sight.DOWN}}
        await follower.switch.release("7", "c")
        await follower.call(LegGone, "c")
        await follower.nothing_left()


def test_p10_no_call_is_ever_sent_into_the_dialplan() -> None:
    assert not [name for name in dir(generated.Channels) if name.startswith(("continue", "move", "redirect"))]


async def test_p11_the_engines_slowness_is_not_asterisks(fake_site: Site) -> None:
    """News nobody takes pile up on our side, and the socket stays."""
    async with fake_site.client() as client:
        switch = fake_site.switch(client)
        news = switch.news()
        await anext(news)
        for _ in range(2000):
            faked(fake_site).tell("callcenter", "PlaybackFinished", playback={"id": "p", "state": "done"})
        async with asyncio.timeout(10):
            await faked(fake_site).pinged(3)

        assert switch.source.backlog == 2000
        await news.aclose()  # type: ignore[attr-defined]  # an async generator, by its type an iterator


async def test_p12_what_a_reconnect_forgets_is_set_again(fake_site: Site) -> None:
    fake = faked(fake_site)
    phones = ("PJSIP/agent-1001",)
    async with fake_site.client() as client, following(fake_site.switch(client, phones=phones)) as follower:
        fake.apps["callcenter"].disallowed = []
        fake.apps["callcenter"].subscriptions.clear()
        fake.break_sockets()
        await follower.connected(2)

        assert fake.apps["callcenter"].disallowed == [{"type": name} for name in UNWANTED]
        assert fake.apps["callcenter"].subscriptions == {"endpoint:PJSIP/agent-1001"}


async def test_p13_what_another_life_of_ours_left_is_found_and_removed(site: Site) -> None:
    async with site.client() as client:
        news = site.switch(client).news()
        await anext(news)
        await site.switch(client).perform("7", CUSTOMER)
        # Before it is told, the channel is not yet in the application, and goes with it.
        while not calls_of([await anext(news)]):
            pass
        await news.aclose()  # type: ignore[attr-defined]  # an async generator, by its type an iterator
    async with site.client() as client, following(site.switch(client)) as follower:
        assert (await follower.switch.survey()).calls == {"7": {"c": Sight.DOWN}}
        await follower.switch.release("7", "c")


@pytest.mark.asterisk
@pytest.mark.parametrize("site", ["real"], indirect=True)
async def test_p13_asterisk_itself_ends_a_leg_that_everybody_forgot(site: Site) -> None:
    async with site.client() as client:
        switch = Switch(client, SwitchSettings(app=site.app, max_call_seconds=1), pace=QUICK)
        async with following(switch) as follower:
            await follower.do(CallAgent("a1", "PJSIP/agent-1001", 10))
            await follower.call(AgentUp)
            await follower.call(LegGone, "a1")


async def test_p14_to_be_replaced_ends_the_news(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        news = site.switch(client).news()
        await anext(news)
        with pytest.raises(ReplacedError):
            await follower.call(AgentUp)
        await news.aclose()  # type: ignore[attr-defined]  # an async generator, by its type an iterator


async def test_p15_a_socket_that_is_silent_is_lost(fake_site: Site) -> None:
    def lost(news: list[News]) -> Lost | None:
        return next((item for item in news if isinstance(item, Lost)), None)

    async with fake_site.client(Limits(deadline=0.2)) as client, following(fake_site.switch(client)) as follower:
        faked(fake_site).freeze()
        assert "silent" in (await follower.until(lost)).reason
        faked(fake_site).thaw()
        await follower.connected(2)


async def test_p16_our_idle_connections_go_before_asterisks_and_no_url_has_the_password(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await follower.do(CUSTOMER)

    assert KEEPALIVE_SECONDS < ASTERISK_IDLE_SECONDS
    for _, path, fields in faked(fake_site).requests:
        assert "right" not in path
        assert "api_key" not in fields


async def test_p17_a_name_with_a_slash_is_one_name(site: Site) -> None:
    async with site.client() as client:
        with pytest.raises(NotFoundError, match="Channel not found"):
            await client.channels.get("a/b c;2?x=ü")


async def test_p18_what_says_nothing_of_a_call_is_not_even_sent(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)):
        disallowed = (await client.applications.get("callcenter")).events_disallowed

    assert {"type": "ChannelVarset"} in (disallowed or [])


async def test_p19_no_request_travels_over_the_event_socket(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await dial(follower, 4)

    assert faked(fake_site).frames == []


async def test_p20_removing_twice_is_answered_the_second_time_with_its_absence(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await prepare(follower, 4)
        await follower.do(HangUp("c"))
        await follower.call(LegGone, "c")
        again = await follower.do(HangUp("c"), StopRecording("ri1"), DestroyBridge())

        assert [event.part for event in again if isinstance(event, PartAbsent)] == ["c", "ri1", "b"]


async def test_p21_each_direction_is_recorded_by_a_snoop_of_its_own(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await prepare(follower, 4)
        sent = {path: fields for _, path, fields in faked(fake_site).requests}

    for letter, direction in (("i", "in"), ("o", "out")):
        assert sent[f"/ari/channels/callcenter-7-c/snoop/callcenter-7-s{letter}1"]["spy"] == direction
        assert sent[f"/ari/channels/callcenter-7-s{letter}1/record"]["format"] == "wav"
    assert "/ari/channels/callcenter-7-c/record" not in sent


async def test_p22_a_recording_that_finished_may_have_left_no_file(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await prepare(follower, 4)
        faked(fake_site).stored.clear()
        await follower.do(StopRecording("ri1"))
        await follower.call(RecordingFinished, "ri1")

        assert await StoredRecordings(client).size("callcenter-7-ri1") is None


def test_p23_the_duration_that_asterisk_tells_is_not_believed() -> None:
    now = datetime.now(UTC)
    frame = {"type": "RecordingFinished", "recording": {"name": "callcenter-7-ri1", "state": "done"}}
    frame_with = frame | {"recording": {"name": "callcenter-7-ri1", "state": "done", "duration": 86400}}
    with_it, without = (translate(decode(json.dumps(one)), Naming("callcenter"), now) for one in (frame, frame_with))

    assert with_it == without == CallNews("7", RecordingFinished(now, "ri1"))


async def test_p24_a_recording_that_ends_after_its_leg_is_told(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await follower.do(CUSTOMER, HangUp("c"))
        await follower.call(LegGone, "c")
        late = {"name": "callcenter-7-ri1", "state": "done"}
        faked(fake_site).tell("callcenter", "RecordingFinished", recording=late)

        assert (await follower.call(RecordingFinished, "ri1")).told


async def test_p25_no_recording_is_overwritten_and_the_folder_is_never_listed(fake_site: Site) -> None:
    fake = faked(fake_site)
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await prepare(follower, 4)
        await follower.switch.survey()

    assert {fields["ifExists"] for _, path, fields in fake.requests if path.endswith("/record")} == {"fail"}
    assert "/ari/recordings/stored" not in [path for _, path, _ in fake.requests]


@pytest.mark.parametrize("state", ["done", "failed"])
def test_p26_a_playback_means_nothing_to_a_call(state: str) -> None:
    frame = {"type": "PlaybackFinished", "playback": {"id": "callcenter-7-c", "state": state}}

    assert translate(decode(json.dumps(frame)), Naming("callcenter"), datetime.now(UTC)) is None
