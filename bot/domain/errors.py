"""Every no that the bot can say.

    Refusal
    ├── Unclear            text was not understood (commands/)
    ├── NotYours · NotAllowed · PostAsYourself · NeedsReason · NotTheSame      who may
    ├── NoCollection · WhichCollection · NotOpen · OnlyInGroup    where
    ├── NotOwing · NothingToPay · AlreadyIn · AskOrganiser · DeclareFirst   whose due
    ├── InvoiceNotYours · InvoiceStale                            whose invoice
    ├── NotYet · CannotLeave · PlacesDoNotFit · NeedsQuorum       signing up
    ├── TooLittle · TooMuch · BadAmount · SumsDoNotMeet · NothingToReturn · NothingPaid · NeedsAmount   how much
    ├── MustBeDigital                                             what for
    ├── NotSplit · DoesNotAddUp · NothingChanges                  what a new split cannot do
    ├── NoWay · WayClosed                                         which way to pay
    ├── NobodyToAsk · NotKnown · WhichMember · ListDoesNotFit · NotAFile   whom
    ├── PlanNotThere · WhichItem · NoTags · NothingToNet                         what
    ├── OutOfReach                                                whom in private
    └── TooLate · CannotUndo · Gone                               when

A refusal is a value for people: ``key`` names the template, ``params`` fill it.
Raising one commits nothing but the reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from bot.domain.model import Member
from bot.domain.notice import Value, Who

if TYPE_CHECKING:
    from bot.domain.command import Command


class TooSoon(Exception):
    """News of something that has not happened yet, as far as we know. Whoever tells it should tell it again later."""


class Refusal(Exception):
    """A no, said kindly and with what to do instead."""

    key: ClassVar[str] = "refusal"

    def __init__(self, **params: Value) -> None:
        super().__init__(self.key)
        self.params: Mapping[str, Value] = params


class Unclear(Refusal):
    """The text was not understood: ``code`` says why, ``understood`` what was, ``example`` what to type."""

    key = "refused_unclear"


class NotYours(Refusal):
    """This button or due is somebody else's (``member``)."""

    key = "refused_not_yours"


class NotAllowed(Refusal):
    """Only the organiser or an admin may do this."""

    key = "refused_not_allowed"


class PostAsYourself(Refusal):
    """Money commands need a person: not an anonymous admin, not a channel."""

    key = "refused_post_as_yourself"


class NoCollection(Refusal):
    """There is no collection here (or none with that number)."""

    key = "refused_no_collection"


class WhichCollection(Refusal):
    """Several are open (``numbers``): say which."""

    key = "refused_which_collection"


class NotOpen(Refusal):
    """The collection is closed or cancelled (``state``)."""

    key = "refused_not_open"


class NotOwing(Refusal):
    """The member (``member``) has no due in this collection."""

    key = "refused_not_owing"


class NothingToPay(Refusal):
    """The due is settled already (``state``)."""

    key = "refused_nothing_to_pay"


class TooLittle(Refusal):
    """Below the least that is asked (``minimum``)."""

    key = "refused_too_little"


class InvoiceNotYours(Refusal):
    """An invoice that was passed on: it pays somebody else's due. Whose is not said, it may be read anywhere."""

    key = "refused_invoice_not_yours"


class InvoiceStale(Refusal):
    """What is owed is no longer what the invoice says, or it was paid, or given up for another way to pay
    (``number``)."""

    key = "refused_invoice_stale"


class MustBeDigital(Refusal):
    """In this currency (``currency``) only digital goods may be sold, and nobody said that they are."""

    key = "refused_must_be_digital"


class TooMuch(Refusal):
    """Above the most that is taken (``maximum``)."""

    key = "refused_too_much"


class TooManyOthers(Refusal):
    """More than one pays for at once (``most``)."""

    key = "refused_too_many_others"


class NothingToReturn(Refusal):
    """Nothing came from the member (``member``), or all of it has gone back."""

    key = "refused_nothing_to_return"


class NothingPaid(Refusal):
    """There is no receipt: nothing came from them for this collection (``number``)."""

    key = "refused_nothing_paid"


class NoWay(Refusal):
    """No channel can take this payment."""

    key = "refused_no_way"


class WayClosed(Refusal):
    """The channel that was chosen cannot take this payment (``why``: a ``routing.Why``)."""

    key = "refused_way_closed"


