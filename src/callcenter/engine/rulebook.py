"""The policies for people: which there are, what a changed one would do, and a new version, checked and audited."""

from dataclasses import dataclass
from datetime import date, datetime

from callcenter.domain.audit import Action, Deed
from callcenter.domain.forecasts.simulation_found import Simulation
from callcenter.domain.people import Plan
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.policy import Policy, load_policy
from callcenter.domain.policies.presets import UnknownPresetError, preset_names, preset_text
from callcenter.domain.policies.renewal import RENEWED, Renewal, renewal
from callcenter.domain.policies.written import KeptPolicy
from callcenter.domain.times.windows import in_zone
from callcenter.engine.decisions import By
from callcenter.engine.ports import Clock
from callcenter.engine.simulating import Simulating, SimulationAsked, Told, past_since
from callcenter.engine.stores import AuditStore, ClosingDayStore, PeopleStore, PolicyStore

LONGEST_TEXT = 60_000
"""Characters of a policy's TOML."""

_LONGEST_NUMBER = 9
"""Digits of a version."""


@dataclass(frozen=True, slots=True)
class PolicyListed:
    """versions: the newest first. in_force: today; None where all begin later. plans: that it governs."""

    name: str
    versions: tuple[KeptPolicy, ...]
    in_force: Policy | None
    plans: tuple[Plan, ...]

    @property
    def shown(self) -> Policy:
        """The version in force, else the first that will be."""
        return self.in_force or self.versions[-1].policy

    @property
    def coming(self) -> tuple[Policy, ...]:
        """Versions that begin later, the next one first."""
        since = self.in_force.effective_from if self.in_force else None
        later = [kept.policy for kept in self.versions if since is None or kept.policy.effective_from > since]
        return tuple(sorted(later, key=lambda each: (each.effective_from, each.version)))

    @property
    def next_version(self) -> int:
        return self.versions[0].policy.version + 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a simulation reads at most: see SimulationAsked."""

    dials: int | None = None
    queue: int | None = None


@dataclass(frozen=True, slots=True)
class RulebookParts:
    """zone: of the installation, in which effective dates begin for who writes them."""

    policies: PolicyStore
    people: PeopleStore
    audit: AuditStore
    simulating: Simulating
    clock: Clock
    zone: str
    closing_days: ClosingDayStore


class Rulebook:
    def __init__(self, parts: RulebookParts) -> None:
        self._parts = parts

    def today(self) -> date:
        """Of the installation."""
        return self._now().date()

    async def listed(self, name: str | None = None) -> list[PolicyListed]:
        """All policies, or this one, by name."""
        parts, now = self._parts, self._now()
        kept: dict[str, list[KeptPolicy]] = {}
        for each in await parts.policies.versions(name):
            kept.setdefault(each.policy.name, []).append(each)
        plans = await parts.people.plans()
        return [
            PolicyListed(
                each,
                tuple(versions),
                await parts.policies.in_force(each, now),
                tuple(plan for plan in plans if plan.policy == each),
            )
            for each, versions in kept.items()
        ]

    async def renewals(self, name: str | None = None) -> list[Renewal]:
        """Of all policies, or of this one, those that would say otherwise if they were written today, by name."""
        newest: dict[str, KeptPolicy] = {}
        for each in await self._parts.policies.versions(name):
            newest.setdefault(each.policy.name, each)
        found = (renewal(each, self.today()) for each in newest.values())
        return [each for each in found if each is not None]

    async def find(self, ref: str) -> Policy | None:
        """`tongjiang:2` for a version, `tongjiang` for the one in force, else the preset of that name; or None.
        `tongjiang:renewed`: see Renewal.
        """
        name, _, version = ref.partition(":")
        if version == RENEWED:
            return next((each.policy for each in await self.renewals(name)), None)
        if version:
            asked = int(version) if version.isdecimal() and len(version) <= _LONGEST_NUMBER else None
            kept = None if asked is None else await self._parts.policies.version(name, asked)
            return kept.policy if kept else None
        found = await self._parts.policies.in_force(name, self._now())
        if found is not None or name not in preset_names():
            return found
        try:
            return load_policy(preset_text(name))
        except (UnknownPresetError, PolicyError):
            return None

    async def check(self, text: str) -> Policy:
        """As a new version it must have a number of its own, and not begin in the past: what was decided stays decided.

        Raises PolicyError with every mistake.
        """
        policy = load_policy(text)
        mistakes = []
        versions = await self._parts.policies.versions(policy.name)
        if any(each.policy.version == policy.version for each in versions):
            mistakes.append(f"version: stands already; the next is {versions[0].policy.version + 1}")
        if policy.effective_from < self.today():
            mistakes.append(f"effective_from: lies in the past; the earliest is {self.today().isoformat()}")
        if mistakes:
            raise PolicyError(tuple(mistakes))
        return policy

    async def simulate(
        self, after: Policy, bounds: Bounds, before: Policy | None = None, told: Told | None = None, days: int = 28
    ) -> Simulation | None:
        """before: the version in force of the same name, if none is given; None where there is none."""
        parts = self._parts
        before = before or await parts.policies.in_force(after.name, self._now())
        if before is None:
            return None
        since = past_since(parts.clock.now(), days)
        closed = frozenset(each.day for each in await parts.closing_days.all())
        before, after = before.with_house_closed(closed), after.with_house_closed(closed)
        return await parts.simulating.run(SimulationAsked(before, after, since, bounds.dials, bounds.queue), told)

    async def save(self, text: str, by: By) -> Policy:
        """Keep it as a new version, with what its author wrote. Raises PolicyError."""
        parts, policy = self._parts, await self.check(text)
        deed = Deed(
            at=parts.clock.now(),
            action=Action.POLICY_ADDED,
            who=by.account.id,
            login=by.account.login,
            on_kind="policy",
            on_id=policy.name,
            detail={"version": str(policy.version), "effective_from": policy.effective_from.isoformat()},
            address=by.address,
        )
        async with parts.audit.together():
            if not await parts.policies.add(policy, text):
                raise PolicyError((f"version: stands already; the next is {policy.version + 1}",))
            await parts.audit.write(deed)
        return policy

    def _now(self) -> datetime:
        return in_zone(self._parts.zone, self._parts.clock.now())
