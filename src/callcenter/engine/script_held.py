"""By which script is a talk held, and what was answered in it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.domain.people import Plan
from callcenter.domain.scripts.question import Value
from callcenter.domain.scripts.script import Script
from callcenter.domain.visits.script_run import KeptAnswer
from callcenter.engine.script_ports import AnswerStore, ScriptStore


@dataclass(frozen=True, slots=True)
class Held:
    """pinned: something was answered, so the talk stays with this version."""

    script: Script
    pinned: bool
    answers: Mapping[str, KeptAnswer] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, Value]:
        return {key: each.value for key, each in self.answers.items() if each.value is not None}


async def held_by(scripts: ScriptStore, answers: AnswerStore, attempt_id: str, plan: Plan) -> Held | None:
    """The version it was begun with, else the newest of its plan's script; None where the plan names none."""
    run = await answers.run(attempt_id)
    if run is not None:
        kept = await scripts.version(run.script, run.version)
        return Held(kept.script, pinned=True, answers=run.answers) if kept else None
    kept = await scripts.version(plan.script) if plan.script else None
    return Held(kept.script, pinned=False) if kept else None
