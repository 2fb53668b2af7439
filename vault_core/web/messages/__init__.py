"""Every sentence of the pages, in each language; tests/web compares their keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vault_core.api import Language
from vault_core.web.messages import english, french

CATALOGUES: Final[Mapping[Language, Mapping[str, str]]] = {
    "fr": french.MESSAGES,
    "en": english.MESSAGES,
}
