"""What wechaty's packages, last released in 2023, need to be imported today. Called before they are.

Each repair is tied to what broke: pyee 12 moved a class, Python 3.13 lost telnetlib; their loggers print the token and
write files.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from types import ModuleType
from typing import Any

_LOUD = ("Puppet", "PuppetService", "WechatyPuppet", "WechatyPuppetServiceConfig", "Wechaty", "FileBox")


def prepare() -> None:
    """Make ``wechaty_puppet_service`` importable, without a folder ``.wechaty`` in the working directory."""
    os.environ.setdefault("CACHE_DIR", tempfile.mkdtemp(prefix="qunshou-wechaty-"))
    os.environ["WECHATY_LOG"] = "error"
    import pyee
    import pyee.asyncio

    if not hasattr(pyee, "AsyncIOEventEmitter"):
        vars(pyee)["AsyncIOEventEmitter"] = pyee.asyncio.AsyncIOEventEmitter
    telnetlib: Any = ModuleType("telnetlib")  # gone in 3.13, a warning before
    telnetlib.Telnet = None  # only the check before connecting uses it, which we do not call
    sys.modules.setdefault("telnetlib", telnetlib)


def hush() -> None:
    """Their loggers say nothing: warnings print the token. What matters is logged by us."""
    for name in (*_LOUD, *(n for n in logging.root.manager.loggerDict if n.startswith(("wechaty", "Wechaty")))):
        logging.getLogger(name).disabled = True
