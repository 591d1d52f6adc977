"""One SMS = one POST to ``/2010-04-01/Accounts/{sid}/Messages.json`` with basic auth (Twilio's REST API).

Twilio knows no idempotency key for it, so a time-out is ``Unknown`` and the SMS is not sent again.
"""

from __future__ import annotations

from typing import Final

import httpx

from bot.ports import Contactee, Declined, Errand, Unavailable, Unknown

TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)


class TwilioSms:
    """``sender`` is one of the account's numbers, or the id of a messaging service (``MG…``)."""

    name = "sms"

    def __init__(
        self,
        *,
        account: str,
        token: str,
        sender: str,
        base_url: str = "https://api.twilio.com",
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"
        self._from = "MessagingServiceSid" if sender.startswith("MG") else "From"
        self._sender, self._auth = sender, httpx.BasicAuth(account, token)
        self._client = client or httpx.AsyncClient(timeout=TIMEOUT)

    async def notify(self, to: Contactee, errand: Errand) -> str:
        form = {"To": to.phone, self._from: self._sender, "Body": errand.text[:1600]}
        try:
            answer = await self._client.post(self._url, data=form, auth=self._auth)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unavailable(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Unknown(type(error).__name__) from error
        if answer.status_code == 429:
            wait = answer.headers.get("retry-after", "")
            raise Unavailable("429", retry_after=float(wait) if wait.isdigit() else 30.0)
        if answer.status_code >= 500:
            raise Unknown(str(answer.status_code))
        if answer.status_code != 201:
            raise Declined(_code(answer))
        return str(answer.json()["sid"])


def _code(answer: httpx.Response) -> str:
    """Twilio's error number, where there is one."""
    try:
        return f"{answer.status_code} {answer.json().get('code', '')}".strip()
    except ValueError:
        return str(answer.status_code)
