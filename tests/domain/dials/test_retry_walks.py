"""Whatever becomes of the dials, a round keeps its rules and comes to an end."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.changed_times import half_of
from callcenter.domain.dials.retry import Exhausted, ExhaustedReason, TryAgain
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.retry import ENDINGS, ChangeTime, RetryRule, Then, ending_of
from domain.trying import A, B, C, Ending, walk, with_numbers
from domain.values import MONDAY_10_15, policy

TALKS = [Disposition.INCOMPLETE, Disposition.REFUSED, Disposition.WRONG_PERSON]
ENDS: list[Ending] = [
    *((outcome, None) for outcome in Outcome if outcome.charged and outcome is not Outcome.ANSWERED),
    *((Outcome.ANSWERED, said) for said in TALKS),
]
VAIN: list[Ending] = [end for end in ENDS if end[0] not in {Outcome.ANSWERED, Outcome.INVALID_NUMBER}]
numbers = st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=3, unique=True)


@st.composite
def rules(draw: st.DrawFn) -> RetryRule:
    first, most = draw(st.integers(0, 600)), draw(st.integers(600, 3000))
    return RetryRule(
        then=draw(st.sampled_from([Then.RETRY, Then.RETRY, Then.RETRY, *Then])),
        delay_minutes=first,
        growth=draw(st.sampled_from([1.0, 1.5, 2.0, 10.0])),
        delay_most_minutes=most,
        slots=draw(st.sampled_from([None, *ChangeTime])),
        switch_number=draw(st.booleans()),
        most=draw(st.sampled_from([None, 1, 2])),
        afterwards=draw(st.sampled_from(["exhaust", "manual", "other_channel"])),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    usual = policy('windows = "window.tongjiang"')
    attempts = usual.attempts.model_copy(
        update={
            "dials_max": draw(st.integers(3, 6)),
            "change_time": draw(st.sampled_from(ChangeTime)),
            "min_gap_minutes": draw(st.sampled_from([0, 30, 200])),
        }
    )
    retry = usual.retry.model_copy(update={ending: draw(rules()) for ending in ENDINGS})
    return usual.model_copy(update={"attempts": attempts, "retry": retry})


@dataclass
class Fate:
    """Ends dials one after the other as given, from the beginning again when they are used up."""

    ends: list[Ending]
    place: int = -1

    def __call__(self, _number: PhoneNumber) -> Ending:
        self.place += 1
        return self.ends[self.place % len(self.ends)]


def waited(earlier: Attempt, later: Attempt) -> timedelta:
    assert earlier.ended_at is not None
    return later.started_at - earlier.ended_at


@settings(max_examples=300, deadline=None)
@given(policies(), numbers, st.lists(st.sampled_from(ENDS), min_size=1, max_size=9), st.integers(0, 20_000))
def test_every_round_ends_within_its_dials(
    given_policy: Policy, mine: list[PhoneNumber], ends: list[Ending], minutes: int
) -> None:
    """No callback is tried for ever, and none waits for an opening that never comes: `walk` sees to that.

    Each number may be spoilt once beside the dials, and a talk counts the dials before it once more at the most.
    """
    start = MONDAY_10_15 + timedelta(minutes=minutes)
    most = given_policy.most_dials + len(mine)
    done = walk(given_policy, with_numbers(*mine), Fate(ends), start=start, most=2 * most + 1)
    assert isinstance(done.follows, Exhausted)
    if not any(outcome is Outcome.ANSWERED for outcome, _ in ends):
        assert len(done.dials) <= most
        charged = [dial for dial in done.dials if dial.outcome is not Outcome.INVALID_NUMBER]
        assert len(charged) <= given_policy.most_dials


@settings(max_examples=300, deadline=None)
@given(policies(), numbers, st.lists(st.sampled_from(VAIN), min_size=1, max_size=9))
def test_delay_gap_and_changed_time_are_kept(given_policy: Policy, mine: list[PhoneNumber], ends: list[Ending]) -> None:
    done = walk(given_policy, with_numbers(*mine), Fate(ends))
    times: dict[str, int] = {}
    slots: list[str] = []
    for earlier, later in pairwise(done.dials):
        assert earlier.outcome is not None
        ending = ending_of(earlier.outcome, None)
        assert ending is not None
        times[ending] = times.get(ending, 0) + 1
        rule = given_policy.retry.of(ending, times[ending])
        least = max(given_policy.retry.delay(ending, times[ending]), given_policy.attempts.min_gap_minutes)
        assert waited(earlier, later) >= timedelta(minutes=least)
        slots.append(earlier.slot)
        days = {slot.partition("/")[0] for slot in slots}
        match rule.slots or given_policy.attempts.change_time:
            case ChangeTime.SLOT:
                assert later.slot not in slots
            case ChangeTime.HALF_DAY:
                assert later.slot not in slots
                assert half_of(later.slot) != half_of(earlier.slot)
            case ChangeTime.DAY:
                assert later.slot.partition("/")[0] not in days
            case ChangeTime.NONE:
                pass


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 120), st.sampled_from([1.5, 2.0, 3.0]), st.integers(3, 7))
def test_growing_delays_spread_the_dials_ever_further(first: int, growth: float, dials: int) -> None:
    """In windows that are always open nothing but the delay parts two dials."""
    given_policy = policy(
        f'windows = "window.always"\n[attempts]\nchange_time = "none"\nmin_gap_minutes = 0\ndials_max = {dials}\n'
        f"[retry]\nno_answer = {{delay_minutes = {first}, growth = {growth}, delay_most_minutes = 5000}}"
    )
    done = walk(given_policy, with_numbers(A), lambda _number: (Outcome.NO_ANSWER, None))
    gaps = [waited(earlier, later) for earlier, later in pairwise(done.dials)]
    assert len(done.dials) == dials
    assert gaps[0] >= timedelta(minutes=first)
    assert all(later >= earlier for earlier, later in pairwise(gaps))
    assert gaps[-1] <= timedelta(minutes=5001)


@settings(max_examples=100, deadline=None)
@given(numbers, st.lists(st.sampled_from(VAIN), min_size=1, max_size=9))
def test_who_does_not_answer_has_all_three_dials_under_the_texts_rules(
    mine: list[PhoneNumber], ends: list[Ending]
) -> None:
    """C6-57: at least three, whatever the endings, as long as the number exists."""
    strict = policy('windows = "window.tongjiang"\nattempts = "attempts.tongjiang"')
    done = walk(strict, with_numbers(*mine), Fate(ends))
    assert len(done.dials) == 3
    assert len({dial.slot for dial in done.dials}) == 3
    assert done.follows == Exhausted(ExhaustedReason.DIALS_USED_UP)


def test_a_step_that_is_no_end_says_when() -> None:
    strict = policy('windows = "window.tongjiang"\nattempts = "attempts.tongjiang"')
    one = walk(strict, with_numbers(A), lambda _number: (Outcome.BUSY, None), most=1)
    assert isinstance(one.follows, TryAgain)
