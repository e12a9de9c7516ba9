"""The elements of a plan as options of a command, and a plan made from them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypedDict, TypeVar

import click

from callcenter.app.books import Books
from callcenter.cli.options import KEY, WORDS, Words
from callcenter.cli.output import fail
from callcenter.domain.people import Channel, Plan, VisitType
from callcenter.domain.plans.life import Element
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.windows import zone_of
from callcenter.engine.governing import policy_of
from callcenter.settings import Settings

CommandT = TypeVar("CommandT", bound=Callable[..., Any])
CONTENT = Words(10_000, lines=True)
DAY = click.DateTime(["%Y-%m-%d"])
LACKING: Mapping[Element, str] = {
    Element.PURPOSE: "purpose (--purpose)",
    Element.CONTENT: "content (--content)",
    Element.METHOD: "method (--channel)",
    Element.TIME: "time (--from and --until)",
    Element.OBJECT: "customers (--whom or --list)",
    Element.EXECUTOR: "executors (--agent or --department)",
}
"""What a plan does not tell, with the options that do."""

_OPTIONS = (
    click.option("--name", type=WORDS),
    click.option("--purpose", type=WORDS),
    click.option("--policy", help="Name of the policy that governs it."),
    click.option("--trunk", help="Name of the trunk in the settings."),
    click.option("--zone", help="IANA time zone of customers without one of their own."),
    click.option("--visit-type", type=click.Choice([each.value for each in VisitType])),
    click.option("--script", type=KEY, help="Name of the script by which its talks are held."),
    click.option("--content", type=CONTENT, help="The questionnaire, or the outline of the talk."),
    click.option(
        "--channel",
        "channels",
        type=click.Choice([each.value for each in Channel]),
        multiple=True,
        help="How visits are made, the first one mainly; may be given again.",
    ),
    click.option("--from", "starts_on", type=DAY, help="First day, in the plan's zone."),
    click.option("--until", "ends_on", type=DAY, help="Last day, in the plan's zone."),
    click.option("--whom", type=WORDS, help="Which customers, in words."),
    click.option("--list", "lists", type=WORDS, multiple=True, help="A list they come from; may be given again."),
    click.option("--agent", "agents", type=KEY, multiple=True, help="Id or staff number of who carries it out."),
    click.option("--department", "departments", type=WORDS, multiple=True, help="Whose agents carry it out."),
)


class Told(TypedDict):
    """What the options say; None and empty: nothing."""

    name: str | None
    purpose: str | None
    policy: str | None
    trunk: str | None
    zone: str | None
    visit_type: str | None
    script: str | None
    content: str | None
    channels: tuple[str, ...]
    starts_on: datetime | None
    ends_on: datetime | None
    whom: str | None
    lists: tuple[str, ...]
    agents: tuple[str, ...]
    departments: tuple[str, ...]


def with_elements(command: CommandT) -> CommandT:
    """A command that takes the elements of a plan."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


async def laid_over(plan: Plan, told: Told, settings: Settings, books: Books) -> Plan:
    """The plan with what the options say instead. Ends the command, with every mistake in a line of its own."""
    mistakes: list[str] = []
    found = [(key, await books.people.agent(key)) for key in told["agents"]]
    mistakes += [
        f"There is no agent {key!r}; `callcenter agents list` tells them." for key, agent in found if not agent
    ]
    channels = [Channel(each) for each in dict.fromkeys(told["channels"])]
    after = replace(
        plan,
        name=told["name"] or plan.name,
        purpose=told["purpose"] or plan.purpose,
        policy=told["policy"] or plan.policy,
        trunk=told["trunk"] or plan.trunk,
        zone=told["zone"] or plan.zone,
        visit_type=VisitType(told["visit_type"]) if told["visit_type"] else plan.visit_type,
        script=told["script"] or plan.script,
        content=told["content"] or plan.content,
        channel=channels[0] if channels else plan.channel,
        other_channels=tuple(channels[1:]) if channels else plan.other_channels,
        starts_on=_day(told["starts_on"]) or plan.starts_on,
        ends_on=_day(told["ends_on"]) or plan.ends_on,
        whom=told["whom"] or plan.whom,
        lists=told["lists"] or plan.lists,
        agent_ids=tuple(dict.fromkeys(agent.id for _, agent in found if agent)) or plan.agent_ids,
        departments=told["departments"] or plan.departments,
    )
    mistakes += await _mistakes(after, settings, books)
    if mistakes:
        fail(*mistakes)
    return after


async def _mistakes(plan: Plan, settings: Settings, books: Books) -> list[str]:
    mistakes = []
    if await policy_of(books.policies, plan, datetime.now(UTC)) is None:
        mistakes.append(f"There is no policy {plan.policy!r} in force.")
    if plan.script and await books.scripts.version(plan.script) is None:
        mistakes.append(f"There is no script {plan.script!r}; `callcenter scripts list` tells them.")
    if plan.trunk not in settings.trunks:
        mistakes.append(f"The settings name no trunk {plan.trunk!r}.")
    if isinstance(zone_of(plan.zone), Refusal):
        mistakes.append(f"{plan.zone!r} is no time zone; it is written like Asia/Shanghai.")
    if plan.starts_on and plan.ends_on and plan.ends_on < plan.starts_on:
        mistakes.append("The last day (--until) lies before the first (--from).")
    return mistakes


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
