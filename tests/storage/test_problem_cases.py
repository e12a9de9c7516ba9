"""Problem cases and corrections: each once, changed by who has seen them last, the most urgent first."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from callcenter.domain.phone import PhoneNumber
from callcenter.domain.visits.corrections import CorrectedField, Correction, CorrectionState
from callcenter.domain.visits.problem_cases import CaseDeed, CaseSearch, CaseState, CaseStep, ProblemCase
from callcenter.storage.problem_cases import SqlCorrections, SqlProblemCases
from storage.cases import NOW, customer
from storage.conftest import Stores


def problem(index: int = 1, attempt_id: str = "attempt-00001-1", callback_id: str = "callback-00001") -> ProblemCase:
    return ProblemCase(
        id=f"pc-{index}",
        callback_id=callback_id,
        attempt_id=attempt_id,
        kind="private_fees",
        title="私自收费",
        major=index % 2 == 1,
        department="合规部" if index < 3 else "客服部",
        words="他说 😀",
        question="fee",
        raised_at=NOW,
        raised_by="agent1001",
        due_at=NOW + timedelta(hours=index),
    )


def step(case: ProblemCase, deed: CaseDeed = CaseDeed.RAISE, note: str = "") -> CaseStep:
    return CaseStep(case.id, NOW, "account-1", "supervisor", deed, case.state, note)


async def seeded(stores: Stores, many: int = 1) -> SqlProblemCases:
    await stores.seed()
    await stores.begin()
    cases = SqlProblemCases(stores.database)
    for index in range(many, 0, -1):
        assert await cases.add(problem(index), step(problem(index)))
    return cases


async def test_a_case_is_kept_once_with_all_it_tells(stores: Stores) -> None:
    cases = await seeded(stores)
    assert not await cases.add(replace(problem(), words="another"), step(problem()))
    assert await cases.get("pc-1") == problem()
    assert await cases.steps("pc-1") == [step(problem())]
    assert await cases.get("nowhere") is None


async def test_of_many_who_raise_the_same_case_one_does(stores: Stores) -> None:
    cases = await seeded(stores, 0)
    added = await asyncio.gather(*(cases.add(problem(), step(problem())) for _ in range(8)))
    assert sorted(added) == [False] * 7 + [True]
    assert len(await cases.steps("pc-1")) == 1


async def test_a_case_is_moved_by_who_has_seen_it_last(stores: Stores) -> None:
    cases = await seeded(stores)
    handled = replace(problem(), state=CaseState.HANDLED, version=2)
    assert await cases.save(handled, 1, step(handled, CaseDeed.HANDLE, "refunded"))
    assert not await cases.save(replace(handled, state=CaseState.CLOSED), 1, step(handled, CaseDeed.CLOSE, "x"))
    assert await cases.get("pc-1") == handled
    assert [each.note for each in await cases.steps("pc-1")] == ["", "refunded"]


async def test_the_most_urgent_case_comes_first_and_pages_follow(stores: Stores) -> None:
    cases = await seeded(stores, 4)
    found = await cases.search(CaseSearch())
    assert [each.id for each in found] == ["pc-1", "pc-2", "pc-3", "pc-4"]
    rest = await cases.search(CaseSearch(), (found[1].due_at, found[1].id), 1)
    assert [each.id for each in rest] == ["pc-3"]


async def test_cases_are_found_by_state_department_weight_and_time(stores: Stores) -> None:
    cases = await seeded(stores, 4)
    handled = replace(problem(1), state=CaseState.HANDLED, version=2)
    await cases.save(handled, 1, step(handled, CaseDeed.HANDLE, "x"))

    async def ids(**wanted: object) -> list[str]:
        return [each.id for each in await cases.search(CaseSearch(**wanted))]  # type: ignore[arg-type]

    assert await ids(state=CaseState.OPEN) == ["pc-2", "pc-3", "pc-4"]
    assert await ids(department="合规部") == ["pc-1", "pc-2"]
    assert await ids(major=True) == ["pc-1", "pc-3"]
    assert await ids(overdue_at=NOW + timedelta(hours=3)) == ["pc-2", "pc-3"]
    assert await ids(attempt_id="attempt-00001-1", callback_id="callback-00001", state=CaseState.HANDLED) == ["pc-1"]
    assert await ids(attempt_id="nowhere") == []
    assert await cases.by_department(NOW + timedelta(hours=3)) == {"合规部": (1, 1), "客服部": (2, 1)}


def correction(index: int = 1) -> Correction:
    return Correction(
        id=f"co-{index}",
        attempt_id="attempt-00001-1",
        callback_id="callback-00001",
        customer_id="customer-1",
        field=CorrectedField.NUMBER,
        old=customer().numbers[0].e164,
        new="+8613900000009",
        at=NOW + timedelta(minutes=index),
        login="agent1001",
    )


async def test_a_correction_and_the_record_change_together_or_neither(stores: Stores) -> None:
    await seeded(stores)
    corrections = SqlCorrections(stores.database)
    assert await corrections.add(correction())
    assert not await corrections.add(replace(correction(), new="+8613900000010"))
    mended = replace(customer(), numbers=(PhoneNumber("+8613900000009"), *customer().numbers[1:]))
    decided = replace(correction(), state=CorrectionState.ACCEPTED, decided_at=NOW, decided_by="supervisor", version=2)
    assert not await corrections.decide(decided, 7, mended)
    case = await stores.callbacks.case("callback-00001")
    assert case is not None
    assert case.customer == customer()
    assert await corrections.decide(decided, 1, mended)
    assert not await corrections.decide(replace(decided, state=CorrectionState.DECLINED), 2, None)
    case = await stores.callbacks.case("callback-00001")
    assert case is not None
    assert (case.customer, await corrections.get("co-1")) == (mended, decided)


async def test_corrections_that_wait_are_found_the_oldest_first(stores: Stores) -> None:
    await seeded(stores)
    corrections = SqlCorrections(stores.database)
    for index in (2, 1, 3):
        await corrections.add(correction(index))
    declined = replace(correction(2), state=CorrectionState.DECLINED, decided_at=NOW, version=2)
    assert await corrections.decide(declined, 1, None)
    assert [each.id for each in await corrections.search(CorrectionState.PROPOSED)] == ["co-1", "co-3"]
    assert [each.id for each in await corrections.search(attempt_id="attempt-00001-1", limit=2)] == ["co-1", "co-2"]
    assert [each.id for each in await corrections.search(after=(correction(1).at, "co-1"))] == ["co-2", "co-3"]
    assert await corrections.search(attempt_id="nowhere") == []
    assert await corrections.get("nowhere") is None
