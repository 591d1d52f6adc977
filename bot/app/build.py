"""Config → a product that can run: which classes, with what, on which files."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from adapters import registry
from adapters.causes import catalogue
from adapters.web.links import Links
from adapters.web.pages import Pages
from bot.app.channels import channels
from bot.app.clock import SystemClock
from bot.app.running import App, Parts
from bot.commands import menu
from bot.config import Config, ConfigError
from bot.ports import ChatPort, Clock, Notifier
from bot.render import Renderer
from bot.service.health import Limits
from bot.service.intake import Defaults
from bot.service.retention import Keep
from bot.store import Store


def templates_folder() -> Path:
    """Where the templates are: inside an installed wheel, or beside the packages in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "_templates"
    return installed if installed.is_dir() else package.parent / "templates"


@lru_cache(maxsize=1)
def renderer() -> Renderer:
    return Renderer(templates_folder())


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that a taken port is known before anything starts. ``OSError`` when it is taken.

    The protocol is named: asyncio turns off Nagle's delay (40 ms an answer) only for sockets that say TCP.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listener


def pages() -> Pages:
    return Pages(templates_folder() / "web", renderer().text)


def from_config(config: Config, *, store: Store | None = None) -> App:
    """The product that ``config`` describes. ``ConfigError`` for what only shows when it is put together."""
    clock = SystemClock()
    signing = [*(s.get_secret_value() for s in config.web.old_secrets), _secret(config)]
    try:
        links = Links(signing, config.web.public_url, clock)
    except ValueError as error:
        raise ConfigError("config", "web.secret", None, f"expected a long one: {error}") from None
    chats = _chats(config, clock)
    return App(
        Parts(
            store=store or Store.open(config.database.url),
            clock=clock,
            policy=replace(config.policy(), causes=catalogue()),
            renderer=renderer(),
            links=links,
            chats=chats,
            channels=channels(config, clock, signing[-1], pages().page),
            notifiers=_notifiers(config, clock, chats),
            templates=templates_folder(),
            defaults=Defaults(config.bot.locale, config.bot.timezone, config.bot.currency),
            pictures=config.pictures,
            keep=Keep(
                addresses=config.privacy.keep_addresses,
                phones=config.privacy.keep_phones,
                proofs=config.privacy.keep_proofs,
                messages=config.privacy.keep_messages,
            ),
            home="/room" if config.room is not None else "",
            limits=Limits(
                config.router.slow.total_seconds(), config.router.failures, config.router.rest.total_seconds()
            ),
        )
    )


def _secret(config: Config) -> str:
    """The configured secret, or one that is made once and kept in a file only we can read."""
    if config.web.secret is not None:
        return config.web.secret.get_secret_value()
    file = Path("qunshou.key")
    if config.database.url.startswith("sqlite:///"):
        file = Path(config.database.url.removeprefix("sqlite:///")).with_suffix(".key")
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as made:
            made.write(secrets.token_urlsafe(32))
    return file.read_text("ascii").strip()


def _chats(config: Config, clock: Clock) -> Mapping[str, ChatPort]:
    found: dict[str, ChatPort] = {}
    if (telegram := config.telegram) is not None:
        secret = telegram.webhook_secret.get_secret_value() if telegram.webhook_secret else ""
        found["telegram"] = registry.load(registry.CHATS["telegram"])(
            telegram.token.get_secret_value(),
            wall=clock,
            base_url=telegram.base_url,
            webhook_url=telegram.webhook_url or "",
            webhook_secret=secret,
            commands=lambda locale, private: menu(locale, private=private),
        )
    if (wechat := config.wechat) is not None:
        try:
            made = registry.load(registry.CHATS["wechat"])
        except ImportError as error:
            raise ConfigError(
                "config", "wechat", None, f"expected the extra to be installed: pip install 'qunshou[wechat]' ({error})"
            ) from None
        own = wechat.mini_program
        found["wechat"] = made(
            wechat.endpoint,
            wechat.token.get_secret_value(),
            wall=clock,
            tls=wechat.tls,
            ca=wechat.ca,
            picture=wechat.picture,
            link_cards=wechat.link_cards,
            mini_program={
                "appid": own.appid,
                "username": own.username,
                "pagePath": own.path,
                "thumbUrl": own.thumbnail,
            }
            if own
            else None,
        )
    if config.room is not None:
        title = renderer().text(config.bot.locale, "web.room_title")
        room: Any = registry.load(registry.CHATS["room"])
        found["room"] = room(clock=clock, page=pages().page, title=title, zone=config.bot.timezone)
    return found


def _notifiers(config: Config, clock: Clock, chats: Mapping[str, ChatPort]) -> Mapping[str, Notifier]:
    sms, made = config.notifiers.sms, registry.load(registry.NOTIFIERS[f"sms.{config.notifiers.sms.provider}"])
    if sms.provider == "log":
        texts = made(file=sms.file, clock=clock)
    else:
        token = sms.token.get_secret_value()
        texts = made(account=sms.account, token=token, sender=sms.sender, base_url=sms.base_url)
    return {
        "sms": texts,
        "service_notice": registry.load(registry.NOTIFIERS["service_notice"])(chats=chats),
        "call": registry.load(registry.NOTIFIERS["call"])(folder=config.notifiers.call.folder, clock=clock),
    }
