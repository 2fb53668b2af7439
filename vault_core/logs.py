"""The server's log, on standard error: sentences for people or JSON for a collector.

Names, contents and secrets are never logged; what is logged is ids, counts and reasons.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from contextvars import ContextVar
from typing import Any

from vault_core.settings.sections import Log


def _time(record: logging.LogRecord) -> str:
    moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered; "" outside of one. Answers carry it as X-Request-Id."""


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """What a line says besides its sentence: `extra={"facts": …}`, and the request's id."""
    facts = dict(getattr(record, "facts", {}))
    if request_id.get():
        facts["request"] = request_id.get()
    return facts


class _Text(logging.Formatter):
    """`2026-11-24T10:00:00.000Z warning   sentence`, then the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname.lower():<9} {record.getMessage()}"
        for name, value in _facts(record).items():
            line += f" {name}={value}"
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        return f"{line}\n{trace}" if trace else line


class _Json(logging.Formatter):
    """One object a line: timestamp, level, logger, event, and exception if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _is_news(record: logging.LogRecord) -> bool:
    """Not what watchdog calls an error: that a watch ended while something happened there."""
    return "called when the thread is inactive" not in record.getMessage()


def configure_logging(settings: Log) -> None:
    """Send every line to standard error in the chosen format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if settings.format == "json" else _Text())
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("watchdog.observers.inotify").addFilter(_is_news)
    set_level(settings.level)


def set_level(level: str) -> None:
    """Take up another level while running."""
    logging.getLogger().setLevel(level.upper())
    logging.getLogger("aiosqlite").setLevel(logging.INFO)  # below, it logs values with statements
