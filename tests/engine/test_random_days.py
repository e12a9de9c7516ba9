"""Random days at work: imports, dials, outcomes, logs, appointments, opt-outs, new versions of policies, kills and time
that passes or jumps, against a model.

At every step the queue hands out what the model says, and to nobody what the model forbids.
"""

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callcenter.app.offline import excluding
from callcenter.domain.access import Account
from callcenter.domain.attempt import Attempt
from callcenter.domain.gate.exclusions import ExclusionKind
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Callback, CallbackState, Channel, Customer, VisitType
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.refusal import Refusal
from callcenter.engine.decisions import By, DecisionParts, Decisions
from callcenter.engine.excluding import Said, Who
from engine.days_model import Dial, Terms, Waiting, follows, follows_talk, may_call, order, slot_of
from engine.story import Story

RUNS = int(os.environ.get("RANDOM_DAYS", "6"))
"""Raise it for a night's search."""
STEPS = 120
LEARNT_WITHIN = 125
"""So many seconds after midnight, or after it was added, a policy's new version holds for whoever waits, too."""
AGENTS = (1001, 1002)
ZONES = {"Asia/Shanghai": "+861380000", "Europe/Berlin": "+491511000", "America/New_York": "+1212555"}
"""With numbers of that place, so that nothing speaks against the zone."""
DAY = (0, 1440)

POLICIES = {
    "strict": Terms(True, ((600, 660), (840, 960)), "slot", 3, timedelta(minutes=30)),
    "nightly": Terms(False, ((540, 720), (1110, 1920)), "day", 4, timedelta(minutes=5)),
    "eager": Terms(False, (DAY,), "none", 2, timedelta(0), cap=3),
}
"""As the model understands them, and below, written for the product."""

POLICY = """
name = "{name}"
version = {version}
effective_from = {since}
[dialling]
allowed_prefixes = ["+86", "+49", "+1"]
[title]
zh = "测试"
en = "Test"
[windows]
days = "{days}"
intervals = {hours}
[attempts]
change_time = "{change}"
dials_min = 2
dials_max = {most}
min_gap_minutes = {gap}
{caps}
"""
OTHER_HOURS = (((600, 660), (840, 960)), ((480, 1200),), ((0, 1440),), ((1200, 1860),))
SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The plans' zone, by whose days versions of policies come into force."""
VAIN = {
    "no_answer": (19, 480),
    "busy": (17, 486),
    "rejected": (21, 403),
    "invalid_number": (1, 404),
}
TALK: dict[str, Any] = {"content": "问候", "problems": "无", "handling_result": "无需处理"}


