"""The command menu that platforms show: (command, what it does), per language and place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_GROUP: Final = (
    ("collect", "Collect money: 200 equal Hotpot", "收款：200 均摊 火锅"),
    ("status", "How far we are", "进度"),
    ("pay", "Pay my part", "付我的那份"),
    ("paid", "I have paid", "我付了"),
    ("in", "I'm in", "算我一个"),
    ("out", "I can't come", "我不去了"),
    ("close", "Close (organiser)", "结束收款（收款人）"),
    ("cancel", "Call off (organiser)", "取消收款（收款人）"),
    ("help", "Help", "帮助"),
)
_PRIVATE: Final = (
    ("status", "How far we are", "进度"),
    ("pay", "Pay my part", "付我的那份"),
    ("my", "My share", "我的金额"),
    ("stop_reminders", "No reminders to me", "不再提醒我"),
    ("sms", "SMS when a payment is stuck: /sms +49…", "付款卡住时短信提醒：/sms +86…"),
    ("payee", "Where money for me goes: /payee Alipay 138…", "我的收款账号：/payee 支付宝 138…"),
    ("language", "Language: /language zh", "语言：/language en"),
    ("privacy", "What I know about you", "我知道你什么"),
    ("mydata", "A file with all of it", "导出我的数据"),
    ("forget", "Forget me", "忘记我"),
    ("help", "Help", "帮助"),
)


def menu(locale: str, *, private: bool) -> Sequence[tuple[str, str]]:
    """Latin command words with a description in ``locale`` (platforms take no others)."""
    rows = _PRIVATE if private else _GROUP
    return [(word, chinese if locale == "zh_CN" else english) for word, english, chinese in rows]
