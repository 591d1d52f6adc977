"""The words of the commands, in Chinese and English. One table: the tokenizer, the help and the menus read it."""

from __future__ import annotations

from typing import Final

COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "COLLECT": ("collect", "收款", "群收款"),
    "PLAN": ("plan", "选方案"),
    "HAD": ("had", "点了"),
    "ARRIVED": ("arrived", "到账"),
    "NET": ("net", "轧账", "抵账"),
    "STATUS": ("status", "状态", "进度"),
    "PAY": ("pay", "付款", "怎么付", "去付款"),
    "SHARE": ("share", "my", "我的金额", "我的"),
    "PAID": ("paid", "我付了", "已付", "我已付", "付了"),
    "CONFIRM": ("confirm", "确认", "收到"),
    "REJECT": ("reject", "没收到", "驳回"),
    "JOIN": ("join", "in", "参加", "我参加", "算我一个", "报名"),
    "LEAVE": ("out", "我不去了", "不去了", "我不参加了", "退出"),
    "DECLARE": ("give", "我出"),
    "WAIVE": ("waive", "免收", "免"),
    "ADJUST": ("adjust", "调整", "改"),
    "REFUND": ("refund", "退款", "退"),
    "MONEY": ("money", "款项", "多收"),
    "ADD": ("add", "加人"),
    "DROP": ("drop", "移除"),
    "RESPLIT": ("resplit", "重新分摊", "重分"),
    "HANDOVER": ("handover", "移交"),
    "HELPER": ("helper", "协助"),
    "RECEIPT": ("receipt", "收据", "凭证"),
    "CLOSE": ("close", "结束", "关闭"),
    "CANCEL": ("cancel", "取消"),
    "UNDO": ("undo", "撤销"),
    "DETAILS": ("details", "说明", "详情"),
    "MANAGE": ("manage", "管理"),
    "BOARD": ("board", "看板"),
    "PREVIEW": ("preview", "预览"),
    "HISTORY": ("history", "记录", "历史"),
    "WHY": ("why", "为什么"),
    "STOP": ("stop_reminders", "stop-reminders", "stopreminders", "停止提醒", "不再提醒"),
    "RESUME": ("resume_reminders", "resume-reminders", "resumereminders", "恢复提醒"),
    "PROMISE": ("promise", "承诺", "我会付"),
    "SNOOZE": ("snooze", "稍后", "晚点付"),
    "NOT_ME": ("not_me", "not-me", "notme", "不是我", "与我无关"),
    "LATER": ("later", "need_time", "more_time", "宽限", "再等等"),
    "REACHED": ("reached", "已联系", "电话已通"),
    "RESYNC": ("resync", "重新同步"),
    "PAYEE": ("payee", "收款账号", "收款方式"),
    "SMS": ("sms", "短信"),
    "LANGUAGE": ("language", "lang", "语言"),
    "HELP": ("help", "帮助"),
    "START": ("start", "开始"),
    "PRIVACY": ("privacy", "隐私"),
    "MYDATA": ("mydata", "my_data", "我的数据"),
    "FORGET": ("forget", "forget_me", "忘记我"),
}
"""Token → what may be typed after ``/``."""

PLAIN: Final = frozenset(
    {"收款", "群收款", "状态", "进度", "怎么付", "去付款", "我的金额", "我付了", "我已付", "参加", "我参加", "算我一个"}
    | {"隐私", "我的数据", "忘记我", "付款"}
    | {"我不去了", "我不参加了", "我出", "退款", "帮助", "看板", "停止提醒", "恢复提醒", "重新同步"}
)
"""Words that are commands without a slash, when the whole message fits (there is no slash in WeChat)."""

