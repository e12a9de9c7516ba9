"""What would the service do with one call? Event, step, save, commands; killed, blinded and started again.

The call machine is the real one; everything around it is a model. `Walk` moves switch, people and service at random
and then lets things calm down; `story` tells what happened, for a failed test to print.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from callcenter.domain.calls.call import (
    Call,
    CallState,
    CallTerms,
    Renewal,
    may_hang_up,
    next_deadline,
)
from callcenter.domain.calls.pausing import may_pause, may_resume
from callcenter.domain.calls.steps import step
from callcenter.domain.calls.words import (
    CUSTOMER,
    AgentJoinAsked,
    AgentPhoneBack,
    AgentPhoneLost,
    AgentUp,
    CallEvent,
    CheckRecorder,
    Command,
    CommandFailed,
    Connect,
    CustomerCreated,
    DeadlinePassed,
    HangUpAsked,
    PauseAsked,
    RaiseAlarm,
    RecorderSeen,
    RecordingStarted,
    ResumeAsked,
    Sight,
    SnoopUp,
    Started,
    Surveyed,
    SwitchLost,
    number_of,
    recorder,
)
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.recording import Direction
from domain.switch_model import NotDone, Switch

BEGIN = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
TERMS = CallTerms("PJSIP/agent-1001", "PJSIP/13800000001@trunk", max_talk_seconds=120, pause_seconds=20, pauses_most=3)
INCOMING = replace(TERMS, customer_channel="switch-1.7", cancel_lock_seconds=0, notice=("sound:beep",))
CALM_STEPS = 600
ONE_IN = 4
"""Every so manieth walk is of a customer who rang in."""

EARLY_ENDS = {
    EndReason.NETWORK,
    EndReason.CUSTOMER,
    EndReason.CANCELLED,
    EndReason.AGENT,
    EndReason.AGENT_LOST,
    EndReason.RECORDER_FAILED,
    EndReason.SWITCH_LOST,
}
"""What may end a ring before its time; UNSEEN may too, if the customer's channel was gone when it was looked for."""


class Killed(Exception):  # noqa: N818 (what happens to the service)
    """The service dies here."""


@dataclass(frozen=True, slots=True)
class Moved:
    before: Call
    event: CallEvent
    after: Call


