"""``/metrics``: what the operator watches, read from the store and the sender at scrape time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.domain.model import Match
from bot.ports import ChatPort, Clock
from bot.service.breaker import BreakerState
from bot.service.deliver import Tallies
from bot.service.health import Health
from bot.store import Store, Work


class Metrics(Collector):
    """Queue depths, ages of the oldest due and outbox rows, sends and failures."""

    def __init__(
        self, store: Store, clock: Clock, tallies: Tallies, chats: Mapping[str, ChatPort], channels: Health
    ) -> None:
        self._store, self._clock, self._tallies, self._chats = store, clock, tallies, chats
        self._channels = channels
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def render(self) -> bytes:
        """The exposition format. Blocks on the store: call it from a thread."""
        return generate_latest(self._registry)

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        return iter([*self._store.read(self._look).result(), *self._pulses()])

    def _pulses(self) -> list[Metric]:
        """How the payment channels do."""
        labels = ["channel", "operation"]
        seconds = GaugeMetricFamily("qunshou_channel_seconds", "Median of the last calls", labels=labels)
        answered = GaugeMetricFamily("qunshou_channel_answered_ratio", "Share of the last calls", labels=labels)
        avoided = GaugeMetricFamily("qunshou_channel_avoided", "Why payers are sent elsewhere", labels=[*labels, "why"])
        breaker = GaugeMetricFamily("qunshou_channel_breaker", "1 for its state", labels=[*labels, "state"])
        for key, reading in self._channels.readings().items():
            seconds.add_metric(key, reading.latency)
            answered.add_metric(key, reading.answered)
            avoided.add_metric([*key, "slow"], reading.slow)
            avoided.add_metric([*key, "failing"], reading.failing)
            for state in BreakerState:
                breaker.add_metric([*key, state.value], reading.breaker is state)
        return [seconds, answered, avoided, breaker]

    def _look(self, work: Work) -> list[Metric]:
        now = self._clock.now()
        inbox = GaugeMetricFamily("qunshou_inbox_rows", "Raw updates by state", labels=["state"])
        for state, depth in work.inbox_depth().items():
            inbox.add_metric([state], depth)
        outbox = GaugeMetricFamily("qunshou_outbox_rows", "Things to send by state", labels=["state"])
        for state, depth in work.outbox_depth().items():
            outbox.add_metric([state], depth)
        ages = GaugeMetricFamily("qunshou_oldest_seconds", "Age of the oldest waiting row", labels=["queue"])
        for queue, at in (("outbox", work.oldest_outbox()), ("due", work.oldest_due(now))):
            ages.add_metric([queue], max(0.0, (now - at).total_seconds()) if at else 0.0)
        dues = GaugeMetricFamily("qunshou_dues", "Dues by state", labels=["state"])
        facts = work.counters()
        for state, count in facts.dues.items():
            dues.add_metric([state], count)
        collections = GaugeMetricFamily("qunshou_collections_open", "Open collections", value=facts.open_collections)
        astray = GaugeMetricFamily("qunshou_stray_charges", "Money that could not be booked", labels=["reason"])
        for why, count in work.strays_open().items():
            astray.add_metric([why], count)
        read = GaugeMetricFamily(
            "qunshou_statement_read_timestamp_seconds", "When the last was read", labels=["channel"]
        )
        lines = GaugeMetricFamily("qunshou_statement_lines", "Of the last that was read", labels=["channel", "match"])
        for statement in work.newest_statements():
            read.add_metric([statement.channel], statement.read_at.timestamp() if statement.read_at else 0)
            for match in Match:
                lines.add_metric([statement.channel, match.value], statement.counts.get(match.value, 0))
        sent = CounterMetricFamily("qunshou_sent", "Sent since the start, by medium", labels=["medium"])
        failed = CounterMetricFamily("qunshou_failed", "Failures since the start, by medium", labels=["medium"])
        for family, tally in ((sent, self._tallies.sent), (failed, self._tallies.failed)):
            for medium, count in sorted(tally.items()):
                family.add_metric([medium], count)
        ready = GaugeMetricFamily("qunshou_chat_ready", "Whether a platform can send and receive", labels=["chat"])
        for name, port in self._chats.items():
            ready.add_metric([name], not port.ready())
        return [inbox, outbox, ages, dues, collections, astray, read, lines, sent, failed, ready]
