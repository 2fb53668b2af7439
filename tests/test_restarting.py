"""When processes that end are started again: a rule without a clock."""

from __future__ import annotations

from vault_core.serving.restarting import MOST, SOUND, Restarts


def test_one_that_ends_is_replaced_at_once() -> None:
    restarts = Restarts()
    assert restarts.ended(0, 1) == 0
    assert restarts.ended(1, 1 + SOUND) == 0
    assert restarts.ended(1 + SOUND, 2 + SOUND) > 0
    assert restarts.ended(0, 10 * SOUND) == 0


def test_those_that_end_at_once_come_ever_later_and_never_give_up() -> None:
    restarts, now, waits = Restarts(), 0.0, []
    for _ in range(20):
        waits.append(restarts.ended(now, now + 0.1))
        assert restarts.due == now + 0.1 + waits[-1]
        now = restarts.due
    assert waits[:5] == [0, 1, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] == MOST
    assert restarts.failing
    for _ in range(3000):  # two days of it
        assert restarts.ended(now, now) == MOST


def test_one_that_lives_makes_good_what_was_before() -> None:
    restarts = Restarts()
    for _ in range(5):
        restarts.ended(0, 1)
    restarts.lives(1, SOUND)
    assert restarts.failing
    restarts.lives(1, 1 + SOUND)
    assert not restarts.failing
    assert restarts.ended(1, 2 + SOUND) == 0
