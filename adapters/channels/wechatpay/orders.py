"""Orders at WeChat Pay: made, looked at, closed. An order may be made again with the same number and the same content.

https://pay.weixin.qq.com/doc/v3/merchant/4012525095 (Native), …/4012525167 (JSAPI), …/4013070356 (query)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import structlog

from adapters.channels.wechatpay import facts, strict
from adapters.channels.wechatpay.facts import BEIJING, Merchant
from adapters.channels.wechatpay.wire import Wire
from bot.domain.model import Intent
from bot.ports import ChannelAnswer, Declined, Unavailable, Unknown

log = structlog.get_logger(__name__)

LASTING: Final = timedelta(hours=1)
"""How long an order may be paid. A code is good for 2 hours, H5's address for 5 minutes."""
NOT_THERE: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_TAKEN: Final = frozenset(
    {"ORDERPAID", "ORDER_PAID", "ORDER_CLOSED", "ORDERCLOSED", "OUT_TRADE_NO_USED", "INVALID_REQUEST"}
)
"""Codes that say, or may mean, that there is such an order already: what became of it must be asked."""
_DESCRIPTION: Final = 127
"""Bytes of UTF-8."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is ordered. ``amount`` in fen, ``created`` in seconds since 1970."""

    number: str
    amount: int
    description: str
    created: int

    @classmethod
    def of(cls, intent: Intent, title: str) -> Plan:
        return cls(intent.id, intent.amount, _description(title), int(intent.created_at.timestamp()))

    @property
    def until(self) -> datetime:
        """When it can no longer be paid."""
        return datetime.fromtimestamp(self.created, UTC) + LASTING


class Taken(Declined):
    """There is an order with this number already; ``found`` is what became of it."""

    def __init__(self, code: str, found: ChannelAnswer) -> None:
        super().__init__(code)
        self.found = found


class Orders:
    """Of one merchant. What makes one raises ``Taken`` where there is another with its number."""

    def __init__(self, wire: Wire, ours: Merchant, hook_url: str) -> None:
        self._wire, self._ours, self._hook_url = wire, ours, hook_url

    async def native(self, plan: Plan) -> str:
        """What the code to be scanned says."""
        return await self._make("native", plan, {}, ("code_url", "weixin://"))

    async def h5(self, plan: Plan, ip: str) -> str:
        """The address to which a browser on a phone goes."""
        scene = {"payer_client_ip": ip, "h5_info": {"type": "Wap"}}
        return await self._make("h5", plan, {"scene_info": scene}, ("h5_url", "https://"))

    async def jsapi(self, plan: Plan, openid: str) -> str:
        """What the payment inside WeChat is called with."""
        return await self._make("jsapi", plan, {"payer": {"openid": openid}}, ("prepay_id", ""))

    async def _make(self, product: str, plan: Plan, more: Mapping[str, Any], wanted: tuple[str, str]) -> str:
        order = {
            "appid": self._ours.appid,
            "mchid": self._ours.mchid,
            "description": plan.description,
            "out_trade_no": plan.number,
            "time_expire": plan.until.astimezone(BEIJING).isoformat(timespec="seconds"),
            "notify_url": self._hook_url,
            "amount": {"total": plan.amount, "currency": strict.CURRENCY},
            **more,
        }
        name, start = wanted
        try:
            said = strict.text(await self._wire.post(f"/v3/pay/transactions/{product}", order), name)
        except Declined as trouble:
            found = await self.look(plan.number) if trouble.code in _TAKEN else None
            raise (Taken(trouble.code, found) if found is not None else trouble) from trouble
        except ValueError as error:
            raise Unknown("answer_not_understood") from error
        if not said.startswith(start):
            raise Unknown("answer_not_understood")
        return said

    async def look(self, number: str) -> ChannelAnswer | None:
        """What became of the order; None when there is none."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(number, safe='')}?mchid={self._ours.mchid}"
        try:
            said, answer = facts.order(await self._wire.get(path), self._ours)
        except Declined as trouble:
            if trouble.code in NOT_THERE:
                return None
            raise Unknown(trouble.code) from trouble  # that we may not ask says nothing about the order
        except ValueError as error:
            raise Unknown("answer_not_understood") from error
        if said != number:
            raise Unknown("answer_not_understood")
        return answer

    async def close(self, number: str) -> ChannelAnswer | None:
        """Close, and look: WeChat Pay says yes to closing what is not there, too."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(number, safe='')}/close"
        try:
            await self._wire.post(path, {"mchid": self._ours.mchid})
        except Declined as trouble:
            log.info("wechatpay.not_closed", code=trouble.code)
        return await self.look(number)

    async def use_up(self, plan: Plan) -> ChannelAnswer:
        """Make an order and close it at once, so that its number is good for nothing any more."""
        try:
            await self.native(plan)
        except Taken:
            pass
        except Declined as trouble:
            raise Unavailable(trouble.code) from trouble
        closed = await self.close(plan.number)
        if closed is None:
            raise Unavailable("NOT_CLOSED")
        return closed


def _description(title: str) -> str:
    """What the payer reads in WeChat: 127 bytes at most, and never nothing. Backticks part the fields of the bill."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in title.replace("`", "'")).split())
    return plain.encode()[:_DESCRIPTION].decode(errors="ignore").strip() or "群收"
