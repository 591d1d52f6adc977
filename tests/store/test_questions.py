"""Which messages put a question: found once, and forgotten with the message."""

from __future__ import annotations

from datetime import timedelta

from bot.store import Store, Work
from tests.store.town import NOON, Town


def test_the_messages_of_a_question_are_found_once_and_those_beside_them_put_nothing_any_more(store: Store) -> None:
    town = Town(store)
    asked = town.tell("asked")
    town.say(asked)
    (row,) = town.claim()

    def work(work: Work) -> None:
        work.sent(row, reference="m7")
        work.keep_question(["p1", "p2"], row.id, "-100")
        assert work.answered("p1") == ((asked, "-100", "m7"),)
        assert work.answered("p1") == work.answered("p2") == ()
        work.keep_question(["p3"], row.id, "-100")
        assert work.expire_questions() == 0
        work.expire_messages(NOON + timedelta(days=1))
        assert work.expire_questions() == 1

    store.run(work)
