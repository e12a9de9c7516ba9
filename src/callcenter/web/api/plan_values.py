"""A plan as the API takes it and shows it."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from callcenter.domain.people import Channel, Plan, PlanState, VisitType
from callcenter.domain.plans.life import MOVES, Element, Progress, lacking, target_of
from callcenter.web.api.answers import Answer
from callcenter.web.asked import Asked, Day, Name, Words

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Names = Annotated[list[Name], Field(max_length=200)]
LONGEST_CONTENT = 10_000


class ProgressShown(Answer):
    """How far a plan is, in callbacks."""

    total: int
    done: int
    remaining: int
    stopped: int = Field(description="Attempts used up; they wait for a supervisor's decision.")
    closed: int = Field(description="Given up by a supervisor.")
    overdue: int = Field(description="Of the remaining ones, due before now.")


class PlanShown(Answer):
    """A campaign of callbacks (C6-34)."""

    id: str
    name: str
    purpose: str = Field(description="Of its visits, where a callback has none of its own.")
    visit_type: VisitType
    channel: Channel
    policy: str = Field(description="Name of the policy that governs it.")
    zone: str = Field(description="IANA time zone of customers who have none of their own.")
    trunk: str = Field(description="The way to the telephone network.")
    state: PlanState = Field(description="Only callbacks of a running plan are handed out and dialled.")
    may_become: list[PlanState] = Field(description="The states it may be put into from here.")
    content: str = Field(description="The questionnaire, or what is to be talked about.")
    script: str = Field(description="Name of the script that its talks are held by; empty for none.")
    other_channels: list[Channel] = Field(description="Further methods, beside `channel` (C6-37).")
    starts_on: date | None = Field(description="First day, in the plan's zone; null for no bound.")
    ends_on: date | None = Field(description="Last day, in the plan's zone; null for no bound.")
    whom: str = Field(description="Which customers, in words.")
    lists: list[str] = Field(description="The lists they come from.")
    agent_ids: list[str] = Field(description="Who carries it out; with no departments either: whoever is there.")
    departments: list[str] = Field(description="Whose agents carry it out.")
    needs_approval: bool = Field(description="Nobody has approved it as it stands.")
    lacking: list[Element] = Field(description="What it must tell yet before it is submitted.")
    version: int
    progress: ProgressShown | None = Field(description="For who reads the whole queue.")


class PlanElements(Asked):
    """What a plan tells; everything but its name, policy and trunk may be told later, before it is submitted."""

    name: Name
    purpose: Words = ""
    visit_type: VisitType = VisitType.ROUTINE_CONTINUING
    channel: Channel = Channel.PHONE
    policy: Name = Field(description="Name of a policy that is in force.")
    zone: Words = Field(default="", description="IANA time zone; empty: the installation's.")
    trunk: Name = Field(description="One of the installation's trunks.")
    content: str = Field(default="", max_length=LONGEST_CONTENT, description="The questionnaire, or the outline.")
    script: Words = Field(default="", description="Name of the script that its talks are held by.")
    other_channels: list[Channel] = Field(default_factory=list, max_length=10)
    starts_on: Day | None = Field(default=None, description="First day, in the plan's zone.")
    ends_on: Day | None = Field(default=None, description="Last day, in the plan's zone.")
    whom: Words = Field(default="", description="Which customers, in words.")
    lists: Names = Field(default_factory=list, description="The lists they come from.")
    agent_ids: Names = Field(default_factory=list, description="Ids of the agents who carry it out.")
    departments: Names = Field(default_factory=list, description="Departments whose agents carry it out.")


class NewPlan(PlanElements):
    id: Key = Field(description="Chosen by you; it never changes.")
    state: PlanState = Field(
        default=PlanState.DRAFT,
        description="`running` takes all steps at once, for who may do each of them; otherwise `draft`.",
    )
    reason: Words = Field(default="", description="Why you approve your own plan, where nobody else may.")


class ChangedPlan(PlanElements):
    version: int = Field(ge=1, description="The plan's version as it was read.")


def plan_from(asked: PlanElements, plan_id: str, own_zone: str) -> Plan:
    """A draft."""
    return Plan(
        id=plan_id,
        name=asked.name,
        purpose=asked.purpose,
        visit_type=asked.visit_type,
        channel=asked.channel,
        policy=asked.policy,
        zone=asked.zone or own_zone,
        trunk=asked.trunk,
        state=PlanState.DRAFT,
        content=asked.content.strip(),
        other_channels=tuple(each for each in dict.fromkeys(asked.other_channels) if each is not asked.channel),
        starts_on=asked.starts_on,
        ends_on=asked.ends_on,
        whom=asked.whom,
        lists=tuple(dict.fromkeys(asked.lists)),
        agent_ids=tuple(dict.fromkeys(asked.agent_ids)),
        departments=tuple(dict.fromkeys(asked.departments)),
        script=asked.script,
    )


def show_plan(plan: Plan, progress: Progress | None) -> PlanShown:
    taken = {"may_become", "lacking", "progress"}
    same = {name: getattr(plan, name) for name in PlanShown.model_fields if name not in taken}
    targets = {target for deed in MOVES if (target := target_of(plan, deed))}
    return PlanShown(**same, may_become=sorted(targets), lacking=list(lacking(plan)), progress=_progress(progress))


def _progress(progress: Progress | None) -> ProgressShown | None:
    if progress is None:
        return None
    return ProgressShown(**{name: getattr(progress, name) for name in ProgressShown.model_fields})
