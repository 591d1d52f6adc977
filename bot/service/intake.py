"""What happened in a chat → commands, within one transaction per event."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

import structlog

from bot.commands import Enclosed, ParseContext, parse
from bot.domain import command as c, press
from bot.domain.decide.draft import answer
from bot.domain.decision import Decision, Proposal
from bot.domain.errors import Refusal, WhichMember
from bot.domain.model import Chat, IntentId
from bot.domain.notice import Button, Medium, Notice, Reply
from bot.ports import (
    BotRemoved,
    ChatMoved,
    CheckingOut,
    Edited,
    Gap,
    Inbound,
    InvoicePaid,
    Joined,
    Left,
    MoneySeen,
    Person,
    Pressed,
    Said,
)
from bot.service.flood import FloodGate
from bot.service.handle import Handler, refused
from bot.service.names import Names
from bot.service.presses import ADMINS_MAY, pressed
from bot.store import Work

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a new chat starts with."""

    locale: str = "en"
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"


def wants_admin(event: Inbound) -> bool:
    """Whether it may matter that the sender is an admin of the chat (which costs a question to the platform)."""
    if event.place.private or event.sender is None:
        return False
    if isinstance(event, Pressed):
        decoded = press.decode(event.data)
        return decoded is not None and decoded.action in ADMINS_MAY
    return isinstance(event, Said) and (event.text[:1] in ("/", "／", "状", "收") or event.text.strip().isdecimal())


