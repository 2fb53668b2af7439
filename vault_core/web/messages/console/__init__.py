"""Sentences of the console at `/admin/` and of notices, by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vault_core.web.messages.console import (
    batches,
    certificates,
    frame,
    issuers,
    journal,
    notices,
    persons,
    reviews,
    upkeep,
    webhooks,
)

_PAGES: Final = (
    batches,
    certificates,
    frame,
    issuers,
    journal,
    notices,
    persons,
    reviews,
    upkeep,
    webhooks,
)
FRENCH: Final[Mapping[str, str]] = {
    key: text for page in _PAGES for key, text in page.FRENCH.items()
}
ENGLISH: Final[Mapping[str, str]] = {
    key: text for page in _PAGES for key, text in page.ENGLISH.items()
}
