"""Who could call this one? Each agent, and what stands between him and a callback."""

from collections.abc import Sequence

from pydantic import Field

from callcenter.domain.words.sentences import Language
from callcenter.engine.explaining import Caller
from callcenter.web.api.answers import Answer, RefusalShown
from callcenter.web.shown import show_refusal


class CallerShown(Answer):
    """An agent, and what stands between him and this callback."""

    agent: str = Field(description="The staff number.")
    name: str
    may_call: bool = Field(description="As far as it is a matter of who calls.")
    refusals: list[RefusalShown]


def show_callers(callers: Sequence[Caller], zone: str, language: Language) -> list[CallerShown]:
    """zone: IANA, in which times are told."""
    return [
        CallerShown(
            agent=each.agent.staff_number,
            name=each.agent.name,
            may_call=not each.refusals,
            refusals=[RefusalShown.model_validate(show_refusal(one, zone, language)) for one in each.refusals],
        )
        for each in callers
    ]
