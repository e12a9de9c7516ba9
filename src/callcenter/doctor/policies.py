"""Do the stored policies say what their presets say today?"""

from collections.abc import Sequence

from callcenter.doctor.finding import Surroundings, Word, ok, warning
from callcenter.domain.policies.renewal import Renewal, renewal
from callcenter.domain.policies.written import KeptPolicy
from callcenter.domain.times.windows import in_zone
from callcenter.storage.database import Database
from callcenter.storage.policies import SqlPolicies


async def policies(at: Surroundings) -> Sequence[Word]:
    """Nothing is changed here: a version is somebody's decision."""
    opened = await Database.open(at.settings.database.url)
    try:
        kept = await SqlPolicies(opened).versions()
    finally:
        await opened.close()
    newest: dict[str, KeptPolicy] = {}
    for each in kept:
        newest.setdefault(each.policy.name, each)
    today = in_zone(at.settings.calls.default_zone, at.now()).date()
    found = [each for each in (renewal(each, today) for each in newest.values()) if each is not None]
    return [_told(each) for each in found] or [ok("Every stored policy says what its presets say today.")]


def _told(each: Renewal) -> Word:
    count = f"{len(each.changes)} value{'' if len(each.changes) == 1 else 's'}"
    whose = "the product's own preset is newer" if each.of_product else "its presets are newer"
    return warning(
        f"The policy {each.name} is stored as version {each.kept.version}; {whose}, and differs in {count}.",
        f"See `callcenter policies renew {each.name}`; with `--save` it becomes version {each.policy.version}.",
    )
