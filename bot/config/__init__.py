"""``config.toml`` → a frozen ``Config``. Unknown keys fail by name; secrets come from the environment too.

Any key can be set from the environment: ``QUNSHOU_TELEGRAM__TOKEN``. The environment wins over the file.
"""

from __future__ import annotations

import re
import tomllib
from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from bot.config.channels import Channels, Manual
from bot.config.values import Address, Clock, Section, Span, Sums, a_currency, a_zone
from bot.domain.policy import GENTLE, GENTLE_HOURS, Ceilings, Policy, Quiet, Rung
from bot.i18n import LOCALES


class ConfigError(Exception):
    """A key that cannot be used: where it stands, and what was expected instead."""

    def __init__(self, file: str, key: str, line: int | None, expected: str) -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {key}: {expected}" if key else f"{place}: {expected}")
        self.key, self.line, self.expected = key, line, expected


class Bot(Section):
    """What new chats start with, and who is an admin everywhere (``"telegram:123"``)."""

    locale: Literal["en", "zh_CN"] = "en"
    timezone: Annotated[str, AfterValidator(a_zone)] = "Asia/Shanghai"
    currency: Annotated[str, AfterValidator(a_currency)] = "CNY"
    admins: frozenset[str] = frozenset()
    organiser_pays: bool = False


class Database(Section):
    url: Annotated[str, Field(pattern=r"^(sqlite:///.+|postgresql\+psycopg://.+)$")] = "sqlite:///qunshou.db"


class Web(Section):
    """``secret`` signs the links; left out, one is made and kept beside the data."""

    public_url: Address = "http://127.0.0.1:8080"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    secret: SecretStr | None = None
    old_secrets: tuple[SecretStr, ...] = ()


class Telegram(Section):
    token: SecretStr
    base_url: Address = "https://api.telegram.org"
    webhook_url: Address | None = None
    webhook_secret: SecretStr | None = None


class MiniProgram(Section):
    """A mini-program of yours that opens a page: ``{url}`` in ``path`` becomes its address."""

    appid: str
    username: str
    path: Annotated[str, Field(pattern=r"\{url\}")]
    thumbnail: str = ""


class WeChat(Section):
    """A puppet service (a gateway that speaks wechaty's protocol)."""

    endpoint: Annotated[str, Field(pattern=r"^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$")]
    token: SecretStr
    tls: bool = False
    ca: Path | None = None
    picture: bool = False
    link_cards: bool = False
    mini_program: MiniProgram | None = None


class Room(Section):
    """The browser group chat beside the others. For trying things out: whoever reaches it acts as anybody there."""


class Reminders(Section):
    every: Span = timedelta(hours=6)
    lasting: Span = Field(default=timedelta(hours=72), alias="for")
    mentions_per_message: Annotated[int, Field(ge=1, le=5)] = 4
    messages_per_slot: Annotated[int, Field(ge=1, le=5)] = 3
    gathering: Span = timedelta(days=7)


class Escalation(Section):
    after: Span
    via: Literal["sms", "service_notice", "call"]


class QuietHours(Section):
    """``from``/``to`` for reminders in chats (none by default); ``personal_…`` for SMS and calls, never less than 21:00
    to 08:00. ``preset = "gentle"``: the ceilings of ``policy.GENTLE`` and no contact from 20:30 to 09:00."""

    preset: Literal["usual", "gentle"] = "usual"
    start: Clock | None = Field(default=None, alias="from")
    end: Clock | None = Field(default=None, alias="to")
    personal_from: Clock = time(21)
    personal_to: Clock = time(8)


class Privacy(Section):
    """``keep_…``: how long what the books do not need is kept (``service.retention``)."""

    names: Literal["organiser", "group"] = "organiser"
    keep_phones: Span = timedelta(days=30)
    keep_proofs: Span = timedelta(days=90)
    keep_addresses: Span = timedelta(days=1)
    keep_messages: Span = timedelta(days=30)


