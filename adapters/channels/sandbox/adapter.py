"""The sandbox channel: speaks to its bank as a real channel does, verifies its webhooks as strictly."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, get_args

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.channels.sandbox.bank import CREATIONS, ODD, PLAYS, Bank, Order, Play
from adapters.channels.sandbox.returns import ANSWERS, KINDS, Return
from adapters.channels.sandbox.sign import check, sign
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundState
from bot.domain.money import Money
from bot.ports import (
    ChannelAnswer,
    ChannelTraits,
    ChargeFact,
    Clock,
    Declined,
    HookEvent,
    Payer,
    PaymentChannel,
    RefundAnswer,
    ReturnFact,
    Settling,
    StatementLine,
    Unverified,
)

EXPIRES_AFTER: Final = timedelta(minutes=15)
SETTLING: Final = Settling(ready=timedelta(hours=1))
"""Of a bank that is quick with its books."""
_STATES: Final = {
    "open": IntentState.PENDING,
    "paid": IntentState.PAID,
    "failed": IntentState.FAILED,
    "closed": IntentState.CLOSED,
}
_RETURNS: Final = {
    "pending": RefundState.PENDING,
    "refunded": RefundState.REFUNDED,
    "failed": RefundState.FAILED,
}


class Sandbox(PaymentChannel):
    """``page(name, locale, zone, **context)`` renders a template; ``hook_client`` reaches our own webhook address."""

    name = "sandbox"
    traits = ChannelTraits(can_refund=True, settling=SETTLING)

    def __init__(
        self,
        *,
        secrets: Sequence[str],
        public_url: str,
        hook_url: str,
        clock: Clock,
        page: Callable[..., Response],
        hook_client: httpx.AsyncClient,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if not secrets:
            raise ValueError("the sandbox signs its webhooks: it needs a secret")
        self._secrets, self._public_url, self._clock, self._page = secrets, public_url.rstrip("/"), clock, page
        self._hooks, self._hook_url = hook_client, hook_url
        self.bank = Bank(clock, self._post, pause)

    async def _post(self, body: bytes) -> int:
        try:
            answer = await self._hooks.post(
                self._hook_url, content=body, headers=sign(body, self._secrets, self._clock.now())
            )
        except httpx.HTTPError:
            return 0
        return answer.status_code

    # -- the port -------------------------------------------------------------------------------------------

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        order = self.bank.order(
            Order(
                id=intent.id,
                title=title,
                amount=Money(intent.amount, intent.currency),
                return_url=return_url,
                reference=f"SB{secrets.token_hex(6).upper()}",
                expires_at=self._clock.now() + EXPIRES_AFTER,
            )
        )
        return self._answer(order)

    async def query(self, intent: Intent) -> ChannelAnswer:
        return self._answer(self.bank.ask(intent.id))

    async def close(self, intent: Intent) -> ChannelAnswer:
        return self._answer(self.bank.close(intent.id))

    def _answer(self, order: Order | None) -> ChannelAnswer:
        if order is None:
            return ChannelAnswer(IntentState.CLOSED, cause="no_such_order")
        charge = (
            ChargeFact(order.reference, order.came, order.paid_at) if order.paid_at and order.state == "paid" else None
        )
        action = {"kind": "redirect", "url": f"{self._public_url}/sandbox/bank/{order.id}"}
        return ChannelAnswer(
            _STATES[order.state],
            reference=order.reference,
            action=action if order.state == "open" else {},
            cause=order.cause,
            expires_at=order.expires_at,
            charge=charge,
        )

    async def refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        order = self.bank.find(charge.intent or "")
        if order is None or order.state != "paid":
            raise Declined("no_such_charge")
        return _refunded(self.bank.returns.give(refund.id, order.id, Money(refund.amount, refund.currency), order.came))

    async def query_refund(self, refund: Refund, charge: Charge) -> RefundAnswer:
        back = self.bank.returns.ask(refund.id)
        return _refunded(back) if back is not None else RefundAnswer(RefundState.FAILED, cause="no_such_refund")

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        check(headers, body, self._secrets, now)
        return (_event(_strict_json(body)),)

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"ok", "text/plain"

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """Of a day in UTC: what is told nobody, and what no question is answered about, is there too."""
        orders = {order.id: order for order in self.bank.paid()}
        lines = [StatementLine("charge", o.reference, o.id, o.came, o.paid_at) for o in orders.values() if o.paid_at]
        for back in self.bank.returns.done():
            kind, ours, charge = back.kind or "refund", "" if back.kind else back.id, orders[back.order].reference
            lines.append(StatementLine(kind, back.reference, ours, back.amount, back.at, charge=charge))
        return [line for line in lines if SETTLING.day_of(line.at) == day]

    async def aclose(self) -> None:
        await self._hooks.aclose()

    # -- the bank's pages -------------------------------------------------------------------------------------

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/sandbox/bank", self._show),
            Route("/sandbox/bank", self._plan, methods=["POST"]),
            Route("/sandbox/bank/{order}", self._show),
            Route("/sandbox/bank/{order}", self._play, methods=["POST"]),
            Route("/sandbox/returns", self._plan_return, methods=["POST"]),
            Route("/sandbox/returns/{return}", self._settle, methods=["POST"]),
            Route("/sandbox/bank/{order}/desk", self._desk, methods=["POST"]),
        )

    async def _show(self, request: Request) -> Response:
        order = self.bank.find(request.path_params.get("order", ""))
        return self._page(
            "bank.html",
            request.headers.get("accept-language", "en")[:2],
            "UTC",
            order=order,
            here=request.url.path,
            next="/sandbox/bank",
            plays=PLAYS,
            odd=ODD,
            creations=CREATIONS,
            planned=self.bank.planned,
            returns=self.bank.returns.of(order.id) if order else (),
            answers=ANSWERS,
            kinds=KINDS if order and order.state == "paid" and self.bank.returns.left(order.id, order.came) else (),
            planned_return=self.bank.returns.planned,
        )

    async def _play(self, request: Request) -> Response:
        order, form = self.bank.find(request.path_params["order"]), await request.form()
        play = str(form.get("play", ""))
        if order is None or play not in get_args(Play):
            return Response(status_code=404)
        await self.bank.play(order, play)  # type: ignore[arg-type]  # one of the plays, as just checked
        if play == "error":
            return Response("502 Bad Gateway", 502)
        return RedirectResponse(order.return_url, 303)

    async def _desk(self, request: Request) -> Response:
        order, form = self.bank.find(request.path_params["order"]), await request.form()
        kind = str(form.get("play", ""))
        if order is None or order.state != "paid" or kind not in KINDS:
            return Response(status_code=404)
        await self.bank.returns.by_itself(order.id, order.reference, order.came, kind)
        return RedirectResponse(f"/sandbox/bank/{order.id}", 303)

    async def _plan(self, request: Request) -> Response:
        play = (await request.form()).get("play", "")
        if play not in CREATIONS:
            return Response(status_code=404)
        self.bank.planned = play
        return RedirectResponse("/sandbox/bank", 303)

    async def _plan_return(self, request: Request) -> Response:
        answer = (await request.form()).get("play", "")
        if answer not in ANSWERS:
            return Response(status_code=404)
        self.bank.returns.planned = answer
        return RedirectResponse("/sandbox/bank", 303)

    async def _settle(self, request: Request) -> Response:
        back = self.bank.returns.find(request.path_params["return"])
        play = (await request.form()).get("play", "")
        if back is None or play not in ("refunded", "failed"):
            return Response(status_code=404)
        await self.bank.returns.settle(back, play)  # type: ignore[arg-type]  # one of both, as just checked
        return RedirectResponse(f"/sandbox/bank/{back.order}", 303)


def _refunded(back: Return) -> RefundAnswer:
    return RefundAnswer(_RETURNS[back.state], reference=back.reference, cause=back.cause)


def _refuse(number: str) -> Any:
    raise Unverified(f"{number[:20]} is no integer")


def _strict_json(body: bytes) -> dict[str, Any]:
    """Numbers are integers: no NaN, no Infinity, no fractions."""
    try:
        event = json.loads(body, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unverified("no JSON") from error
    if not isinstance(event, dict):
        raise Unverified("no event")
    return event


def _event(event: Mapping[str, Any]) -> HookEvent:
    if "refund" in event:
        return _refund_event(event)
    if "kind" in event:
        return _return_event(event)
    words = {key: event.get(key) for key in ("id", "intent", "order", "state", "cause", "currency", "at")}
    amount = event.get("amount")
    if not all(isinstance(word, str) and len(word) <= 200 for word in words.values()) or type(amount) is not int:
        raise Unverified("not the shape of an event")
    state = _STATES.get(words["state"])  # type: ignore[arg-type]  # a str, as just checked
    if state is None:
        raise Unverified("no such state")
    charge = None
    if state is IntentState.PAID:
        try:
            at = datetime.fromisoformat(words["at"])  # type: ignore[arg-type]
            if amount < 1 or at.tzinfo is None:
                raise ValueError
            charge = ChargeFact(str(words["order"]), Money(amount, str(words["currency"])), at)
        except ValueError as error:
            raise Unverified("no such amount, currency or time") from error
    answer = ChannelAnswer(state, reference=str(words["order"]), cause=str(words["cause"]), charge=charge)
    return HookEvent(str(words["id"]), str(words["intent"]), answer)


def _refund_event(event: Mapping[str, Any]) -> HookEvent:
    words = {key: event.get(key) for key in ("id", "refund", "order", "state", "cause")}
    state = _RETURNS.get(str(words["state"]))
    if not all(isinstance(word, str) and len(word) <= 200 for word in words.values()) or state is None:
        raise Unverified("not the shape of an event")
    answer = RefundAnswer(state, reference=str(words["order"]), cause=str(words["cause"]))
    return HookEvent(str(words["id"]), "", refund=str(words["refund"]), refunded=answer)


def _return_event(event: Mapping[str, Any]) -> HookEvent:
    words = {key: event.get(key) for key in ("id", "kind", "charge", "intent", "order", "state", "currency", "at")}
    amount, kind = event.get("amount"), words["kind"]
    if not all(isinstance(word, str) and 0 < len(word) <= 200 for word in words.values()) or type(amount) is not int:
        raise Unverified("not the shape of an event")
    if kind not in KINDS or words["state"] not in ("refunded", "failed"):
        raise Unverified("no such state")
    try:
        at = datetime.fromisoformat(str(words["at"]))
        if amount < 1 or at.tzinfo is None:
            raise ValueError
        money = Money(amount, str(words["currency"]))
    except ValueError as error:
        raise Unverified("no such amount, currency or time") from error
    undone = words["state"] == "failed"
    fact = ReturnFact(str(words["charge"]), str(words["order"]), money, at, kind, undone=undone)
    return HookEvent(str(words["id"]), str(words["intent"]), returned=fact)
