"""Followers see what moves, in order; one who does not read holds up nobody."""

from datetime import UTC, datetime

from callcenter.engine.feed import AlarmRaised, Feed, Update

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def alarm(number: int, attempt_id: str = "a") -> Update:
    return AlarmRaised(NOW, f"{number}", attempt_id, "")


async def test_a_slow_follower_loses_the_oldest_and_the_others_nothing() -> None:
    feed = Feed(backlog=3)
    with feed.follow() as slow, feed.follow() as quick:
        seen = []
        for number in range(6):
            feed.publish(alarm(number))
            seen.append(quick.get_nowait())
        assert seen == [alarm(number) for number in range(6)]
        assert [slow.get_nowait() for _ in range(slow.qsize())] == [alarm(3), alarm(4), alarm(5)]


async def test_who_follows_one_attempt_is_not_crowded_out_by_others() -> None:
    feed = Feed(backlog=2)
    with feed.follow("mine") as mine:
        feed.publish(alarm(1, "mine"))
        for number in range(10):
            feed.publish(alarm(number, "another"))
        feed.publish(alarm(2, "mine"))
        assert [mine.get_nowait(), mine.get_nowait()] == [alarm(1, "mine"), alarm(2, "mine")]
        assert mine.empty()


async def test_who_stopped_following_is_told_nothing() -> None:
    feed = Feed()
    with feed.follow() as gone:
        pass
    feed.publish(alarm(1))
    assert gone.empty()
