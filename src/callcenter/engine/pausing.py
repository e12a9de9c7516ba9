"""What an agent's word about the recording of his talk does: paused and resumed by the call, audited here."""

from datetime import datetime

from callcenter.domain.audit import Action, Deed
from callcenter.domain.calls.call import Call
from callcenter.domain.calls.pausing import may_pause, may_resume
from callcenter.domain.calls.words import PauseAsked, ResumeAsked
from callcenter.domain.recording import PauseReason
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.calls import Calls
from callcenter.engine.decisions import By
from callcenter.engine.plans import KEEPER_LOGIN
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AttemptStore, AuditStore


class Pausing:
    """by: whose account asked; None for who has the service's own user."""

    def __init__(self, calls: Calls, attempts: AttemptStore, audit: AuditStore, clock: Clock) -> None:
        self._calls = calls
        self._attempts = attempts
        self._audit = audit
        self._clock = clock

    async def pause(
        self, attempt_id: str, reason: str, by: By | None = None, kind: PauseReason = PauseReason.OTHER
    ) -> Refusal | None:
        """From now on the recorders write silence, until the agent, the policy's time or the call's end ends that.
        PAUSE_FORBIDDEN, PAUSE_NO_TALK, PAUSE_LASTS, PAUSES_USED, PAUSE_NO_RECORDER, PAUSE_UNREASONED.
        """
        record, call = await self._attempts.get(attempt_id), self._live(attempt_id)
        if record is None or call is None:
            return Refusal(Rule.PAUSE_NO_TALK)
        if (refusal := may_pause(call, reason, kind)) is not None:
            return refusal
        now = self._clock.now()
        # First of all the sound: what the customer is about to say does not wait for the audit.
        self._calls.post(attempt_id, PauseAsked(now, record.attempt.agent_id, reason, kind))
        words = {"reason": reason.strip()[:500]} if reason.strip() else {}
        await self._audit.write(_deed(Action.PAUSED, attempt_id, now, by, pause=kind.value, **words))
        return None

    async def resume(self, attempt_id: str, by: By | None = None) -> Refusal | None:
        """PAUSE_NO_TALK, PAUSE_NONE."""
        call = self._live(attempt_id)
        if call is None:
            return Refusal(Rule.PAUSE_NO_TALK)
        if (refusal := may_resume(call)) is not None:
            return refusal
        now = self._clock.now()
        self._calls.post(attempt_id, ResumeAsked(now))
        await self._audit.write(_deed(Action.RESUMED, attempt_id, now, by))
        return None

    def _live(self, attempt_id: str) -> Call | None:
        return next((call for call in self._calls.live if call.attempt_id == attempt_id), None)


def _deed(action: Action, attempt_id: str, at: datetime, by: By | None, **detail: str) -> Deed:
    who, login, address = (by.account.id, by.account.login, by.address) if by else ("", KEEPER_LOGIN, "")
    return Deed(at, action, who, login, "recording", attempt_id, detail, address)
