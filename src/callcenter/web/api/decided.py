"""What a supervisor decided of a callback, as the API shows it."""

from pydantic import Field

from callcenter.domain.visits.exhaustion import Decision, DecisionKind
from callcenter.web.api.answers import Answer, Instant


class DecisionShown(Answer):
    """What was decided of it, by whom."""

    at: Instant
    by: str = Field(description="Login.")
    kind: DecisionKind
    reason: str = Field(description="Of a close a code, of a give-back its words; empty where a close was undone.")
    note: str
    round: int = Field(description="The round that was used up.")
    exhausted_reason: str = Field(description="And why it was.")
    not_before: Instant | None


def show_decision(decision: Decision) -> DecisionShown:
    same = {name: getattr(decision, name) for name in DecisionShown.model_fields if name != "by"}
    return DecisionShown(**same, by=decision.login)
