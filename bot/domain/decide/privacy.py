"""What is kept about somebody: shown to them, and let go of."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import press
from bot.domain.command import AskMyData, Forget
from bot.domain.decide.draft import answer
from bot.domain.decision import Context, Decision, Proposal, State
from bot.domain.notice import Button


def my_data(state: State, command: AskMyData, ctx: Context) -> Decision:
    """A file with everything, in private: made when it is sent, so that it is what is kept then."""
    notice = answer(command, "mydata", {}, private=True)
    return Decision(notices=(replace(notice, file="mydata"),))


def forget(state: State, command: Forget, ctx: Context) -> Decision:
    """After a yes, in private: what the books do not need is erased, and the past counts for no plan any more."""
    if not command.reply.private:
        return Decision(notices=(answer(command, "forget_in_private", {}),))
    if command.confirmed:
        return Decision(forgotten=(command.by.member,), notices=(answer(command, "forgotten", {}),))
    proposal = Proposal(
        ctx.fresh[0], command.by.member, replace(command, confirmed=True), ctx.now + ctx.policy.proposal_window
    )
    yes_no = tuple(Button(word, press.encode(word, proposal.id)) for word in ("yes", "no"))
    asked = replace(command, reply=replace(command.reply, press=""))
    return Decision(proposals=(proposal,), notices=(answer(asked, "propose_forget", {}, buttons=(yes_no,)),))
