"""`/winback`: its subcommands, each with its own permission; anything else gets the usage."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.background import log_failure
from bot.slack.feature_parser import parse_feature
from bot.slack.permissions import WINBACK, subcommand_in
from bot.slack.portal_link_parser import InvalidRequest, UsageRequest, parse
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.request import acknowledge, requester
from bot.views import texts
from bot.views.blocks import Message, message
from bot.views.winback import command_texts
from bot.views.winback import customer_profile as profile_view
from bot.views.winback import feature_launch as launch_view
from bot.views.winback import reports as reports_view
from bot.views.winback import rules as rules_view
from bot.views.winback.decision_replies import decision_message
from bot.views.winback.digest import digest_message
from bot.views.winback.proposal import reminder_message
from domain.results.digest import Digest
from flows.people.staff_permissions import PermissionDenied
from flows.ports import Clock, Staff
from flows.winback.policy.sending_pause import PauseControl
from flows.winback.policy.standing_approvals import RuleApprovals
from flows.winback.proposals.decide import ProposalDecisions
from flows.winback.proposals.feature_launch import FeatureLaunch
from flows.winback.results.answers import LossReport, Stats
from flows.winback.results.customer_profile import CustomerProfiles
from flows.winback.results.digest import Digests
from flows.winback.results.report import ResultsReport

SubcommandAnswer = Callable[[Staff, str, datetime], Awaitable[Message]]
"""Answers a subcommand, given the requester, the rest of the text, and the time."""

ASKS_STRIPE = frozenset({"customer", "rules"})
"""The others read only the database: when they take long, Stripe has no part in it."""


def register(app: AsyncApp, *, subcommands: "Subcommands", deadline: ReplyDeadline, clock: Clock) -> None:
    """Answer each subcommand, to the requester only."""
    for word in command_texts.SUBCOMMANDS:
        waiting_text = texts.STILL_LOOKING if word in ASKS_STRIPE else texts.STILL_WORKING
        work = _work(getattr(subcommands, word), deadline, clock, waiting_text)
        app.command(WINBACK, matchers=[_said(word)])(ack=acknowledge, lazy=[work])


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcommands:
    """The answer of each subcommand, under its word; `rest` is the text behind it."""

    approvals: ProposalDecisions
    report: ResultsReport
    digests: Digests
    profiles: CustomerProfiles
    feature_launch: FeatureLaunch
    rule_approvals: RuleApprovals
    pause_control: PauseControl

    async def pending(self, by: Staff, rest: str, now: datetime) -> Message:
        """Answer `/winback pending`."""
        page = int(rest[:9]) if rest.isdecimal() else 1
        waiting = await self.approvals.pending(requester=by, now=now, page=page)
        if isinstance(waiting, PermissionDenied):
            return message(texts.denied_text(waiting))
        return reminder_message(waiting) if waiting.listed else message(command_texts.NOTHING_PENDING)

    async def stats(self, by: Staff, rest: str, now: datetime) -> Message:
        """Answer `/winback stats`."""
        asked = command_texts.period_in(rest, zone=self.report.zone, now=now)
        if isinstance(asked, str):
            return message(asked)
        found = log_failure(await self.report.stats(requester=by, period=asked[0], now=now))
        return reports_view.stats_message(found, span=asked[1]) if isinstance(found, Stats) else decision_message(found)

    async def leak(self, by: Staff, rest: str, now: datetime) -> Message:
        """Answer `/winback leak`."""
        asked = command_texts.period_in(rest, zone=self.report.zone, now=now)
        if isinstance(asked, str):
            return message(asked)
        found = log_failure(await self.report.losses(requester=by, period=asked[0], now=now))
        return (
            reports_view.loss_message(found, span=asked[1])
            if isinstance(found, LossReport)
            else decision_message(found)
        )

    async def digest(self, by: Staff, rest: str, now: datetime) -> Message:
        """Answer `/winback digest`."""
        found = log_failure(await self.digests.show(requester=by, now=now))
        return (
            digest_message(found, zone=self.digests.zone, style=None)
            if isinstance(found, Digest)
            else decision_message(found)
        )

    async def customer(self, by: Staff, rest: str, now: datetime) -> Message:
        """Answer `/winback customer`."""
        request = parse(rest)
        if isinstance(request, UsageRequest):
            return message(command_texts.NO_CUSTOMER)
        if isinstance(request, InvalidRequest):
            return message(request.sentence)
        found = log_failure(await self.profiles.customer(requester=by, who=request.who, now=now))
        return profile_view.profiles_message(found, who=request.who)

    async def shipped(self, by: Staff, rest: str, now: datetime) -> Message:
        """Answer `/winback shipped`."""
        if not rest:
            remembered = log_failure(await self.feature_launch.remembered(requester=by, now=now))
            return launch_view.remembered_message(remembered)
        feature = parse_feature(rest)
        if isinstance(feature, str):
            return message(feature)
        return launch_view.feature_requests_message(
            log_failure(await self.feature_launch.requests(requester=by, feature=feature, now=now))
        )

    async def rules(self, by: Staff, rest: str, now: datetime) -> Message:
        """Answer `/winback rules`."""
        found = log_failure(await self.rule_approvals.rules(requester=by, now=now))
        return rules_view.rules_message(found) if isinstance(found, tuple) else decision_message(found)

    async def pause(self, by: Staff, rest: str, now: datetime) -> Message:
        """Ask once before `/winback pause` pauses anything."""
        return command_texts.pause_message(log_failure(await self.pause_control.ask(requester=by, now=now)))

    async def resume(self, by: Staff, rest: str, now: datetime) -> Message:
        """Answer `/winback resume`."""
        return message(command_texts.resumed_text(log_failure(await self.pause_control.resume(requester=by, now=now))))

    async def help(self, by: Staff, rest: str, now: datetime) -> Message:
        """Answer `/winback help`, and with it any word that is no subcommand."""
        unknown = rest and f"{command_texts.unknown_text(rest)}\n"
        return message(f"{unknown}{command_texts.USAGE}")


def _work(
    answering: SubcommandAnswer, deadline: ReplyDeadline, clock: Clock, waiting_text: str
) -> Callable[..., Awaitable[None]]:
    async def work(command: dict[str, Any], respond: Respond) -> None:
        word, _, rest = str(command["text"]).strip().partition(" ")
        rest = rest.strip()
        if subcommand_in(word) == "help":  # which answers an unknown word, too
            rest = word * (word.lower() != "help")
        await deadline.answer(
            respond,
            answering(requester(command), rest, clock()),
            timeout_text=command_texts.COMMAND_TIMED_OUT,
            waiting_text=waiting_text,
        )

    return work


def _said(word: str) -> Callable[..., Awaitable[bool]]:
    """Return a matcher for a subcommand."""

    async def matches(command: dict[str, Any]) -> bool:
        return subcommand_in(command["text"]) == word

    return matches