class Limits(Section):
    """``largest`` in minor units (cents): more than this is no collection but a slip. To let go of more than
    ``second_person``, somebody else in charge has to agree. ``payee_cooldown``: how long another account waits in what
    is being collected. A payment above ``hold_above``, or one that takes the last hour's payments of a member or of
    everybody above theirs, waits ``hold_for`` for the organiser's tap."""

    largest: Annotated[int, Field(ge=1, le=10**15)] = 1_000_000_000
    second_person: Sums = ()
    payee_cooldown: Span = timedelta(hours=12)
    single_payment: Sums = ()
    hold_above: Sums = ()
    hold_member_hour: Sums = ()
    hold_hour: Sums = ()
    hold_for: Span = timedelta(hours=24)


class Router(Section):
    """Which way to pay. ``slow``: avoided when the last calls took longer; ``failures`` in a row open the breaker, and
    after ``rest`` one call tries whether it works again; ``switches``: other ways tried for one payment;
    ``by_itself``: attempts on one due within an hour that the bot begins, all in all."""

    slow: Span = timedelta(milliseconds=200)
    failures: Annotated[int, Field(ge=1, le=100)] = 5
    rest: Span = timedelta(seconds=30)
    switches: Annotated[int, Field(ge=0, le=5)] = 2
    by_itself: Annotated[int, Field(ge=0, le=50)] = 6


class Sms(Section):
    provider: Literal["log", "twilio"] = "log"
    file: Path = Path("outbox/sms.jsonl")
    account: str = ""
    token: SecretStr = SecretStr("")
    sender: str = ""
    base_url: Address = "https://api.twilio.com"


class Call(Section):
    folder: Path = Path("outbox/calls")


class Notifiers(Section):
    sms: Sms = Sms()
    call: Call = Call()


class Config(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="QUNSHOU_",
        env_nested_delimiter="__",
    )

    bot: Bot = Bot()
    database: Database = Database()
    web: Web = Web()
    telegram: Telegram | None = None
    wechat: WeChat | None = None
    room: Room | None = None
    reminders: Reminders = Reminders()
    escalation: tuple[Escalation, ...] = (
        Escalation(after="3m", via="sms"),  # type: ignore[arg-type]  # read as in the file
        Escalation(after="15m", via="service_notice"),  # type: ignore[arg-type]
        Escalation(after="24h", via="call"),  # type: ignore[arg-type]
    )
    quiet: QuietHours = QuietHours()
    privacy: Privacy = Privacy()
    limits: Limits = Limits()
    router: Router = Router()
    channels: Channels = Channels(manual=Manual())
    notifiers: Notifiers = Notifiers()
    pictures: Path = Path("pictures")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    def policy(self) -> Policy:
        """The part that decisions look at."""
        quiet = self.quiet
        return Policy(
            every=self.reminders.every,
            lasting=self.reminders.lasting,
            ladder=tuple(Rung(step.after, step.via) for step in self.escalation),
            quiet_chat=Quiet(quiet.start, quiet.end) if quiet.start is not None and quiet.end is not None else None,
            quiet_personal=Quiet(quiet.personal_from, quiet.personal_to),
            ceilings=GENTLE if quiet.preset == "gentle" else Ceilings(),
            gentle_hours=GENTLE_HOURS if quiet.preset == "gentle" else None,
            mentions_per_message=self.reminders.mentions_per_message,
            messages_per_slot=self.reminders.messages_per_slot,
            gathering=self.reminders.gathering,
            names_in_group=self.privacy.names == "group",
            organiser_pays=self.bot.organiser_pays,
            admins=self.bot.admins,
            most_minor=self.limits.largest,
            second_person=self.limits.second_person,
            payee_cooldown=self.limits.payee_cooldown,
            single_payment=self.limits.single_payment,
            hold_above=self.limits.hold_above,
            hold_member_hour=self.limits.hold_member_hour,
            hold_hour=self.limits.hold_hour,
            hold_window=self.limits.hold_for,
            channels=self.channels.configured,
            most_switches=self.router.switches,
            most_by_itself=self.router.by_itself,
        )


