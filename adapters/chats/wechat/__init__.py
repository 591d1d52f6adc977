"""WeChat groups through a puppet service (wechaty). Needs the extra ``wechat``."""

from adapters.chats.wechat.adapter import WeChat

__all__ = ["WeChat"]