def written(name: str, terms: Terms, version: int = 1, since: date = date(2026, 1, 1)) -> str:
    hours = [f"{_clock(start)}-{'24:00' if end == 1440 else _clock(end % 1440)}" for start, end in terms.hours]
    return POLICY.format(
        name=name,
        days="workdays" if terms.workdays else "every_day",
        hours=hours,
        change=terms.change,
        most=terms.most,
        gap=terms.gap // timedelta(minutes=1),
        caps=f"[caps]\nnumber_24h = {{most = {terms.cap}}}" if terms.cap else "",
        version=version,
        since=since,
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


class Days:
    """One random history. versions: of each policy, from which day they hold."""

    def __init__(self, story: Story, seed: int) -> None:
        self.story = story
        self.random = Random(seed)
        self.model: dict[str, Waiting] = {}
        self.versions = {name: [(date(2026, 1, 1), terms)] for name, terms in POLICIES.items()}
        self.told: list[str] = []

    @property
    def now(self) -> datetime:
        return self.story.clock.now()

    async def begin(self) -> None:
        for name, terms in POLICIES.items():
            await self.story.books.policies.add(load_policy(written(name, terms)))
            await self.story.add_plan(f"plan-{name}", name, trunk="abroad")
        await self.add(8)
        await self.story.start()

    async def add(self, count: int) -> None:
        for _ in range(count):
            place = len(self.model) + 1
            zone = self.random.choice(list(ZONES))
            one = Waiting(
                id=f"cb-{place:04}",
                number=f"{ZONES[zone]}{place:04}",
                zone=zone,
                policy=self.random.choice(list(POLICIES)),
                due=self.now + timedelta(hours=self.random.randrange(-48, 48)),
                priority=self.random.randrange(10),
                created=self.now,
            )
            self.model[one.id] = one
            customer = Customer(f"of-{one.id}", "王芳", "", (PhoneNumber(one.number),), zone, "zh", "周经理", "销售")
            callback = Callback(
                id=one.id,
                plan_id=f"plan-{one.policy}",
                customer_id=customer.id,
                purpose="",
                visit_type=VisitType.SPECIAL,
                state=CallbackState.WAITING,
                due_at=one.due,
                priority=one.priority,
                round=1,
                created_at=one.created,
            )
            await self.story.books.people.add_cases([customer], [callback])

    def terms(self, one: Waiting) -> Terms:
        today = self.now.astimezone(SHANGHAI).date()
        return [terms for since, terms in self.versions[one.policy] if since <= today][-1]

    def callable(self) -> list[Waiting]:
        return sorted((one for one in self.model.values() if may_call(self.terms(one), one, self.now)), key=order)

    async def step(self) -> None:
        doing = self.random.choices(
            (
                *(self.dial, self.pass_time, self.close_log, self.give_back, self.bring_more),
                *(self.kill, self.change_policy, self.opt_out),
            ),
            weights=(10, 8, 5, 2, 2, 1, 1, 1),
        )[0]
        self.told.append(f"{self.now:%m-%d %H:%M:%S} {doing.__name__}")
        await doing()

    async def dial(self) -> None:
        """An agent asks for the next one; he gets the model's first, or nothing where the model has none."""
        await self.new_versions_are_known()
        agent = self.random.choice(AGENTS)
        expected = self.callable()
        answer = await self.story.service.dialing.dial_next(str(agent))
        await self.story.clock.settle()
        if not expected:
            assert answer is None, (answer, self.told[-5:])
            return
        assert isinstance(answer, tuple), (answer, [one.id for one in expected], self.told[-5:])
        case, attempt = answer
        assert isinstance(attempt, Attempt), attempt
        assert case.callback.id == expected[0].id, str(
            (expected[0], (await self.story.callback(expected[0].id)), case.callback, self.told[-3:])
        )
        await self.call(expected[0], attempt)

    async def call(self, one: Waiting, attempt: Attempt) -> None:
        """From the agent's phone to the end of the call, as chance will have it."""
        story, began = self.story, self.now
        slot = slot_of(self.terms(one), one, began)
        assert slot is not None
        ends = self.random.choice(("absent", "answered", "answered", *VAIN))
        if ends == "absent":
            await story.clock.advance(31)
            ends = "not_dialled"
        else:
            story.switch.agent_answers(attempt.id)
            await story.clock.advance(0.5)
            story.switch.rings(attempt.id)
            await story.clock.advance(2)
            if ends == "answered":
                story.switch.answers(attempt.id)
                await story.clock.advance(self.random.randrange(1, 30))
                story.switch.hangs_up(attempt.id)
            elif ends == "no_answer":
                await story.clock.advance(25)
            else:
                story.switch.ends_unanswered(attempt.id, *VAIN[ends])
        await story.clock.advance(3)
        record = await story.record(attempt.id)
        assert record.attempt.outcome is Outcome(ends), (record.attempt, ends)
        assert record.attempt.ended_at is not None
        one.dials.append(Dial(began, record.attempt.ended_at, ends, one.round, slot))
        if one.dials[-1].charged:
            one.appointment = None
        one.not_before = None
        one.stands = follows(self.terms(one), one)
        await self.agrees(one)

    async def close_log(self) -> None:
        talked = [one for one in self.model.values() if one.stands == "talked"]
        if not talked:
            return
        one = self.random.choice(talked)
        (attempt_id,) = [
            record.id
            for record in await self.story.books.attempts.of_callback(one.id)
            if record.ended_at == one.dials[-1].ended_at
        ]
        said = self.random.choice(("success", "refused", "wrong_person", "incomplete", "appointment", "problem"))
        values = {**TALK, "disposition": Disposition(said)}
        if said == "appointment":
            one.appointment = self.now + timedelta(minutes=self.random.randrange(1, 3000))
            values["next_visit_at"] = one.appointment
        one.number_left = said != "wrong_person"
        one.stands = "done" if said == "problem" else follows_talk(self.terms(one), one, said)
        await self.story.service.visits.close(attempt_id, values)
        await self.agrees(one)

    async def give_back(self) -> None:
        """A supervisor begins another round."""
        used_up = [one for one in self.model.values() if one.stands == "exhausted" and one.number_left]
        if not used_up:
            return
        one = self.random.choice(used_up)
        books = self.story.books
        decisions = Decisions(
            DecisionParts(books.callbacks, books.decisions, books.audit, self.story.clock, books.policies)
        )
        by = By(Account("a1", "chief", "主管", frozenset(), None, "zh", self.now))
        later = self.random.choice((None, self.now + timedelta(minutes=self.random.randrange(1, 600))))
        version = (await self.story.callback(one.id)).version
        await decisions.give_back(one.id, version, "新号码", by, later)
        one.stands, one.not_before = "waiting", later
        one.round += 1
        await self.agrees(one)

    async def bring_more(self) -> None:
        await self.add(self.random.randrange(1, 4))

    async def change_policy(self) -> None:
        """Other hours from today or from tomorrow on."""
        name = self.random.choice(list(POLICIES))
        versions = self.versions[name]
        since = self.now.astimezone(SHANGHAI).date() + timedelta(days=self.random.randrange(2))
        if since < versions[-1][0]:
            return
        hours = self.random.choice(OTHER_HOURS)
        gap = timedelta(minutes=self.random.choice((0, 20)))
        terms = replace(versions[-1][1], workdays=self.random.random() < 0.5, hours=hours, gap=gap)
        versions.append((since, terms))
        await self.story.books.policies.add(load_policy(written(name, terms, len(versions), since)))
        await self.story.clock.advance(LEARNT_WITHIN)

    async def new_versions_are_known(self) -> None:
        """A version that holds from this midnight on is looked for every minute."""
        local = self.now.astimezone(SHANGHAI)
        if local.hour == 0 and local.minute < 3:
            await self.story.clock.advance(180)

    async def opt_out(self) -> None:
        """A customer says that he wants no calls, on whichever way."""
        waiting = [one for one in self.model.values() if one.stands == "waiting"]
        if not waiting or len(waiting) < 4:
            return
        one = self.random.choice(waiting)
        said = Said(ExclusionKind.OPT_OUT, "客户要求", f"of-{one.id}", channels=frozenset({Channel.PHONE}))
        await excluding(self.story.books, self.story.clock).enter(said, Who(login="chief"))
        one.stands, one.number_left = "exhausted", False
        await self.agrees(one)

    async def kill(self) -> None:
        await self.story.kill()
        self.story.clock.jump(self.random.randrange(1, 300))
        await self.story.start()

    async def pass_time(self) -> None:
        """A while, or a jump over hours."""
        if self.random.random() < 0.5:
            await self.story.clock.advance(self.random.randrange(1, 120))
        else:
            self.story.clock.jump(self.random.randrange(60, 8 * 3600))
            await self.story.clock.advance(LEARNT_WITHIN)

    async def agrees(self, one: Waiting) -> None:
        stands = {
            "waiting": CallbackState.WAITING,
            "talked": CallbackState.WRAP_UP,
            "done": CallbackState.DONE,
            "exhausted": CallbackState.EXHAUSTED,
        }
        assert (await self.story.callback(one.id)).state is stands[one.stands], (one, self.told[-5:])

    async def all_come_to_an_end(self) -> None:
        """No callback is starved: asked for long enough, the queue hands out each until it is settled."""
        for _ in range(2000):
            if not any(one.stands == "waiting" for one in self.model.values()):
                return
            if self.callable():
                await self.dial()
            else:
                self.story.clock.jump(30 * 60)
                await self.story.clock.advance(LEARNT_WITHIN)
            await self.close_log()
        waiting = [one for one in self.model.values() if one.stands == "waiting"]
        raise AssertionError(f"still waiting: {waiting}")


@pytest.mark.parametrize("seed", range(RUNS))
async def test_the_queue_does_what_the_model_says(story: Story, seed: int) -> None:
    days = Days(story, seed)
    await days.begin()
    for _ in range(STEPS):
        await days.step()
    await days.all_come_to_an_end()
    assert not isinstance(await story.service.dialing.dial_next("1001"), Refusal)
