"""What a simulation found: past dials, the queue, the load of the coming hours; as values that can be kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.domain.forecasts.simulation import Judged
from callcenter.domain.forecasts.simulation_load import Load, Pace
from callcenter.domain.policies.diff import Change
from callcenter.domain.refusal import Rule

EXAMPLES = 5
"""Attempts named for each rule."""


@dataclass(slots=True)
class PastFound:
    """Past dials under both policies. refused: allowed before, refused after, by rule. allowed: refused before (they
    were made with a reason, or under an earlier version), allowed after, by the rule that refused. still_refused: by
    both, by the rule of the present policy. examples: for each rule of `refused` the first few attempts' ids.
    """

    dials: int = 0
    refused: Counter[Rule] = field(default_factory=Counter)
    allowed: Counter[Rule] = field(default_factory=Counter)
    still_refused: Counter[Rule] = field(default_factory=Counter)
    examples: dict[Rule, list[str]] = field(default_factory=dict)

    def add(self, judged: Judged) -> None:
        self.dials += 1
        before, after = judged.before, judged.after
        if before is None and after is not None:
            self.refused[after.rule] += 1
            named = self.examples.setdefault(after.rule, [])
            if len(named) < EXAMPLES:
                named.append(judged.attempt.id)
        elif before is not None:
            (self.allowed if after is None else self.still_refused)[before.rule] += 1


@dataclass(slots=True)
class QueueFound:
    """Waiting callbacks under both policies. now_before, now_after: that may be dialled at once. earlier, later: whose
    next opening moves. gains: that no waiting helped before and that open after; loses: the reverse. most_earlier,
    most_later: how far the openings move at most.
    """

    waiting: int = 0
    now_before: int = 0
    now_after: int = 0
    same: int = 0
    earlier: int = 0
    later: int = 0
    gains: int = 0
    loses: int = 0
    most_earlier: timedelta = timedelta(0)
    most_later: timedelta = timedelta(0)

    def add(self, before: datetime | None, after: datetime | None, now: datetime, count: int = 1) -> None:
        """before, after: the next openings under the two policies; None where no waiting helps."""
        self.waiting += count
        self.now_before += count if before is not None and before <= now else 0
        self.now_after += count if after is not None and after <= now else 0
        if before == after:
            self.same += count
        elif before is None:
            self.gains += count
        elif after is None:
            self.loses += count
        elif after < before:
            self.earlier += count
            self.most_earlier = max(self.most_earlier, before - after)
        else:
            self.later += count
            self.most_later = max(self.most_later, after - before)


@dataclass(frozen=True, slots=True)
class PolicyRef:
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """at: when it was asked, UTC. since: past dials were read from then on. changes: the values in which the policies
    differ. cut_dials, cut_queue: there was more than was read, so that the figures speak of a part.
    """

    at: datetime
    since: datetime
    before: PolicyRef
    after: PolicyRef
    changes: tuple[Change, ...]
    past: PastFound
    queue: QueueFound
    pace: Pace | None
    load_before: Load
    load_after: Load
    not_reconstructed: tuple[Rule, ...]
    cut_dials: bool = False
    cut_queue: bool = False


def most_first(counts: Mapping[Rule, int]) -> list[tuple[Rule, int]]:
    """Rules by how often they spoke; of equals by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0].value))
