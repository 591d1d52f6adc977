"""``decide(state, command, context) -> Decision``: every rule of the product, pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.domain import command as c
from bot.domain.decide import (
    accepting,
    accounts,
    agreeing,
    asking,
    attempting,
    changing,
    clockwork,
    covering,
    crediting,
    doors,
    elsewhere,
    ending,
    handing,
    here,
    holds,
    joining,
    leaving,
    listing,
    matching,
    netting,
    odd,
    opening,
    paying,
    planning,
    privacy,
    receipts,
    returning,
    signup,
    statements,
    strays,
    unclear,
    undoing,
)
from bot.domain.decide.draft import answer
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import PostAsYourself

_RULES: dict[type[c.Command], Callable[[State, Any, Context], Decision]] = {
    c.Collect: opening.collect,
    c.AskPlans: planning.ask_plans,
    c.TapPlan: planning.tap_plan,
    c.ChoosePlan: planning.choose,
    c.OpenVote: planning.open_vote,
    c.Had: planning.had,
    c.TapItem: planning.tap_item,
    c.Undo: undoing.undo,
    c.Join: joining.join,
    c.Leave: signup.leave,
    c.Lapse: signup.lapse,
    c.Declare: joining.declare,
    c.Waive: changing.waive,
    c.Adjust: changing.adjust,
    c.Add: changing.add,
    c.Drop: changing.drop,
    c.Resplit: changing.resplit,
    c.HoldPayee: accounts.hold,
    c.AgreePayee: accounts.vouch,
    c.SwitchPayee: accounts.switch,
    c.Handover: handing.hand_over,
    c.NameHelper: handing.name_helper,
    c.KeepAsking: leaving.keep_asking,
    c.Close: ending.close,
    c.Cancel: ending.cancel,
    c.MemberLeft: leaving.member_left,
    c.ChatLost: ending.chat_lost,
    c.Outage: ending.outage,
    c.PayHere: here.pay_here,
    c.AskToPay: paying.ask_to_pay,
    c.AskShare: paying.ask_share,
    c.NotNeeded: covering.not_needed,
    c.OpenDue: paying.open_due,
    c.CheckOut: here.check_out,
    c.StartPayment: attempting.start_payment,
    c.ChannelAnswered: attempting.channel_answered,
    c.AskChannel: attempting.ask_channel,
    c.LetThrough: holds.let_through,
    c.HoldBack: holds.hold_back,
    c.Came: unclear.came,
    c.NeverCame: unclear.never_came,
    c.RecordCharge: paying.record_charge,
    c.FeeTold: statements.fee_told,
    c.StatementRead: statements.read,
    c.StatementFailed: statements.failed,
    c.Claim: paying.claim,
    c.Arrived: matching.arrived,
    c.Net: netting.net,
    c.SetOff: netting.set_off,
    c.Confirm: paying.confirm,
    c.ConfirmAll: paying.confirm_all,
    c.Reject: paying.reject,
    c.GiveBack: returning.give_back,
    c.GaveBack: returning.gave_back,
    c.RefundAnswered: returning.refund_answered,
    c.RecordReturn: elsewhere.returned,
    c.AskRefund: returning.ask_refund,
    c.AskMoney: listing.ask_money,
    c.Accept: accepting.accept,
    c.MakeCredit: accepting.make_credit,
    c.LeaveMoney: odd.leave,
    c.KeepCredit: odd.keep_credit,
    c.WantBack: odd.want_back,
    c.CountStray: strays.count_it,
    c.ReturnStray: strays.give_back,
    c.SettleStray: strays.settle,
    c.UseCredit: crediting.use_credit,
    c.AskReceipt: receipts.ask_receipt,
    c.Rest: doors.rest,
    c.AskTime: doors.ask_time,
    c.Dispute: doors.dispute,
    c.Keep: doors.keep,
    c.LetGo: doors.let_go,
    c.Reached: doors.reached,
    c.AskStatus: asking.status,
    c.AskDetails: asking.details,
    c.AskManage: asking.manage,
    c.AskBoard: asking.board,
    c.AskPreview: asking.preview,
    c.AskWhy: asking.why,
    c.AskHistory: asking.history,
    c.SawTransfer: asking.saw_transfer,
    c.AskHelp: asking.help_text,
    c.Resync: asking.resync,
    c.AskMyData: privacy.my_data,
    c.Forget: privacy.forget,
    c.SetReminders: asking.set_reminders,
    c.SetConsent: asking.set_consent,
    c.SetLanguage: asking.set_language,
    c.SetPayee: accounts.set_payee,
    c.Tick: clockwork.tick,
}


def decide(state: State, command: c.Command, context: Context) -> Decision:
    """What ``command`` changes and what is to be said. Raises a ``Refusal`` when the answer is no."""
    if isinstance(command, c.ChatCommand) and command.by.anonymous and not isinstance(command, c.AskHelp):
        raise PostAsYourself()
    if isinstance(command, c.OnCollection) and command.second is not None:
        ended = agreeing.seconded(state, command, context)
        if ended is not None:
            return ended
    rule = _RULES[type(command)]
    if isinstance(command, c.Join) and state.planning is not None:
        rule = planning.join
    decision = rule(state, command, context)
    if isinstance(command, c.ChatCommand) and command.reply.press and not any(n.press for n in decision.notices):
        done = answer(command, "done", {})  # a press without an answer keeps turning on the presser's screen
        return replace(decision, notices=(*decision.notices, done))
    return decision
