"""What WeChat Pay takes: for each call its parameters, their kinds, lengths and forms. What is not listed is refused.

https://pay.weixin.qq.com/doc/v3/merchant/4012525095 (Native), …/4012525167 (JSAPI), …/4013070356 (query);
H5, close and refund as in their tables beside these.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any], bool]
Rules = Mapping[str, tuple[bool, "Check | Rules"]]
"""Name → whether it must be there, and what it must be."""


def text(most: int, form: str = r"(?s).+") -> Check:
    return lambda value: isinstance(value, str) and 1 <= len(value) <= most and bool(re.fullmatch(form, value))


def whole(least: int) -> Check:
    return lambda value: type(value) is int and value >= least


def one_of(*values: str) -> Check:
    return lambda value: value in values


def address(value: Any) -> bool:
    """An IP address, in at most 45 characters."""
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def notify_url(value: Any) -> bool:
    """https, without a query, at most 255 characters."""
    if not isinstance(value, str) or len(value) > 255:
        return False
    parts = urlsplit(value)
    return parts.scheme == "https" and bool(parts.hostname) and not parts.query and not parts.fragment


def moment(value: Any) -> bool:
    """RFC 3339, to the second, with a zone."""
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"
    return isinstance(value, str) and bool(re.fullmatch(form, value)) and bool(datetime.fromisoformat(value))


def day(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


_AMOUNT: Rules = {"total": (True, whole(1)), "currency": (False, one_of("CNY"))}
NUMBER = text(32, r"[0-9A-Za-z_\-|*]{6,32}")
_ORDER: Rules = {
    "appid": (True, text(32)),
    "mchid": (True, text(32)),
    "description": (True, lambda value: text(127)(value) and len(value.encode()) <= 127),
    "out_trade_no": (True, NUMBER),
    "time_expire": (False, moment),
    "attach": (False, text(128)),
    "notify_url": (True, notify_url),
    "goods_tag": (False, text(32)),
    "amount": (True, _AMOUNT),
}
_SCENE: Rules = {
    "payer_client_ip": (True, address),
    "device_id": (False, text(32)),
    "h5_info": (True, {"type": (True, one_of("iOS", "Android", "Wap")), "app_name": (False, text(64))}),
}
ORDERS: Mapping[str, Rules] = {
    "native": _ORDER,
    "h5": {**_ORDER, "scene_info": (True, _SCENE)},
    "jsapi": {**_ORDER, "payer": (True, {"openid": (True, text(128))})},
}
CLOSE: Rules = {"mchid": (True, text(32))}
REFUND: Rules = {
    "transaction_id": (False, text(32, r"[0-9]{10,32}")),
    "out_trade_no": (False, NUMBER),
    "out_refund_no": (True, text(64, r"[0-9A-Za-z_\-|*@]+")),
    "reason": (False, text(80)),
    "notify_url": (False, notify_url),
    "funds_account": (False, one_of("AVAILABLE")),
    "amount": (True, {"refund": (True, whole(1)), "total": (True, whole(1)), "currency": (True, one_of("CNY"))}),
}
QUERY: Rules = {"mchid": (True, text(32))}
BILL: Rules = {
    "bill_date": (True, day),
    "bill_type": (False, one_of("ALL", "SUCCESS", "REFUND")),
    "tar_type": (False, one_of("GZIP")),
}
CERTIFICATES: Rules = {"algorithm_type": (False, one_of("RSA", "SM2", "ALL"))}
NOTHING: Rules = {}


def broken(value: Any, rules: Rules, at: str = "") -> str:
    """The field that is wrong, as a path; empty when none is."""
    if not isinstance(value, dict):
        return at or "/"
    for name in value:
        if name not in rules:
            return f"{at}/{name}"
    for name, (needed, rule) in rules.items():
        if name not in value:
            if needed:
                return f"{at}/{name}"
        elif callable(rule):
            if not rule(value[name]):
                return f"{at}/{name}"
        elif wrong := broken(value[name], rule, f"{at}/{name}"):
            return wrong
    return ""
