"""The doctor: what is wrong is found, and every finding that is bad says what to do."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.channels.manual import Manual
from bot.config import read
from bot.doctor import Finding, Level, examine
from bot.doctor.channels import examine_channels, examine_statements
from bot.domain.command import StatementFailed, StatementRead
from bot.domain.decide.statements import PAUSES
from bot.ports import Settling, Unavailable
from bot.store import Store
from tests.botapi.server import BotApi
from tests.dialogs.ways import Scripted
from tests.store.town import NOON, Town

HEALTHY = "[room]\n[channels.manual]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path


async def found(folder: Path, text: str) -> list[Finding]:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return await examine(read(file))


def bad(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if finding.level is Level.BAD]


def warned(findings: list[Finding]) -> str:
    return " / ".join(finding.what for finding in findings if finding.level is Level.WARN)


async def test_a_room_on_this_machine_is_healthy(folder: Path) -> None:
    findings = await found(folder, HEALTHY)
    assert bad(findings) == []
    assert "the books are in order" in [finding.what for finding in findings]


async def test_a_database_that_cannot_be_opened_ends_the_visit(folder: Path) -> None:
    [finding] = await found(folder, f'{HEALTHY}[database]\nurl = "sqlite:///no/such/folder.db"\n')
    assert finding.level is Level.BAD
    assert finding.remedy == "check database.url"


async def test_books_that_were_changed_by_force_are_bad(folder: Path) -> None:
    await found(folder, HEALTHY)
    connection = sqlite3.connect(folder / "qunshou.db")
    connection.execute(
        "INSERT INTO collection (id, number, chat_id, organiser, title, mode, currency, payee, payee_picture, state,"
        " opened_at, every, lasting, summarised, heads, settled, claimed, asked, paid, seq, head)"
        " VALUES ('x', 1, 1, 1, '', 'each', 'CNY', '', '', 'open', 0, 1, 1, 0, 7, 0, 0, 0, 0, 0, '')"
    )
    connection.commit()
    connection.close()
    assert any("in the books" in what for what in bad(await found(folder, HEALTHY)))


async def test_what_was_set_aside_or_not_sent_is_a_warning(folder: Path) -> None:
    await found(folder, HEALTHY)
    connection = sqlite3.connect(folder / "qunshou.db")
    connection.execute(
        "INSERT INTO inbox (source, event_id, digest, rank, state, attempts, error, body, received_at)"
        " VALUES ('telegram', '1', '', 1, 'dead', 5, 'bug', x'7b7d', 0)"
    )
    connection.commit()
    connection.close()
    assert "1 updates were set aside" in warned(await found(folder, HEALTHY))


async def test_a_telegram_bot_is_greeted_and_members_must_reach_the_pages(folder: Path) -> None:
    async with BotApi() as api:
        base = api.base_url.removesuffix("/bot")
        telegram = f'[telegram]\ntoken = "{api.token}"\nbase_url = "{base}"\n'
        findings = await found(folder, f"{telegram}[channels.manual]\n")
        assert "telegram: reachable" in [finding.what for finding in findings]
        assert bad(findings) == ["members cannot open http://127.0.0.1:8080 on their phones"]
        public = '[web]\npublic_url = "https://pay.example.org"\n'
        assert bad(await found(folder, f"{telegram}{public}[channels.manual]\n")) == []
        both = await found(folder, f"{telegram}{public}[room]\n[channels.sandbox]\n")
        assert "whoever opens it acts as anybody" in warned(both)
        assert "takes no real money" in warned(both)


async def test_a_token_that_telegram_does_not_know_is_bad(folder: Path) -> None:
    async with BotApi(token="1:right") as api:
        base = api.base_url.removesuffix("/bot")
        findings = await found(
            folder,
            f'[telegram]\ntoken = "1:wrong"\nbase_url = "{base}"\n[web]\npublic_url = "https://pay.example.org"\n'
            "[channels.manual]\n",
        )
        [wrong] = bad(findings)
        assert wrong.startswith("telegram:")
        assert "1:wrong" not in wrong


async def test_pages_without_encryption_are_a_warning(folder: Path) -> None:
    text = f'{HEALTHY}[web]\npublic_url = "http://pay.example.org"\n'
    assert "not encrypted" in warned(await found(folder, text))


async def test_what_only_shows_when_it_is_put_together_is_a_finding_too(folder: Path) -> None:
    [finding] = await found(folder, f'{HEALTHY}[web]\nsecret = "short"\n')
    assert finding.level is Level.BAD
    assert "web.secret" in finding.what


async def test_days_that_cannot_be_read_are_told_and_what_to_do_when_they_were_given_up() -> None:
    store = Store.open("sqlite://")
    town = Town(store)
    town.start(town.collect(), town.ann)
    channels = {"sandbox": Scripted("sandbox", settling=Settling(timedelta(hours=1))), "manual": Manual()}

    def findings() -> list[Finding]:
        return town.store.run(lambda work: examine_statements(work, channels, NOON))

    assert [f.what for f in findings()] == ["channel sandbox: no statement was read yet"]
    failed = StatementFailed(channel="sandbox", day=NOON.date(), cause="CREATING")
    for level in (Level.WARN, Level.BAD):
        town.do(failed)
        assert findings()[-1].level is level
        for _ in PAUSES[1:]:
            town.do(failed)
    assert findings()[-1].remedy == f"run qunshou statement sandbox {NOON.date()} when it can be had"
    town.do(StatementRead(channel="sandbox", day=NOON.date(), counts={"known": 1}))
    [agrees] = findings()
    assert agrees.what.endswith("agrees with the books")
    store.close()


async def test_each_channel_says_what_it_can_do_and_whether_it_lets_us_in(folder: Path) -> None:
    findings = await found(folder, "[room]\n[channels.sandbox]\n[channels.manual]\n")
    assert [f.what for f in findings if f.what.startswith("channel ")] == [
        "channel sandbox: any currency, on alipay mobile web wechat, can query close refund statement",
        "channel manual: by hand",
    ]


@pytest.mark.parametrize(
    ("trouble", "told"), [("the key is wrong", "the key is wrong"), (Unavailable("503"), "unavailable 503")]
)
async def test_a_channel_that_does_not_let_us_in_is_bad(trouble: str | Exception, told: str) -> None:
    channel = Scripted("alipay", currencies=frozenset({"CNY"}), fee_basis_points=55)

    async def check() -> str:
        if isinstance(trouble, Exception):
            raise trouble
        return trouble

    channel.check = check  # type: ignore[method-assign]
    [finding] = await examine_channels({"alipay": channel})
    assert finding.level is Level.BAD
    assert finding.what.endswith(f"about 0.55 % fee, can query close; {told}")
    assert finding.remedy == "check [channels.alipay]"
