"""``/wechatpay/{ticket}``: the page inside WeChat that pays. WeChat says who looks (an openid, without asking them),
the order is made for that person, and WeChat's own payment comes up. On a phone, outside of WeChat, it leads on to
WeChat Pay's page, whose address is good for five minutes only.

The ticket is signed and carries the order; it is good for as long as the order may be paid.
https://pay.weixin.qq.com/doc/v3/merchant/4012525167,
https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
import structlog
from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.channels.wechatpay import strict
from adapters.channels.wechatpay.orders import Orders, Plan, Taken
from adapters.channels.wechatpay.sign import Signer
from bot.domain.model import IntentState
from bot.domain.money import Money
from bot.ports import Clock, Outside, Unavailable, Unknown

log = structlog.get_logger(__name__)

_SALT: Final = "qunshou.wechatpay.1"
_COOKIE: Final = "wechatpay_state"
_CODE: Final = re.compile(r"[0-9A-Za-z_-]{1,128}")
_STALE: Final = frozenset({40029, 40163, 42003})
"""The code is wrong, was used, is too old: a page that was loaded anew."""
_MOST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order, and what else the page needs. With ``ip``: on a phone, outside of WeChat."""

    plan: Plan
    return_url: str
    locale: str
    ip: str = ""


class PayPages:
    """``page(name, locale, zone, **context)`` renders a template."""

    def __init__(
        self,
        *,
        public_url: str,
        secret: str,
        appid: str,
        app_secret: str,
        oauth_url: str,
        authorize_url: str,
        signer: Signer,
        clock: Clock,
        page: Callable[..., Response],
        client: httpx.AsyncClient,
        orders: Orders,
    ) -> None:
        self._public_url, self._appid, self._app_secret = public_url.rstrip("/"), appid, app_secret
        self._oauth_url, self._authorize_url = oauth_url.rstrip("/"), authorize_url.rstrip("/")
        self._signer, self._clock, self._page, self._client, self._orders = signer, clock, page, client, orders
        self._tickets = URLSafeSerializer(secret, salt=_SALT)

    def link(self, ticket: Ticket) -> str:
        return f"{self._public_url}/wechatpay/{self._tickets.dumps(astuple(ticket))}"

    def routes(self) -> Sequence[BaseRoute]:
        return (Route("/wechatpay/{ticket}", self.show),)

    def _read(self, text: str) -> Ticket | None:
        try:
            plan, *rest = self._tickets.loads(text)
            ticket = Ticket(Plan(*plan), *rest)
        except (BadData, TypeError, ValueError):
            return None
        return ticket if self._clock.now() < ticket.plan.until else None

    async def show(self, request: Request) -> Response:
        ticket = self._read(request.path_params["ticket"])
        if ticket is None:
            return self._page("gone.html", request.headers.get("accept-language", "")[:2], "UTC", status=404)
        try:
            return await (self._lead_on(ticket) if ticket.ip else self._inside(ticket, request))
        except Taken as taken:
            if taken.found.state is not IntentState.PENDING:
                return RedirectResponse(ticket.return_url, 303)
            log.warning("wechatpay.page_trouble", code=taken.code)
        except Outside as trouble:
            log.warning("wechatpay.page_trouble", code=trouble.code)
        return self._troubled(ticket)

    async def _lead_on(self, ticket: Ticket) -> Response:
        """To WeChat Pay's page for phones, which opens WeChat and comes back."""
        url = await self._orders.h5(ticket.plan, ticket.ip)
        return RedirectResponse(f"{url}&redirect_url={quote(ticket.return_url, safe='')}", 303)

    async def _inside(self, ticket: Ticket, request: Request) -> Response:
        code, state = request.query_params.get("code", ""), request.query_params.get("state", "")
        known = request.cookies.get(_COOKIE, "")
        if not (_CODE.fullmatch(code) and known and hmac.compare_digest(state.encode(), known.encode())):
            return self._authorize(ticket, tries="0")
        openid = await self._openid(code)
        if openid:
            return self._pay(ticket, await self._orders.jsapi(ticket.plan, openid))
        return self._authorize(ticket, tries="1") if state.endswith("0") else self._troubled(ticket)

    def _authorize(self, ticket: Ticket, *, tries: str) -> Response:
        """To WeChat, which says who looks and comes back. The state is bound to this browser by a cookie."""
        state = secrets.token_hex(16) + tries
        query = urlencode(
            {
                "appid": self._appid,
                "redirect_uri": self.link(ticket),
                "response_type": "code",
                "scope": "snsapi_base",
                "state": state,
            }
        )
        url = f"{self._authorize_url}/connect/oauth2/authorize?{query}#wechat_redirect"
        answer = RedirectResponse(url, 303)
        secure = self._public_url.startswith("https:")
        answer.set_cookie(_COOKIE, state, max_age=600, path="/wechatpay", secure=secure, httponly=True, samesite="lax")
        return answer

    async def _openid(self, code: str) -> str:
        """Who looks; empty when the code is good for nothing any more."""
        params = {
            "appid": self._appid,
            "secret": self._app_secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        try:
            answer = await self._client.get(f"{self._oauth_url}/sns/oauth2/access_token", params=params)
            said = strict.read(answer.content[:_MOST])
        except httpx.HTTPError as error:
            raise Unavailable("oauth_unreachable") from error
        except ValueError as error:
            raise Unavailable("oauth_not_json") from error
        number = said.get("errcode", 0)
        if number != 0:
            if type(number) is int and number in _STALE:
                return ""
            raise Unavailable(f"oauth_{number}"[:64])
        try:
            return strict.text(said, "openid")
        except ValueError as error:
            raise Unknown("oauth_no_openid") from error

    def _pay(self, ticket: Ticket, prepay_id: str) -> Response:
        stamp, nonce = str(int(self._clock.now().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        call = {
            "app-id": self._appid,
            "time-stamp": stamp,
            "nonce-str": nonce,
            "package": package,
            "sign-type": "RSA",
            "pay-sign": self._signer.text(f"{self._appid}\n{stamp}\n{nonce}\n{package}\n".encode()),
        }
        return self._shown(ticket, call)

    def _troubled(self, ticket: Ticket) -> Response:
        return self._shown(ticket, {}, status=503)

    def _shown(self, ticket: Ticket, call: dict[str, str], *, status: int = 200) -> Response:
        context: dict[str, Any] = {
            "title": ticket.plan.description,
            "amount": Money(ticket.plan.amount, strict.CURRENCY),
            "return_url": ticket.return_url,
            "again": self.link(ticket),
            "call": call,
        }
        return self._page("wechatpay.html", ticket.locale, "UTC", status=status, **context)