class Walk:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = BEGIN
        self.switch = Switch(BEGIN, self.random, started_at=BEGIN - timedelta(hours=1))
        self.switch.trouble = self.random.choice((0.0, 0.02, 0.2))
        self.mishaps = self.random.choice((0.0, 0.0, 0.3, 1.0))
        self.sloth = self.random.choice((0.0, 0.01, 0.3))
        self.haste = self.random.choice((0.0, 0.1, 1.0))
        window_ends = self.random.choice((None, BEGIN + timedelta(minutes=self.random.randrange(1, 5))))
        terms = TERMS if seed % ONE_IN else INCOMING
        self.call = Call("attempt", replace(terms, talk_ends_at=window_ends), BEGIN)
        if self.incoming:
            self.switch.rings_in()
        self.mailbox: deque[CallEvent] = deque([Started(BEGIN)])
        self.sighted = True
        self.last_sight: datetime | None = None
        self.running = True
        self.blinded = False
        self.moves: list[Moved] = []
        self.story: list[str] = []
        self.talked = False
        self.told_late: set[str] = set()
        self.legs_asked = 0

    # --- the service --------------------------------------------------------------------------------------------

    @property
    def incoming(self) -> bool:
        return self.call.terms.incoming

    @property
    def live(self) -> bool:
        return self.call.state is not CallState.ENDED

    def serve(self) -> bool:
        """Handle one event or one deadline; False if there is nothing to do now."""
        if not (self.running and self.sighted):
            return False
        if self.mailbox:
            event = self.mailbox.popleft()
            if self.live:
                self._handle(event)
            else:
                self._stray(event)
            return True
        due = next_deadline(self.call)
        if due is None or due[0] > self.now:
            return False
        self._handle(DeadlinePassed(self.now, due[1]))
        return True

    def _handle(self, event: CallEvent) -> None:
        pending = deque([event])
        try:
            while pending:
                pending.extend(self._step(pending.popleft()))
        except Killed:
            self._die()

    def _step(self, event: CallEvent) -> list[CallEvent]:
        before = self.call
        self.call, commands = step(before, event)
        self._note(f"{event} -> {self.call.state}")
        if self.call != before:
            self.moves.append(Moved(before, event, self.call))
        self.talked = self.talked or self.call.state is CallState.TALKING
        if self.call.state is CallState.ENDED:
            assert not self.switch.left(), f"ended, but left behind: {self.switch.left()}"
        results: list[CallEvent] = []
        for command in self.random.sample(commands, len(commands)):
            self._mishap()
            results.extend(self._perform(command))
        self._mishap()
        return results

    def _mishap(self) -> None:
        """What may befall between a step and its commands, and between two commands."""
        luck = self.random.random() / self.mishaps if self.mishaps else 1.0
        if luck < 0.01:
            raise Killed
        if luck < 0.02:
            self.lose_sight()
        elif luck < 0.025:
            self.restart_switch()
        elif luck < 0.05:
            self.pass_time(self.random.choice((0.1, 1.0, 4.0)))

    def _perform(self, command: Command) -> tuple[CallEvent, ...]:
        self._note(f"    {command}")
        match command:
            case RaiseAlarm():
                return ()
            case CheckRecorder(segment=segment):
                sizes = [self.switch.size(recorder(direction, segment)) for direction in Direction]
                return (RecorderSeen(self.now, segment, *sizes),)
            case _:
                return self._ask(command)

    def _ask(self, command: Command) -> tuple[CallEvent, ...]:
        dials, answers = self.switch.dials, self.switch.answers_given
        try:
            return self.switch.perform(command)
        except NotDone as error:
            self._note(f"    {error.failure}")
            return (CommandFailed(self.now, command, error.failure),)
        finally:
            if self.switch.dials > dials:
                assert self.switch.dials == 1, "dialled twice"
            if (self.switch.dials, self.switch.answers_given) != (dials, answers):
                self._dialled(command)

    def _dialled(self, command: Command) -> None:
        """Or answered."""
        assert isinstance(command, Connect)
        assert command.answer is self.incoming
        parts = [recorder(direction, 1) for direction in Direction]
        assert all(self.call.has(part) for part in parts), "dialled though a recorder was known to be gone"
        assert all(self.switch.size(part) is not None for part in parts), "dialled without files"
        assert not self.call.suspect, "dialled though a recorder was suspect"

    def _stray(self, event: CallEvent) -> None:
        if isinstance(event, RecordingStarted):
            self.told_late.add(event.part)
        match event:
            case AgentUp(part=part) | SnoopUp(part=part) | RecordingStarted(part=part):
                self.switch.release(part)
            case CustomerCreated():
                self.switch.release(CUSTOMER)
            case _:
                pass

    # --- what befalls the service -------------------------------------------------------------------------------

    def _die(self) -> None:
        self._note("the service is killed")
        self.running = False
        self.lose_sight()
        self.mailbox.clear()

    def kill(self) -> None:
        if self.running:
            self._die()

    def lose_sight(self) -> None:
        if self.switch.listened_to:
            self._note("the connection is lost")
            self.last_sight = self.last_sight or self.now
        self.sighted = self.switch.listened_to = False
        self.blinded = True
        self.switch.told.clear()

    def connect(self) -> None:
        """Start again if need be; events flow from now on, and are handled after the survey."""
        if not self.switch.listened_to:
            self._note("connected")
        self.running = self.switch.listened_to = True

    def look_over(self) -> None:
        if self.running and self.switch.listened_to and not self.sighted:
            found = self.switch.survey()
            self._note(f"survey {found}")
            new = not found and self.switch.started_at > self.call.entered_at
            lost_at = self.last_sight or self.switch.started_at
            self.mailbox.appendleft(SwitchLost(lost_at) if new else Surveyed(self.now, found))
            self.last_sight = None
            self.sighted = True

    def restart_switch(self) -> None:
        self.lose_sight()
        self._note("Asterisk is killed and starts again")
        self.switch.restart(self.now)

    def pass_time(self, seconds: float) -> None:
        self._note(f"{seconds} s pass")
        self.now += timedelta(seconds=seconds)
        self.switch.at(self.now)

    def deliver(self) -> bool:
        topics = sorted(topic for topic, events in self.switch.told.items() if events)
        if not topics:
            return False
        self.mailbox.append(self.switch.told[self.random.choice(topics)].popleft())
        return True

    # --- what people and networks do ---------------------------------------------------------------------------

    def act(self) -> None:
        """One of them does something that is possible now."""
        possible = [*self._agents_acts(), *self._customers_acts(), *self._recorders_acts(), *self._asks()]
        if possible:
            name, deed = self.random.choice(possible)
            self._note(name)
            deed()

    def _agents_acts(self) -> list[tuple[str, Callable[[], None]]]:
        switch = self.switch
        acts: list[tuple[str, Callable[[], None]]] = []
        for part in switch.agents(Sight.RINGING):
            acts += [(f"{part} answers", partial(switch.agent_answers, part))] * 9
            acts.append((f"{part} declines", partial(switch.destroy, part, 21)))
        if self.random.random() < 0.2:
            for part in switch.agents(Sight.UP):
                acts.append((f"{part} hangs up", partial(switch.hangs_up, part)))
                acts.append((f"{part} is lost", partial(switch.destroy, part, 44)))
        return acts

    def _customers_acts(self) -> list[tuple[str, Callable[[], None]]]:
        switch = self.switch
        customer = switch.channels.get(CUSTOMER)
        if self.incoming and customer is not None:
            patience = 0.2 if customer.sight is Sight.UP else 0.02
            hangs_up = ("the customer hangs up", lambda: switch.hangs_up(CUSTOMER))
            return [hangs_up] if self.random.random() < patience else []
        match customer.sight if customer else None:
            case Sight.DIALLED:
                signs = [("early media", switch.progress), ("rings", switch.rings)]
                return [*signs * 3, ("answers", switch.answers), ("the dial ends", switch.dial_ends)]
            case Sight.RINGING:
                acts = [("answers", switch.answers), ("early media", switch.progress)]
                return [*acts, ("the dial ends", switch.dial_ends)]
            case Sight.UP if self.random.random() < 0.2:
                return [("the customer hangs up", lambda: switch.hangs_up(CUSTOMER))]
            case _:
                return []

    def _recorders_acts(self) -> list[tuple[str, Callable[[], None]]]:
        if self.random.random() > 0.05:
            return []
        switch = self.switch
        acts: list[tuple[str, Callable[[], None]]] = []
        for part in sorted(switch.recordings):
            acts.append((f"{part} ends", partial(switch.end_recording, part)))
            acts.append((f"{part} stalls", partial(switch.stall, part)))
        return acts

    def _asks(self) -> list[tuple[str, Callable[[], None]]]:
        asks: list[tuple[str, Callable[[], None]]] = []
        if self.random.random() < self.haste * 0.05:
            reason = self.random.choice(("", "wrong number"))
            if may_hang_up(self.call, self.now, reason) is None:
                asks.append(("the agent ends it", lambda: self.mailbox.append(HangUpAsked(self.now, reason))))
        if self.random.random() < 0.2 and may_pause(self.call, "why") is None:
            asks.append(("a pause", lambda: self.mailbox.append(PauseAsked(self.now, "agent", "why"))))
        if self.random.random() < 0.2 and may_resume(self.call) is None:
            asks.append(("no pause", lambda: self.mailbox.append(ResumeAsked(self.now))))
        if self.random.random() < 0.05 and self.legs_asked < 3:
            asks.append(("a new page", self._ask_for_leg))
        if self.random.random() < 0.02:
            asks.append(("phone lost", lambda: self.mailbox.append(AgentPhoneLost(self.now))))
            asks.append(("phone back", lambda: self.mailbox.append(AgentPhoneBack(self.now))))
        return asks

    def _ask_for_leg(self) -> None:
        self.legs_asked += 1
        self.mailbox.append(AgentJoinAsked(self.now, "PJSIP/agent-1002"))

    # --- the walk ------------------------------------------------------------------------------------------------

    def wander(self, steps: int) -> None:
        if self.random.random() < 0.7:
            self._head_start()
        self._stroll(steps)

    def _head_start(self) -> None:
        trouble, self.switch.trouble = self.switch.trouble, 0.0
        mishaps, self.mishaps = self.mishaps, 0.0
        while self.call.state is not CallState.DIALLING:
            if not (self.deliver() or self.serve()):
                self.switch.agent_answers(self.call.agent)
        self.switch.trouble, self.mishaps = trouble, mishaps

    def _stroll(self, steps: int) -> None:
        moves: list[tuple[float, Callable[[], object]]] = [
            (10, self.serve),
            (8, self.deliver),
            (5, self.act),
            (2, self._wait),
            (0.3 * self.mishaps, self.kill),
            (0.3 * self.mishaps, self.lose_sight),
            (0.15 * self.mishaps, self.restart_switch),
            (2, self.connect),
            (2, self.look_over),
        ]
        weights = [weight for weight, _ in moves]
        for _ in range(steps):
            self.random.choices(moves, weights)[0][1]()

    def _wait(self) -> None:
        # Mostly, time is long for a machine: what is under way gets done before people or phones do anything.
        if self.random.random() >= self.sloth and (self.deliver() or self.serve()):
            return
        if self.random.random() < 0.5:
            self._to_next_deadline()
        else:
            due = next_deadline(self.call) if self.sighted else None
            longest = max((due[0] - self.now).total_seconds() + 0.5, 0.0) if due else 60.0
            self.pass_time(min(longest, self.random.choice((0.05, 0.4, 1.0, 2.5, 7.0, 21.0))))

    def _to_next_deadline(self) -> None:
        due = next_deadline(self.call)
        if due is not None and due[0] > self.now:
            self.pass_time((due[0] - self.now).total_seconds())

    def calm_down(self) -> None:
        """Commands succeed, events arrive, deadlines pass; nobody does anything of his own accord."""
        self.switch.trouble = self.mishaps = 0.0
        self._note("things calm down")
        self.connect()
        self.look_over()
        for _ in range(CALM_STEPS):
            if not (self.deliver() or self.serve()):
                if not self.live:
                    return
                assert next_deadline(self.call) is not None, "nothing left to wait for, and not ended"
                self._judge_pause()
                self._to_next_deadline()
        raise AssertionError("never ended")

    def _note(self, line: str) -> None:
        self.story.append(f"{(self.now - BEGIN).total_seconds():7.2f} {line}")

    # --- what must be true ------------------------------------------------------------------------------------------

    def judge(self) -> None:
        call, switch = self.call, self.switch
        assert not switch.left()
        assert not call.parts
        assert call.outcome is not None
        assert call.end_reason is not None
        assert call.ended_at is not None
        self._judge_outcome(call.outcome)
        self._judge_ring()
        assert set(switch.files) <= set(call.recorders), "a raw recording is not listed"
        running = [part for part, life in call.recorders.items() if life.started_at and not life.ended]
        assert not running, f"a recorder without an end: {running}"
        assert all(pause.ended_at and pause.ended_at >= pause.began_at for pause in call.pauses), "a pause without end"
        known = {part for part, life in call.recorders.items() if life.started_at}
        known |= self.told_late
        assert not self.talked or self.blinded or set(switch.files) <= known, "a raw recording without its start"

    def _judge_pause(self) -> None:
        """While nothing is under way: what the recorders do is what the books say."""
        call, switch = self.call, self.switch
        if call.state is CallState.TALKING and call.recorder_works and call.renewal is Renewal.NONE:
            heard = {part for part in switch.recordings - switch.muted if number_of(part) == call.segment}
            assert len(heard) == (0 if call.pause else len(Direction)), f"paused: {call.pause}, recorded: {heard}"

    def _judge_outcome(self, outcome: Outcome) -> None:
        if self.talked:
            assert outcome is Outcome.ANSWERED, "a talk lost its outcome"
        else:
            assert outcome is not Outcome.ANSWERED
        if self.incoming:
            self._judge_waiting()
        elif not self.switch.dials:
            assert not outcome.charged or outcome is Outcome.UNKNOWN, "charged though not dialled"
        else:
            assert outcome is not Outcome.NOT_DIALLED, "dialled, and not told so"

    def _judge_waiting(self) -> None:
        assert not self.switch.dials, "a customer who rang in was dialled"
        assert self.talked or self.switch.given_back or self.switch.customer_left, "who waited was hung up on"
        assert not (self.talked and self.switch.given_back), "given back after a talk"

    def _judge_ring(self) -> None:
        call = self.call
        sign = call.first_sign_at
        least = timedelta(seconds=call.terms.ring_seconds)
        assert self.blinded or self.switch.rung is None or self.switch.rung >= least, (
            "the switch's own limit came first"
        )
        if sign is None or call.answered_at is not None or call.ended_at is None:
            return
        if call.ended_at >= sign + least or call.end_reason in EARLY_ENDS:
            return
        last = next(move for move in self.moves if move.after.over)
        gone = isinstance(last.event, Surveyed) and CUSTOMER not in last.event.parts
        assert gone, f"rang too short, ended by {call.end_reason}"
