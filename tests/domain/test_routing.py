"""Which way to pay: what cannot work is never taken, what is well comes first, and every place has its reason."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bot.domain.routing import Option, Pulse, Routes, Way, Why, Wish, order, reasons

CHANNELS = ("wechatpay", "alipay", "stripe", "manual")
WELL = Routes({}, {})
FIFTY = Wish(5000, "CNY")


def _why(routes: Routes, wish: Wish = FIFTY, channels: tuple[str, ...] = CHANNELS) -> dict[str, str]:
    return {o.channel: o.why.value for o in order(channels, routes, wish)}


def test_among_equals_the_config_decides() -> None:
    assert _why(WELL) == {"wechatpay": "best", "alipay": "next", "stripe": "next"}
    assert list(_why(WELL)) == ["wechatpay", "alipay", "stripe"]


def test_what_is_done_by_hand_is_no_way_for_an_attempt() -> None:
    assert "manual" not in _why(WELL)
    assert "cash" not in _why(Routes({"cash": Way("cash", manual=True)}), channels=("cash",))


def test_the_cheaper_one_comes_first() -> None:
    ways = {
        "wechatpay": Way("wechatpay", fee_basis_points=60),
        "alipay": Way("alipay", fee_basis_points=55),
        "stripe": Way("stripe", fee_basis_points=290),
    }
    assert list(_why(Routes(ways))) == ["alipay", "wechatpay", "stripe"]


def test_a_fee_that_makes_no_difference_in_whole_cents_does_not_decide() -> None:
    ways = {"wechatpay": Way("wechatpay", fee_basis_points=60), "alipay": Way("alipay", fee_basis_points=55)}
    assert list(_why(Routes(ways), Wish(100, "CNY"), ("wechatpay", "alipay"))) == ["wechatpay", "alipay"]


@pytest.mark.parametrize(
    ("pulse", "why"),
    [
        (Pulse(slow=True), "slow"),
        (Pulse(failing=True), "failing"),
        (Pulse(slow=True, failing=True), "failing"),
        (Pulse(resting=True, failing=True), "resting"),
    ],
)
def test_who_is_not_well_comes_after_those_who_are_however_cheap(pulse: Pulse, why: str) -> None:
    found = _why(Routes({"alipay": Way("alipay", fee_basis_points=500)}, {"wechatpay": pulse, "stripe": pulse}))
    assert list(found) == ["alipay", "wechatpay", "stripe"]
    assert found["alipay"] == "best"
    assert found["wechatpay"] == found["stripe"] == why


def test_slow_is_better_than_failing_and_failing_better_than_resting() -> None:
    pulses = {"wechatpay": Pulse(resting=True), "alipay": Pulse(failing=True), "stripe": Pulse(slow=True)}
    assert list(_why(Routes({}, pulses))) == ["stripe", "alipay", "wechatpay"]


@pytest.mark.parametrize(
    ("way", "wish", "why"),
    [
        (Way("x", currencies=frozenset({"USD"})), Wish(1, "CNY"), Why.CURRENCY),
        (Way("x", minimum=50), Wish(49, "CNY"), Why.TOO_SMALL),
        (Way("x", maximum=50), Wish(51, "CNY"), Why.TOO_LARGE),
        (Way("x", minimum=50, minima={"JPY": 60}), Wish(59, "JPY"), Why.TOO_SMALL),
        (Way("x", maximum=50, maxima={"JPY": 40}), Wish(41, "JPY"), Why.TOO_LARGE),
        (Way("x", maximum=50, minimum=30), Wish(51, "CNY", in_parts=True), Why.TOO_SMALL),
        (Way("x", surfaces=frozenset({"wechat"})), Wish(1, "CNY", "web"), Why.SURFACE),
        (Way("x", surfaces=frozenset({"web"})), Wish(1, "CNY", "telegram"), Why.SURFACE),
        (Way("x", digital_only=True), Wish(1, "CNY"), Why.DIGITAL_ONLY),
        (Way("x"), Wish(1, "CNY", tried=("x",)), Why.TRIED),
    ],
)
def test_what_cannot_work_is_not_usable_and_says_why(way: Way, wish: Wish, why: Why) -> None:
    (option,) = order(("x",), Routes({"x": way}), wish)
    assert (option.why, option.usable) == (why, False)


def test_limits_are_each_currencys_own() -> None:
    way = Way("x", minimum=50, maximum=60, minima={"JPY": 1}, maxima={"JPY": 10**9})
    assert [order(("x",), Routes({"x": way}), Wish(40, c))[0].usable for c in ("CNY", "JPY")] == [False, True]
    assert [order(("x",), Routes({"x": way}), Wish(70, c))[0].usable for c in ("CNY", "JPY")] == [False, True]


def test_fewer_payments_come_before_a_smaller_fee() -> None:
    ways = {"alipay": Way("alipay", maximum=2500), "stripe": Way("stripe", fee_basis_points=290)}
    options = order(("alipay", "stripe"), Routes(ways), Wish(5000, "CNY", in_parts=True))
    assert [(o.channel, o.amount, o.parts) for o in options] == [("stripe", 5000, 1), ("alipay", 2500, 2)]


def test_a_page_inside_telegram_can_do_what_a_phone_can() -> None:
    (option,) = order(("x",), Routes({"x": Way("x", surfaces=frozenset({"mobile"}))}), Wish(1, "CNY", "telegram"))
    assert option.usable


def test_digital_goods_may_be_paid_where_only_digital_goods_may() -> None:
    (option,) = order(("stars",), Routes({"stars": Way("stars", digital_only=True)}), Wish(5, "XTR", digital=True))
    assert option.usable


def test_the_reasons_that_are_kept_start_with_the_way_that_was_taken() -> None:
    options = (Option("a", Why.BEST), Option("b", Why.SLOW), Option("c", Why.CURRENCY))
    assert list(reasons(options, taken="b", wanted="b").items()) == [("b", "chosen"), ("a", "best"), ("c", "currency")]
    assert reasons(options, taken="a", wanted="") == {"a": "best", "b": "slow", "c": "currency"}


@given(
    st.permutations(["a", "b", "c", "d"]),
    st.fixed_dictionaries(
        {
            name: st.builds(
                Way,
                st.just(name),
                currencies=st.sampled_from([frozenset(), frozenset({"CNY"}), frozenset({"USD"})]),
                minimum=st.integers(1, 60),
                maximum=st.integers(40, 200),
                fee_basis_points=st.integers(0, 400),
            )
            for name in "abcd"
        }
    ),
    st.fixed_dictionaries(
        {name: st.builds(Pulse, slow=st.booleans(), failing=st.booleans(), resting=st.booleans()) for name in "abcd"}
    ),
    st.integers(1, 250),
)
def test_whatever_the_world_is_like(
    channels: list[str], ways: dict[str, Way], pulses: dict[str, Pulse], amount: int
) -> None:
    routes, wish = Routes(ways, pulses), Wish(amount, "CNY")
    options = order(channels, routes, wish)
    assert sorted(o.channel for o in options) == sorted(channels)
    usable = [o.channel for o in options if o.usable]
    assert [o.channel for o in options[: len(usable)]] == usable
    for name in usable:
        way = ways[name]
        assert way.minimum <= amount <= way.maximum
        assert not way.currencies or "CNY" in way.currencies
    rank = [(pulses[n].resting, pulses[n].failing, pulses[n].slow) for n in usable]
    assert [r[0] for r in rank] == sorted(r[0] for r in rank)
    assert order(channels, routes, wish) == options


def test_what_has_just_stopped_this_payer_comes_after_all_that_may_work_and_before_what_surely_does_not() -> None:
    routes = Routes({}, {"alipay": Pulse(failing=True), "stripe": Pulse(resting=True)})
    wish = Wish(5000, "CNY", stopped=frozenset({"wechatpay", "stripe"}))
    assert list(_why(routes, wish).items()) == [
        ("alipay", "failing"),
        ("wechatpay", "stopped"),
        ("stripe", "resting"),
    ]
    assert order(CHANNELS, routes, wish)[1].usable
