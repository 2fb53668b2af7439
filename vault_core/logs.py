"""The server's log, on standard error: sentences for people or JSON for a collector.

Names, contents and secrets are never logged; what is logged is ids, counts and reasons.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from vault_core.settings.sections import Log


def configure_logging(settings: Log) -> None:
    """Send the standard library's and structlog's lines the same way, in the chosen format."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.format == "text":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                last,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], force=True)
    set_level(settings.level)


def set_level(level: str) -> None:
    """Take up another level while running."""
    logging.getLogger().setLevel(level.upper())
