"""The config: what it means, and that everything wrong in it is named with its key, its line and what was expected."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.config import Config, ConfigError, read
from bot.domain.money import Money
from bot.domain.policy import GENTLE, GENTLE_HOURS, Policy, Quiet, Rung

EARLIER = "expected 21:00 or earlier in the evening: it may only be tightened"
ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine has set is none of ours."""
    import os

    for name in [name for name in os.environ if name.startswith("QUNSHOU_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def written(file: Path, text: str) -> Config:
    file.write_text(text, "utf-8")
    return read(file)


def wrong(file: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        written(file, text)
    return caught.value


def test_the_least_config_is_one_chat_and_gives_the_products_own_policy(file: Path) -> None:
    config = written(file, "[room]\n")
    assert config.policy() == Policy(channels=("manual",))
    assert config.database.url == "sqlite:///qunshou.db"


def test_every_setting_of_a_decision_reaches_the_policy(file: Path) -> None:
    policy = written(
        file,
        """
[room]
[bot]
admins = ["telegram:1"]
organiser_pays = true
[reminders]
every = "12h"
for = "2d"
mentions_per_message = 2
messages_per_slot = 1
[[escalation]]
after = "5m"
via = "service_notice"
[quiet]
from = "23:00"
to = "7:30"
personal_from = "20:00"
personal_to = "9:00"
[privacy]
names = "group"
[limits]
largest = 500_000
second_person = "1000 CNY, 99.50 EUR"
[router]
switches = 1
by_itself = 4
[channels.sandbox]
[channels.manual]
""",
    ).policy()
    assert policy == Policy(
        every=timedelta(hours=12),
        lasting=timedelta(days=2),
        ladder=(Rung(timedelta(minutes=5), "service_notice"),),
        quiet_chat=Quiet(time(23), time(7, 30)),
        quiet_personal=Quiet(time(20), time(9)),
        mentions_per_message=2,
        messages_per_slot=1,
        names_in_group=True,
        organiser_pays=True,
        admins=frozenset({"telegram:1"}),
        most_minor=500_000,
        second_person=(Money(100_000, "CNY"), Money(9_950, "EUR")),
        channels=("sandbox", "manual"),
        most_switches=1,
        most_by_itself=4,
    )


def test_the_router_is_slow_and_patient_as_configured(file: Path) -> None:
    router = written(file, '[room]\n[router]\nslow = "350ms"\nfailures = 3\nrest = "2m"\n').router
    assert (router.slow, router.failures, router.rest) == (timedelta(milliseconds=350), 3, timedelta(minutes=2))


ALIPAY = '[channels.alipay]\napp_id = "2021000000000001"\nseller_id = "2088000000000001"\nprivate_key = "app.pem"'


@pytest.mark.parametrize(
    ("text", "key", "line", "expected"),
    [
        ('[room]\n[bot]\nlocle = "en"', "bot.locle", 3, "is no key that is known here"),
        ("[room]\n[channels.piggybank]", "channels.piggybank", 2, "is no key that is known here"),
        ("[room]\n# about it\nx = 1", "room.x", 3, "is no key that is known here"),
        ("[telegram]", "telegram.token", 1, "is missing"),
        ('[room]\n[bot]\nlocale = "fr"', "bot.locale", 3, "expected 'en' or 'zh_CN'"),
        ('[room]\n[bot]\ntimezone = "Mars"', "bot.timezone", 3, 'expected a time zone such as "Asia/Shanghai"'),
        ('[room]\n[bot]\ncurrency = "XAU"', "bot.currency", 3, 'expected an ISO 4217 code such as "CNY"'),
        ('[room]\n[reminders]\nevery = "6"', "reminders.every", 3, 'expected a duration such as "6h", "3m" or "2d"'),
        ("[room]\n[reminders]\nevery = 6", "reminders.every", 3, 'expected a duration such as "6h", "3m" or "2d"'),
        ('[room]\n[reminders]\nevery = "0h"', "reminders.every", 3, 'expected a duration such as "6h", "3m" or "2d"'),
        ('[room]\n[reminders]\nevery = "99999999999d"', "reminders.every", 3, 'expected a duration such as "6h"'),
        ('[room]\n[reminders]\nevery = "9h"\nfor = "6h"', "reminders.for", 4, "expected at least as long as"),
        ('[room]\n[quiet]\nfrom = "25:00"', "quiet.from", 3, 'expected a time of day such as "21:00"'),
        ('[room]\n[quiet]\npersonal_from = "22:00"', "quiet.personal_from", 3, EARLIER),
        (
            '[room]\n[quiet]\npersonal_to = "07:00"',
            "quiet.personal_to",
            3,
            "expected 08:00 or later: it may only be tightened",
        ),
        ('[room]\n[quiet]\npreset = "rude"', "quiet.preset", 3, "expected 'usual' or 'gentle'"),
        ('[room]\n[quiet]\nfrom = "22:00"', "quiet.from", 3, "expected both quiet.from and quiet.to, or neither"),
        ('[room]\n[web]\nport = "x"', "web.port", 3, "expected a valid integer"),
        ("[room]\n[web]\nport = 99999", "web.port", 3, "expected less than or equal to 65535"),
        ('[room]\n[web]\npublic_url = "pay.example.org"', "web.public_url", 3, "expected an address such as"),
        ('[room]\n[database]\nurl = "mysql://x"', "database.url", 3, 'such as "sqlite:///qunshou.db"'),
        ("room = 1", "room", 1, "expected a table"),
        ("[room]\n[channels]", "channels", 2, "expected at least one way to pay"),
        ('[telegram]\ntoken = "t"\nwebhook_url = "https://a.b"', "telegram.webhook_url", 3, "webhook_secret"),
        ('[room]\n[notifiers.sms]\nprovider = "twilio"', "notifiers.sms.provider", 3, "expected account, token and"),
        ('[room]\n[channels.alipay]\napp_id = "x"', "channels.alipay.app_id", 3, "expected 16 digits"),
        (f"[room]\n{ALIPAY}", "channels.alipay", 2, "expected alipay_public_key, or all of app_cert"),
        (f'[room]\n{ALIPAY}\napp_cert = "a"', "channels.alipay", 2, "expected alipay_public_key, or all of app_cert"),
        ("", "telegram", None, "expected at least one chat"),
    ],
)
def test_what_is_wrong_is_named(file: Path, text: str, key: str, line: int | None, expected: str) -> None:
    error = wrong(file, text)
    assert (error.key, error.line) == (key, line)
    assert expected in error.expected
    assert str(error).startswith(f"{file}:{line}: {key}: " if line else f"{file}: {key}: ")


LADDER = '[room]\n[[escalation]]\nafter = "3m"\nvia = "sms"\n\n[[escalation]]\nafter = "{}"\nvia = "{}"\n'


@pytest.mark.parametrize("sums", ["1000", "CNY 1000", "1000 CNY, 5 CNY", "10.5 JPY", "1.234 EUR", "5 XXX", "-1 CNY"])
def test_a_sum_of_the_two_person_rule_is_an_amount_of_a_currency(file: Path, sums: str) -> None:
    assert wrong(file, f'[room]\n[limits]\nsecond_person = "{sums}"\n').key == "limits.second_person"


def test_in_a_ladder_the_rung_is_named_with_its_line(file: Path) -> None:
    fax, earlier, same = (
        wrong(file, LADDER.format(*rung)) for rung in (("15m", "fax"), ("1m", "call"), ("3m", "call"))
    )
    assert (fax.key, fax.line) == ("escalation.1.via", 8)
    assert (earlier.key, earlier.line) == ("escalation.1.after", 7)
    assert same.expected == "expected steps that come later and later"


def test_a_file_that_cannot_be_read_is_named(file: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(file)
    assert "is no TOML" in str(wrong(file, "[room"))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="no text in UTF-8"):
        read(file)


def test_the_environment_wins_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUNSHOU_TELEGRAM__TOKEN", "from the environment")
    monkeypatch.setenv("QUNSHOU_WEB__PORT", "9090")
    config = written(file, '[telegram]\ntoken = "from the file"\n[web]\nport = 8081\n')
    assert config.telegram is not None
    assert config.telegram.token.get_secret_value() == "from the environment"
    assert config.web.port == 9090


def test_a_wrong_environment_is_named_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUNSHOU_BOT__ADMINS", "telegram:1")
    assert str(wrong(file, "[room]")).startswith("environment: ")


def test_secrets_do_not_show_when_a_config_is_printed(file: Path) -> None:
    config = written(file, '[telegram]\ntoken = "s3cret"\n[web]\nsecret = "s3cret"\n')
    assert "s3cret" not in repr(config)
    assert "s3cret" not in str(config)


def test_a_config_does_not_change_any_more(file: Path) -> None:
    config = written(file, "[room]")
    with pytest.raises(ValueError, match="frozen"):
        config.web.port = 1


def test_the_example_is_a_config_and_says_the_defaults() -> None:
    example = read(ROOT / "config.example.toml")
    assert example.policy() == Policy()
    assert example.room is not None
    assert example.telegram is None


def test_every_line_that_the_example_leaves_out_would_be_accepted(file: Path) -> None:
    text = (ROOT / "config.example.toml").read_text("utf-8")
    config = written(
        file,
        "\n".join(
            line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in text.splitlines()
        ),
    )
    assert config.telegram is not None
    assert config.wechat is not None
    assert config.quiet.start == time(23)
    assert config.bot.admins == {"telegram:123456"}


@pytest.mark.parametrize("endpoint", ["", "gateway", "http://gateway:80", "gateway:port", "a b:1"])
def test_a_gateway_is_a_host_and_a_port(file: Path, endpoint: str) -> None:
    error = wrong(file, f'[wechat]\ntoken = "x"\nendpoint = "{endpoint}"\n')
    assert "wechat.endpoint" in str(error)


def test_gently_the_ceilings_hold_whatever_else_is_configured(file: Path) -> None:
    policy = written(file, '[room]\n[quiet]\npreset = "gentle"\n[reminders]\nevery = "1h"').policy()
    assert (policy.ceilings, policy.gentle_hours, policy.most_contacts) == (GENTLE, GENTLE_HOURS, 3)
