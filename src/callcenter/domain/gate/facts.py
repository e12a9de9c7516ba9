"""What do the rules ask about one dial?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.gate.restraints import Restraints
from callcenter.domain.people import Agent, Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule


@dataclass(frozen=True, slots=True, eq=False)
class DialFacts:
    """Everything the rules ask about one dial. agent: None when the one who asks is no agent. number: None when the
    customer has none left. attempts: all of this callback. number_live: some live attempt, of whichever callback,
    rings or holds this number. disk_mark_bytes: below so many free bytes the archive takes no more. overrides: reasons
    given for going round rules that allow it. restraints: opt-outs, blocklists, and the dials that caps count.
    setup_seconds: from the agent's answer to the customer's first ring, at most.
    """

    case: Case
    policy: Policy
    agent: Agent | None
    number: PhoneNumber | None
    attempts: Sequence[Attempt]
    number_live: bool
    agent_busy: bool
    disk_free_bytes: int
    disk_mark_bytes: int
    recorder_healthy: bool
    switch_connected: bool
    stopping: bool
    overrides: Mapping[Rule, str] = field(default_factory=dict)
    restraints: Restraints = field(default_factory=Restraints)
    setup_seconds: int = 0
    agent_on_break: bool = False


RuleFunction = Callable[[DialFacts, datetime], Refusal | None]
"""Says no with a refusal."""
