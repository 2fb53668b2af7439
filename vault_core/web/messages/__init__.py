"""Every sentence of the pages, in each language; tests/web compares their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from vault_core.api import Language
from vault_core.web.messages import account, documents, english, french, verification


def _spaced(text: str) -> str:
    """French punctuation stays with its word: the spaces beside it do not break a line."""
    return re.sub(" (?=[:;?!»])|(?<=«) ", "\u00a0", text)


_FRENCH: Final = {**french.MESSAGES, **verification.FRENCH, **documents.FRENCH, **account.FRENCH}
CATALOGUES: Final[Mapping[Language, Mapping[str, str]]] = {
    "fr": {key: _spaced(text) for key, text in _FRENCH.items()},
    "en": {**english.MESSAGES, **verification.ENGLISH, **documents.ENGLISH, **account.ENGLISH},
}