KEYWORDS: Final[dict[str, tuple[str, ...]]] = {
    "EQUAL": ("equal", "equally", "均摊", "平分", "平摊", "aa"),
    "EACH": ("each", "每人", "各"),
    "FIXED": ("fixed", "定额"),
    "SHARES": ("shares", "按份"),
    "PLANS": ("plans", "方案", "几种方案"),
    "SELF": ("self", "自愿", "随意"),
    "MIN": ("min", "最少", "至少"),
    "MAX": ("max", "最多"),
    "GOAL": ("goal", "目标"),
    "SUGGESTED": ("suggested", "suggest", "建议"),
    "OTHERS": ("others", "其他人", "其余"),
    "CAP": ("cap", "places", "上限", "名额", "限"),
    "QUORUM": ("all-or-nothing", "min-people", "凑满", "满"),
    "HEADS": ("people", "persons", "人", "位"),
    "AT": ("at", "时间"),
    "PLACE": ("place", "地点"),
    "PLUS": ("+", "＋", "&"),
    "NOT": ("not", "without", "除了", "不含"),
    "BY": ("by", "until", "before", "截止"),
    "NO_ME": ("no-me", "nome", "不含我"),
    "DIGITAL": ("digital", "虚拟"),
    "NAMES": ("show-names", "公开名单"),
    "UNIQUE": ("unique-cents", "尾数识别"),
    "OFF": ("off", "stop", "关"),
}

CREDIT: Final = frozenset({"credit", "抵扣", "余额"})
"""After ``/refund @anna 20``: it stays here for what is asked next."""

NEEDS_AFTER: Final[dict[str, frozenset[str]]] = {
    "SUGGESTED": frozenset({"AMOUNT"}),
    "OTHERS": frozenset({"AMOUNT"}),
    "CAP": frozenset({"AMOUNT"}),
    "QUORUM": frozenset({"AMOUNT"}),
    "AT": frozenset({"WHEN", "QUOTED"}),
    "PLUS": frozenset({"MENTION"}),
}
"""Keywords that are ordinary words unless one of these comes next: a hotpot «at Joe's» has no time."""

EVERYBODY_TOO: Final = frozenset({"all", "全部"})
"""After ``/resplit``: also those whose amount was set by hand."""

ALL_MEMBERS: Final = frozenset({"@everyone", "@all", "@所有人", "@全体成员"})

EXAMPLES: Final[dict[str, tuple[str, str]]] = {
    "COLLECT": ("/collect 200 equal Hotpot", "收款 200 均摊 火锅"),
    "PLAN": ("/plan C", "/选方案 C"),
    "ARRIVED": ("/arrived 66.03 66.05", "/到账 66.03 66.05"),
    "HAD": ("/had beer 60 @anna", "/点了 啤酒 60 @小王"),
    "STATUS": ("/status #3", "/状态 #3"),
    "PAY": ("/pay 20", "/付款 20"),
    "PAID": ("/paid", "我付了"),
    "CONFIRM": ("/confirm @anna 50", "/确认 @小王 50"),
    "REJECT": ("/reject @anna", "/没收到 @小王"),
    "DECLARE": ("/give 50", "我出 50"),
    "WAIVE": ("/waive @anna she brought the cake", "/免收 @小王 蛋糕是他买的"),
    "ADJUST": ("/adjust @anna 80", "/调整 @小王 80"),
    "REFUND": ("/refund @anna 20", "/退款 @小王 20"),
    "ADD": ("/add @anna 20", "/加人 @小王 20"),
    "DROP": ("/drop @anna she did not come", "/移除 @小王 没来"),
    "RESPLIT": ("/resplit @anna 2 @ben 1", "/重新分摊 @小王 2 @小李 1"),
    "HANDOVER": ("/handover @anna", "/移交 @小王"),
    "HELPER": ("/helper @anna", "/协助 @小王"),
    "PROMISE": ("/promise fri 18:00", "/承诺 周五 18:00"),
    "REACHED": ("/reached @anna", "/已联系 @小王"),
    "SMS": ("/sms +8613800138000", "/短信 +8613800138000"),
    "PAYEE": ("/payee Alipay 138 0013 8000", "/收款账号 支付宝 138 0013 8000"),
    "LANGUAGE": ("/language zh", "/语言 en"),
}
"""An example to copy, in English and Chinese."""


def example(command: str, locale: str) -> str:
    """Something to type for ``command``; for a command without arguments just its name."""
    english, chinese = EXAMPLES.get(command) or (f"/{COMMANDS[command][0]}", f"/{_chinese(command)}")
    return chinese if locale == "zh_CN" else english


def _chinese(command: str) -> str:
    return next((word for word in COMMANDS[command] if not word.isascii()), COMMANDS[command][0])
