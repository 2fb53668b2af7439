"""Both languages say the same things."""

from __future__ import annotations

import re
from string import Formatter

from vault_core.web.messages import CATALOGUES
from vault_core.web.templating import FOLDER
from vault_core.web.visit import DONE

FRENCH, ENGLISH = CATALOGUES["fr"], CATALOGUES["en"]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_catalogues_have_the_same_keys() -> None:
    assert FRENCH
    assert FRENCH.keys() == ENGLISH.keys()


def test_a_sentence_mentions_the_same_values_in_both() -> None:
    assert [key for key in FRENCH if fields(FRENCH[key]) != fields(ENGLISH[key])] == []


def test_every_key_that_a_template_names_exists() -> None:
    named = [
        key
        for path in FOLDER.rglob("*.html")
        for key in re.findall(r"""\bt\(["']([a-z0-9.-]+)["'][,)]""", path.read_text())
    ]
    assert named
    assert [key for key in named if key not in FRENCH] == []
    assert [done for done in DONE if f"done.{done}" not in FRENCH] == []
