"""What channels became, kept: the newest first, within bounds, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.swings import Swing, Swung
from bot.store import Store, Work, swings
from tests.store.town import NOON

SLOW = Swing("alipay", "create", Swung.SLOW, latency=740, answered=100, calls=5)
LATER = timedelta(minutes=1)


def _kept(work: Work) -> list[Swing]:
    found = work.swings(["alipay"], NOON, NOON + timedelta(days=99), most=50)
    assert [at for at, _ in found] == sorted((at for at, _ in found), reverse=True)
    return [swing for _, swing in found]


def test_what_was_kept_is_found_again_by_channel_and_time(store: Store) -> None:
    def work(work: Work) -> None:
        work.keep_swing(SLOW, NOON)
        work.keep_swing(Swing("stripe", "create", Swung.SLOW, 1, 1, 1), NOON)
        work.keep_swing(Swing("alipay", "query", Swung.FAILING, 9, 20, 5), NOON + LATER)
        assert [s.operation for s in _kept(work)] == ["query", "create"]
        assert work.swings(["alipay"], NOON, NOON + LATER, most=50) == ((NOON, SLOW),)

    store.run(work)


def test_what_is_old_or_too_much_is_let_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swings, "MOST_KEPT", 3)

    def work(work: Work) -> None:
        for n in range(6):
            work.keep_swing(SLOW, NOON + n * LATER)
        assert work.expire_swings(NOON) == 3
        assert len(_kept(work)) == 3
        assert work.expire_swings(NOON + 5 * LATER) == 2

    store.run(work)
