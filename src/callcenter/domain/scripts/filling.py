"""The words of a script as they are spoken in one talk: names and purpose filled in (C5-01, V14-03)."""

from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.domain.people import Agent, Case
from callcenter.domain.scripts.script import Place, Script


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands for each placeholder; what is not known is told by its name in brackets."""

    values: Mapping[Place, str]

    def __call__(self, text: str) -> str:
        return text.format_map({place.value: self.values.get(place) or f"[{place.value}]" for place in Place})


def filling(script: Script, agent: Agent, case: Case) -> Filling:
    return Filling(
        {
            Place.INSTITUTION: script.institution,
            Place.AGENT: agent.name,
            Place.STAFF_NUMBER: agent.staff_number,
            Place.CUSTOMER: case.customer.name,
            Place.ORGANISATION: case.customer.organisation,
            Place.PURPOSE: case.callback.purpose or case.plan.purpose,
            Place.PLAN: case.plan.name,
            Place.MANAGER: case.customer.manager,
        }
    )


def example(script: Script) -> Filling:
    """For a look at the script, before anybody is called with it."""
    chinese = script.language.casefold().startswith("zh")
    words = ("李娜", "1001", "王芳", "示例公司", "了解您的满意度", "示例计划", "周经理")
    if not chinese:
        words = ("Li Na", "1001", "Wang Fang", "Example Ltd", "to hear how satisfied you are", "Example", "Mr Zhou")
    names = (
        Place.AGENT,
        Place.STAFF_NUMBER,
        Place.CUSTOMER,
        Place.ORGANISATION,
        Place.PURPOSE,
        Place.PLAN,
        Place.MANAGER,
    )
    return Filling({Place.INSTITUTION: script.institution, **dict(zip(names, words, strict=True))})
