"""Would a stored version say otherwise if it were written today? Its presets may have been put right since.

A stored version never changes by itself: what it took from presets stands in it value by value. What today's presets
say is offered as a next version, for a person to look at, to try out, and to save or not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.diff import Change, differences
from callcenter.domain.policies.editing import as_version
from callcenter.domain.policies.policy import Policy, load_policy
from callcenter.domain.policies.presets import preset_names, preset_text
from callcenter.domain.policies.written import KeptPolicy

FIRST_VERSION = 1
"""The one that the product brings along, of policies that are presets as a whole."""

RENEWED = "renewed"
"""`tongjiang:renewed` names what would be the next version."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """kept: the newest version. policy, text: what would follow it. of_product: the product brought `kept` along.
    changes: at least one, and not in sources alone.
    """

    kept: Policy
    policy: Policy
    text: str
    of_product: bool
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
        return self.kept.name


def renewal(kept: KeptPolicy, today: date, preset: Callable[[str], str] = preset_text) -> Renewal | None:
    """None where today's presets say the same as this, the newest version; where it names none; and where its text
    cannot be read any more. today: from which on the next version would hold.
    """
    of_product = kept.policy.name in preset_names() and kept.policy.version == FIRST_VERSION
    text = preset(kept.policy.name) if of_product else kept.text
    if text is None:
        return None
    text = as_version(text, kept.policy.version + 1, max(today, kept.policy.effective_from))
    try:
        policy = load_policy(text, preset)
    except PolicyError:
        return None
    changes = differences(kept.policy, policy)
    if all(change.source_only for change in changes):
        return None
    return Renewal(kept.policy, policy, text, of_product, changes)