def read(file: Path) -> Config:
    """The config in ``file``. ``ConfigError`` names the key, its line, and what was expected."""
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(str(file), "", None, f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError(str(file), "", None, "is no text in UTF-8") from None
    try:
        return of(tomllib.loads(text), str(file), text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(file), "", None, f"is no TOML: {error}") from None


def of(values: dict[str, Any], file: str = "config", text: str = "") -> Config:
    """The config from values as they stand in a file (``text`` finds their lines)."""
    try:
        config = Config(**values)
    except ValidationError as error:
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")  # a slip of the pen explains the rest
        path = [str(part) for part in first["loc"]]
        raise ConfigError(file, ".".join(path), _line(text, path), _expected(first)) from None
    except SettingsError as error:
        raise ConfigError("environment", "", None, f"{error}: expected JSON") from None
    _together(config, file, text)
    return config


def _together(config: Config, file: str, text: str) -> None:
    """What no key can tell by itself."""

    def wrong(key: str, expected: str) -> ConfigError:
        return ConfigError(file, key, _line(text, key.split(".")), expected)

    for n, (earlier, later) in enumerate(pairwise(config.escalation), start=1):
        if later.after <= earlier.after:
            raise wrong(f"escalation.{n}.after", "expected steps that come later and later")
    if config.reminders.lasting < config.reminders.every:
        raise wrong("reminders.for", "expected at least as long as reminders.every")
    if (config.quiet.start is None) != (config.quiet.end is None):
        raise wrong("quiet.from", "expected both quiet.from and quiet.to, or neither")
    if config.quiet.personal_from > time(21) or config.quiet.personal_from <= config.quiet.personal_to:
        raise wrong("quiet.personal_from", "expected 21:00 or earlier in the evening: it may only be tightened")
    if config.quiet.personal_to < time(8):
        raise wrong("quiet.personal_to", "expected 08:00 or later: it may only be tightened")
    telegram = config.telegram
    if telegram is not None and telegram.webhook_url is not None and telegram.webhook_secret is None:
        raise wrong("telegram.webhook_url", "expected telegram.webhook_secret with it")
    sms = config.notifiers.sms
    if sms.provider == "twilio" and not (sms.account and sms.token.get_secret_value() and sms.sender):
        raise wrong("notifiers.sms.provider", "expected account, token and sender with twilio")
    if config.telegram is None and config.wechat is None and config.room is None:
        expected = "expected at least one chat: [telegram] with a token, [wechat] with an endpoint, or [room]"
        raise ConfigError(file, "telegram", None, expected)
    if not config.channels.configured:
        raise wrong("channels", "expected at least one way to pay, such as [channels.manual]")


def _expected(error: Any) -> str:
    """One plain sentence."""
    if error["type"] == "extra_forbidden":
        return "is no key that is known here"
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "model_type":
        return "expected a table"
    if error["type"] == "string_pattern_mismatch":
        return 'expected an address such as "sqlite:///qunshou.db"'
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "expected")
    return message[0].lower() + message[1:]


def _line(text: str, path: list[str]) -> int | None:
    """The line of a key, or of the nearest table around it. Array tables are counted (``escalation.1.via``)."""
    best: int | None = None
    table: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if match := re.fullmatch(r"(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?", stripped):
            table = [part.strip().strip('"') for part in match[2].split(".")]
            if match[1] == "[[":
                counts[match[2]] = counts.get(match[2], -1) + 1
                table.append(str(counts[match[2]]))
            if path[: len(table)] == table:
                best = number
        elif (match := re.match(r'"?([\w-]+)"?\s*=', stripped)) and path[: len(table) + 1] == [*table, match[1]]:
            return number
    return best


assert set(LOCALES) == {"en", "zh_CN"}  # the literals above
