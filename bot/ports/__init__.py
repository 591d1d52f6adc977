"""What the product asks of the outside: Protocols that adapters implement, and the values they exchange."""

from bot.ports.channel import (
    ActionKind,
    ChannelAnswer,
    ChannelTraits,
    ChargeFact,
    HookEvent,
    PaymentChannel,
    Unverified,
)
from bot.ports.chat import (
    ChatPort,
    ChatTraits,
    Inbox,
    RawUpdate,
)
from bot.ports.clock import (
    Clock,
    FakeClock,
)
from bot.ports.desk import (
    CashierView,
    Desk,
    NoticeBoard,
    Outcome,
)
from bot.ports.inbound import (
    BotRemoved,
    ChatMoved,
    Edited,
    Gap,
    Inbound,
    Joined,
    Left,
    MoneySeen,
    Person,
    Place,
    Pressed,
    Said,
)
from bot.ports.notifier import (
    Contactee,
    Errand,
    Notifier,
)
from bot.ports.outside import (
    ChatGone,
    Declined,
    MessageGone,
    Moved,
    Outside,
    Unavailable,
    Unknown,
    Unreachable,
)
from bot.ports.shown import (
    OpenLink,
    Picture,
    Rendered,
    RenderedButton,
)

__all__ = [
    "ActionKind",
    "BotRemoved",
    "CashierView",
    "ChannelAnswer",
    "ChannelTraits",
    "ChargeFact",
    "ChatGone",
    "ChatMoved",
    "ChatPort",
    "ChatTraits",
    "Clock",
    "Contactee",
    "Declined",
    "Desk",
    "Edited",
    "Errand",
    "FakeClock",
    "Gap",
    "HookEvent",
    "Inbound",
    "Inbox",
    "Joined",
    "Left",
    "MessageGone",
    "MoneySeen",
    "Moved",
    "NoticeBoard",
    "Notifier",
    "OpenLink",
    "Outcome",
    "Outside",
    "PaymentChannel",
    "Person",
    "Picture",
    "Place",
    "Pressed",
    "RawUpdate",
    "Rendered",
    "RenderedButton",
    "Said",
    "Unavailable",
    "Unknown",
    "Unreachable",
    "Unverified",
]