class NobodyToAsk(Refusal):
    """Nobody but the bot is known in this chat yet."""

    key = "refused_nobody_to_ask"


class NotKnown(Refusal):
    """No member of that name (``name``) is known here."""

    key = "refused_not_known"


class TooLate(Refusal):
    """The time for undoing (60 s, or the first payment) is over."""

    key = "refused_too_late"


class CannotUndo(Refusal):
    """The last change (``kind``) stays. ``why``: its ``minutes`` are over (late), money has moved since (money), or
    something else was changed (changed)."""

    key = "refused_cannot_undo"


class Gone(Refusal):
    """The button or link is old: what it offered has been answered or has expired."""

    key = "refused_gone"


class NotTheSame(Refusal):
    """It needs a second person, and this is the first."""

    key = "refused_not_the_same"


class NeedsReason(Refusal):
    """An organiser who lowers their own due says why, for everybody to read."""

    key = "refused_needs_reason"


class OnlyInGroup(Refusal):
    """Collecting needs a group; this is a private conversation."""

    key = "refused_only_in_group"


class AlreadyIn(Refusal):
    """«I'm in», said by somebody who is."""

    key = "refused_already_in"


class CannotLeave(Refusal):
    """«I can't come» where nobody signed up: only the organiser takes somebody off."""

    key = "refused_cannot_leave"


class NotYet(Refusal):
    """An all-or-nothing still gathers (``heads`` of ``quorum``): nobody pays."""

    key = "refused_not_yet"


class PlacesDoNotFit(Refusal):
    """Fewer places (``cap``) than people who are needed (``quorum``)."""

    key = "refused_places_do_not_fit"


class NeedsQuorum(Refusal):
    """A total that is shared by whoever signs up: from how many on?"""

    key = "refused_needs_quorum"


class AskOrganiser(Refusal):
    """Amounts were set one by one: only the organiser can add somebody."""

    key = "refused_ask_organiser"


class SumsDoNotMeet(Refusal):
    """Fixed amounts do not come to the total that was stated (``gap``, ``short``; ``lines`` are the amounts)."""

    key = "refused_sums_do_not_meet"


class ListDoesNotFit(Refusal):
    """Rows of a list that are not somebody known and an amount: ``lines`` with number, words and reason."""

    key = "refused_list_does_not_fit"


class NotAFile(Refusal):
    """A file that was sent as a list cannot be read as one (``code``)."""

    key = "refused_not_a_file"


class BadAmount(Refusal):
    """The new due would be below zero."""

    key = "refused_bad_amount"


class OutOfReach(Refusal):
    """They (``who``) never wrote to the bot, so it cannot write to them in private."""

    key = "refused_out_of_reach"


class NeedsAmount(Refusal):
    """Amounts are set one by one here: who is added (``who``) needs one."""

    key = "refused_needs_amount"


class NotSplit(Refusal):
    """No total is split here: everybody's amount is their own."""

    key = "refused_not_split"


class DoesNotAddUp(Refusal):
    """What stands fixed (``fixed``) cannot be made up to the total (``total``) by those who are left."""

    key = "refused_does_not_add_up"


class NothingChanges(Refusal):
    """It is so already. ``pinned``: some amounts were set by hand, and stay."""

    key = "refused_nothing_changes"


class DeclareFirst(Refusal):
    """In a self-declared collection one says an amount before one pays."""

    key = "refused_declare_first"


class PlanNotThere(Refusal):
    """A plan that cannot be chosen (``why``), or no vote that settles it (``letters`` are even)."""

    key = "refused_plan_not_there"


class NoTags(Refusal):
    """Amounts do not tell who paid in this collection: it was not opened so."""

    key = "refused_no_tags"


class NothingToNet(Refusal):
    """The speaker owes nobody here who owes them as well."""

    key = "refused_nothing_to_net"


class WhichItem(Refusal):
    """No such item (``item``) on the bill (``items``), and no amount to make one."""

    key = "refused_which_item"


class WhichMember(Refusal):
    """Several members have that name (``name``, ``candidates``). ``options``: what was said, once for each of them."""

    key = "refused_which_member"

    def __init__(self, name: str, options: tuple[tuple[Member, Command], ...]) -> None:
        super().__init__(name=name, candidates=tuple(Who(member.id) for member, _ in options))
        self.options = options
