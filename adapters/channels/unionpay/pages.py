"""Two pages between ours and UnionPay's: one that hands the payer over with a signed form, one that takes them back.

UnionPay takes an order only as a form, and sends the payer back with one. The address of the first is signed, and dies
with the order; the second believes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.domain.money import Money
from bot.ports import Clock

_SALT: Final = "qunshou.unionpay.1"


@dataclass(frozen=True, slots=True)
class Order:
    """What an address carries. ``until`` in seconds since 1970."""

    id: str
    amount: int
    time: str
    timeout: str
    until: int
    phone: bool
    title: str
    locale: str
    back: str


class Pages:
    """``form(order)`` are the fields of the signed form, ``target`` is where it goes."""

    def __init__(
        self,
        *,
        secret: str,
        public_url: str,
        target: str,
        form: Callable[[Order], Mapping[str, str]],
        page: Callable[..., Response],
        clock: Clock,
    ) -> None:
        self._orders = URLSafeSerializer(secret, salt=_SALT)
        self._public_url, self._target, self._form, self._page, self._clock = public_url, target, form, page, clock

    def address(self, order: Order) -> str:
        return f"{self._public_url}/unionpay/{self._orders.dumps(asdict(order))}"

    def back_address(self, order: Order) -> str:
        """Where UnionPay sends the payer back, with a form that the payment page itself does not take."""
        return f"{self._public_url}/unionpay/back/{order.back.removeprefix(self._public_url + '/')}"

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/unionpay/back/{path:path}", self._back, methods=["GET", "POST"]),
            Route("/unionpay/{token}", self._show),
        )

    async def _show(self, request: Request) -> Response:
        try:
            order = Order(**self._orders.loads(request.path_params["token"]))
        except (BadData, TypeError, ValueError):
            order = None
        if order is None or self._clock.now().timestamp() >= order.until:
            locale = order.locale if order else request.headers.get("accept-language", "")[:2]
            return self._page("gone.html", locale, "UTC", status=404)
        answer = self._page(
            "unionpay.html",
            order.locale,
            "UTC",
            target=self._target,
            fields=self._form(order),
            title=order.title,
            amount=Money(order.amount, "CNY"),
            back=order.back,
        )
        answer.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            f"form-action {_origin(self._target)} https://*.95516.com; frame-ancestors 'none'; base-uri 'none'"
        )
        return answer

    async def _back(self, request: Request) -> Response:
        """UnionPay sends a form with the result: it is not looked at, the payment page asks for itself. Leads to
        nowhere but our own site."""
        return RedirectResponse(f"{self._public_url}/{request.path_params['path']}", 303)


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])
