"""The scripts for people: which there are, who uses them, and a new version, checked and audited."""

from dataclasses import dataclass

from callcenter.domain.audit import Action, Deed
from callcenter.domain.people import Plan
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.scripts.script import Script, load_script
from callcenter.domain.scripts.versions import KeptScript
from callcenter.engine.decisions import By
from callcenter.engine.ports import Clock
from callcenter.engine.script_ports import ScriptStore
from callcenter.engine.stores import AuditStore, PeopleStore


@dataclass(frozen=True, slots=True)
class ScriptListed:
    """versions: the newest first. plans: whose talks are held by it."""

    name: str
    versions: tuple[KeptScript, ...]
    plans: tuple[Plan, ...]

    @property
    def newest(self) -> KeptScript:
        return self.versions[0]


@dataclass(frozen=True, slots=True)
class ScriptingParts:
    scripts: ScriptStore
    people: PeopleStore
    audit: AuditStore
    clock: Clock


class Scripting:
    def __init__(self, parts: ScriptingParts) -> None:
        self._parts = parts

    async def listed(self, name: str | None = None) -> list[ScriptListed]:
        """All scripts, or this one, by name."""
        plans = await self._parts.people.plans()
        versions: dict[str, list[KeptScript]] = {}
        for kept in await self._parts.scripts.versions(name):
            versions.setdefault(kept.script.name, []).append(kept)
        return [
            ScriptListed(each, tuple(kept), tuple(plan for plan in plans if plan.script == each))
            for each, kept in versions.items()
        ]

    async def get(self, name: str, version: int | None = None) -> KeptScript | None:
        """version: None for the newest."""
        return await self._parts.scripts.version(name, version)

    async def check(self, text: str) -> Script:
        """A new version has a number of its own. Raises PolicyError with every mistake."""
        script = load_script(text)
        newest = await self._parts.scripts.version(script.name)
        if newest is not None and script.version <= newest.script.version:
            raise PolicyError((_taken(newest.script.version),))
        return script

    async def save(self, text: str, by: By) -> Script:
        """Keep it as a new version, with what its author wrote; talks that have begun stay with theirs.

        Raises PolicyError.
        """
        parts = self._parts
        async with parts.audit.together():
            script = await self.check(text)
            at = parts.clock.now()
            if not await parts.scripts.add(KeptScript(script, text, at, by.account.login), by.account.id):
                raise PolicyError((_taken(script.version),))
            deed = Deed(
                at=at,
                action=Action.SCRIPT_ADDED,
                who=by.account.id,
                login=by.account.login,
                on_kind="script",
                on_id=script.name,
                detail={"version": str(script.version)},
                address=by.address,
            )
            await parts.audit.write(deed)
        return script


def _taken(newest: int) -> str:
    return f"version: stands already; the next is {newest + 1}"
