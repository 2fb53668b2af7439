"""Every sentence of the pages, in each language; tests/web compares their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from vault_core.api import Language
from vault_core.web.messages import (
    account,
    administration,
    console,
    documents,
    english,
    french,
    links,
    questions,
    reference,
    signing_in,
    tokens,
    trust,
    verification,
)


def _spaced(text: str) -> str:
    """French punctuation stays with its word: the spaces beside it do not break a line."""
    return re.sub(" (?=[:;?!»])|(?<=«) ", "\u00a0", text)


_FRENCH: Final = (
    account.FRENCH,
    administration.FRENCH,
    console.FRENCH,
    documents.FRENCH,
    french.MESSAGES,
    links.FRENCH,
    questions.FRENCH,
    reference.FRENCH,
    signing_in.FRENCH,
    tokens.FRENCH,
    trust.FRENCH,
    verification.FRENCH,
)
_ENGLISH: Final = (
    account.ENGLISH,
    administration.ENGLISH,
    console.ENGLISH,
    documents.ENGLISH,
    english.MESSAGES,
    links.ENGLISH,
    questions.ENGLISH,
    reference.ENGLISH,
    signing_in.ENGLISH,
    tokens.ENGLISH,
    trust.ENGLISH,
    verification.ENGLISH,
)
CATALOGUES: Final[Mapping[Language, Mapping[str, str]]] = {
    "fr": {key: _spaced(text) for part in _FRENCH for key, text in part.items()},
    "en": {key: text for part in _ENGLISH for key, text in part.items()},
}