class Intake:
    """Turns events of one platform into commands and applies them."""

    def __init__(self, handler: Handler, defaults: Defaults, gate: FloodGate) -> None:
        self._handler = handler
        self._defaults = defaults
        self._gate = gate

    def take(
        self,
        work: Work,
        platform: str,
        event: Inbound,
        *,
        admin: bool,
        bot_names: frozenset[str],
        enclosed: Enclosed | None = None,
    ) -> None:
        """Learn who is there, and do what was said, pressed or happened."""
        now, defaults = self._handler.clock.now(), self._defaults
        if isinstance(event, ChatMoved):
            work.move_chat(platform, event.place.id, event.to)
            return
        locale = (event.sender.locale if event.sender and event.place.private else "") or defaults.locale
        chat = work.chat_of(
            platform, event.place, now=now, locale=locale, timezone=defaults.timezone, currency=defaults.currency
        )
        if isinstance(event, BotRemoved):
            self._handler.apply(work, c.ChatLost(chat=chat.id))
            return
        if isinstance(event, Gap):
            self._handler.apply(work, c.Outage(chat=chat.id, since=event.since, until=event.until))
            return
        if isinstance(event, CheckingOut):
            self._check_out(work, platform, chat, event)
            return
        self._learn(work, platform, chat, event)
        if isinstance(event, InvoicePaid):
            self._paid(work, platform, event)
        elif isinstance(event, Left):
            gone = work.member_of(platform, event.who)
            for collection in work.leave(chat.id, gone.id, now):
                self._handler.apply(work, c.MemberLeft(collection=collection, member=gone.id))
        elif isinstance(event, Joined):
            if event.bot_joined and not chat.private:
                self._handler.say(work, Notice("welcome", Medium.CHAT, chat=chat.id))
        elif event.sender is not None:
            me = work.member_of(platform, event.sender)
            everywhere = f"{platform}:{event.sender.id}" in self._handler.policy.admins
            actor = c.Actor(me.id, admin or everywhere, event.anonymous)
            self._act(work, platform, chat, actor, event, bot_names, enclosed)

    def _check_out(self, work: Work, platform: str, chat: Chat, event: CheckingOut) -> None:
        """Who pays need not have spoken to the bot: nothing is learned of them."""
        assert event.sender is not None
        command = c.CheckOut(
            by=c.Actor(work.member_of(platform, event.sender).id),
            reply=Reply(chat.id, press=event.press, private=True),
            intent=IntentId(event.payload),
            amount=event.amount,
            currency=event.currency,
        )
        self._handler.apply(work, command)

    def _paid(self, work: Work, platform: str, event: InvoicePaid) -> None:
        """The attempt knows its channel; money for none that we know is listed under the platform's name."""
        found = work.intent(IntentId(event.payload))
        charge = c.RecordCharge(
            channel=found[0].channel if found else platform,
            reference=event.reference,
            provider=event.provider,
            intent=IntentId(event.payload),
            amount=event.amount,
            currency=event.currency,
            at=event.at or self._handler.clock.now(),
        )
        for kept in self._handler.apply(work, charge).decision.strays:
            log.error("invoice.stray", platform=platform, reference=kept.reference, reason=kept.why.value)

    def _learn(self, work: Work, platform: str, chat: Chat, event: Inbound) -> None:
        sender = event.sender
        people: dict[str, Person] = {p.id: p for p in event.seen}
        if sender is not None and not sender.bot and not event.anonymous:
            people.setdefault(sender.id, sender)
        if isinstance(event, Left):
            people.pop(event.who.id, None)
        if not chat.private:
            work.see(chat.id, tuple(people.values()), platform, self._handler.clock.now())
        elif sender is not None:
            work.reached(work.member_of(platform, sender).id, can=True)

    def _act(
        self,
        work: Work,
        platform: str,
        chat: Chat,
        actor: c.Actor,
        event: Inbound,
        bot_names: frozenset[str],
        enclosed: Enclosed | None,
    ) -> None:
        if isinstance(event, Pressed):
            reply = Reply(chat.id, press=event.press, private=chat.private)
            command = pressed(chat, actor, reply, event.data, self._handler.clock.now())
            if command is None:
                stale = c.AskHelp(by=actor, reply=reply, topic="press_expired")
                self._handler.say(work, answer(stale, stale.topic, {}))
            else:
                self._handler.apply(work, command)
            return
        if isinstance(event, MoneySeen):
            reply = Reply(chat.id, message=event.message, private=chat.private)
            self._handler.apply(work, c.SawTransfer(by=actor, reply=reply, which=c.Which(chat.id)))
        elif isinstance(event, Said | Edited):
            self._said(work, platform, chat, actor, event, bot_names, enclosed)

    def _said(
        self,
        work: Work,
        platform: str,
        chat: Chat,
        actor: c.Actor,
        event: Said | Edited,
        bot_names: frozenset[str],
        enclosed: Enclosed | None,
    ) -> None:
        """What was said is done, or the answer says why not. Talk that is not for us is no flood, and in private
        is told now and then what can be typed; an edit does nothing, and is told so where it looks like a command."""
        now = self._handler.clock.now()
        reply = Reply(chat.id, message=event.message, private=chat.private)
        mentions = event.mentions if isinstance(event, Said) else ()
        context = ParseContext(
            by=actor,
            reply=reply,
            chat=chat,
            now=now,
            most_minor=self._handler.policy.most_minor,
            bot_names=bot_names,
            who=Names(work, platform, chat, mentions),
            picture=f"{platform}:{event.picture}" if isinstance(event, Said) and event.picture else "",
            enclosed=enclosed,
        )
        understood: c.Command | Refusal | None = self._number(work, platform, chat, actor, event, reply)
        try:
            understood = understood or parse(event.text, context)
        except Refusal as refusal:
            understood = refusal
        speaker = f"{platform}:{chat.id}:{actor.member}"
        if understood is None:
            if chat.private and isinstance(event, Said) and self._gate.hints(speaker, event.at or now):
                lost = c.AskHelp(by=actor, reply=reply, topic="not_understood")
                self._handler.say(work, answer(lost, lost.topic, {}))
            return
        if not self._gate.admits(speaker, event.text, event.at or now):
            return
        hint = c.AskHelp(by=actor, reply=reply, topic="edits_do_not_count")
        if isinstance(event, Edited):
            if isinstance(understood, c.Command) and not isinstance(understood, c.AskHelp):
                self._handler.say(work, answer(hint, hint.topic, {}))
        elif isinstance(understood, c.Command):
            self._handler.apply(work, understood)
        elif isinstance(understood, WhichMember):
            self._ask_which(work, hint, understood)
        else:
            self._handler.say(work, refused(hint, understood))

    def _number(
        self, work: Work, platform: str, chat: Chat, actor: c.Actor, event: Said | Edited, reply: Reply
    ) -> c.Command | None:
        """A number alone means what was offered under it last (platforms without buttons)."""
        number = unicodedata.normalize("NFKC", event.text.strip())
        if not (len(number) <= 2 and number.isascii() and number.isdigit()):
            return None
        data = work.choice(platform, event.place.id, int(number), self._handler.clock.now())
        return None if data is None else pressed(chat, actor, reply, data, self._handler.clock.now())

    def _ask_which(self, work: Work, said: c.ChatCommand, unclear: WhichMember) -> None:
        """Several members have that name: one button each, which does what was said with that one."""
        until = self._handler.clock.now() + self._handler.policy.proposal_window
        proposals = tuple(
            Proposal(self._handler.fresh(), said.by.member, replace(command, reply=said.reply), until)
            for _, command in unclear.options
            if isinstance(command, c.ChatCommand)
        )
        rows = tuple(
            (Button("member", press.encode("yes", proposal.id), who=member.id),)
            for proposal, (member, _) in zip(proposals, unclear.options, strict=True)
        )
        asked = answer(said, unclear.key, unclear.params, buttons=rows)
        work.save([Decision(proposals=proposals, notices=(asked,))], now=self._handler.clock.now())
