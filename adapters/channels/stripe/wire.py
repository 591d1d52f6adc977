"""One client of Stripe's SDK, and its errors as trouble of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx
import stripe

from bot.ports import Declined, Outside, Unavailable, Unknown

BASE_URL: Final = "https://api.stripe.com"
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class _Client(stripe.HTTPXClient):
    """The SDK hands httpx its bodies as ``data``, which httpx has deprecated for what is a string already."""

    def _get_request_args_kwargs(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> Any:
        args, kwargs = super()._get_request_args_kwargs(method, url, headers, None)
        del kwargs["data"]
        return args, kwargs | {"content": post_data}


class Wire:
    """``client`` asks once: what is repeated, and when, is decided where the outcome is kept."""

    def __init__(self, secret_key: str, *, base_url: str = BASE_URL, account: str = "", timeout: float = 10.0) -> None:
        self._http = _Client(timeout=httpx.Timeout(timeout))
        self.client: Final = stripe.StripeClient(
            secret_key,
            base_addresses={"api": base_url.rstrip("/")},
            stripe_account=account or None,
            http_client=self._http,
            max_network_retries=0,
        ).v1

    async def aclose(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK's


def code_of(error: stripe.StripeError) -> str:
    """Stripe's own code: the bank's, the error's, or at least the kind of error."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    told = body.get("error")
    told = told if isinstance(told, dict) else {}
    found = told.get("decline_code") or told.get("code") or told.get("type") or f"http_{error.http_status or 0}"
    return str(found)[:100]


@contextmanager
def asking() -> Iterator[None]:
    """For what changes nothing: it can always be asked again, and a no is about the question, not about the money."""
    with _translated():
        try:
            yield
        except stripe.InvalidRequestError as error:
            raise Unknown(code_of(error)) from error
        except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError):
            raise
        except stripe.StripeError as error:
            raise Unavailable(_reason(error)) from error


@contextmanager
def doing() -> Iterator[None]:
    """For what moves something: only what surely did not happen is called so."""
    with _translated():
        try:
            yield
        except stripe.APIConnectionError as error:
            sent = not isinstance(error.__cause__, _NEVER_SENT)
            raise (Unknown if sent else Unavailable)(_reason(error)) from error
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            raise Declined(code_of(error)) from error
        except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError):
            raise
        except stripe.StripeError as error:  # 5xx, no JSON, the same key at work elsewhere
            raise Unknown(code_of(error)) from error


@contextmanager
def _translated() -> Iterator[None]:
    """Refused at the door: too many at once, or a key that is not (any more) good. Nothing happened."""
    try:
        yield
    except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Unavailable(code_of(error), retry_after=_retry_after(error)) from error
    except Outside:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # an answer that is not of Stripe's shape
        raise Unknown("unreadable_answer") from error


def _reason(error: stripe.StripeError) -> str:
    if isinstance(error, stripe.APIConnectionError):
        return "timeout" if isinstance(error.__cause__, httpx.TimeoutException) else "connection"
    return code_of(error)


def _retry_after(error: stripe.StripeError) -> float:
    told: Any = (error.headers or {}).get("retry-after", "")
    return float(min(int(told), 3600)) if str(told).isascii() and str(told).isdigit() else 0.0
