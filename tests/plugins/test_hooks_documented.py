"""Every hook is documented with its exact signature, and nothing else is called a hook there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from vault_core import hookspecs

PAGE = Path(__file__).parents[2] / "docs" / "plugin-hooks.md"
HOOKS = {
    name: function
    for name, function in vars(hookspecs).items()
    if name.startswith("parchemin_") and callable(function)
}


def test_there_are_hooks() -> None:
    assert len(HOOKS) >= 3


def test_every_hook_is_documented_with_its_signature() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, function in HOOKS.items():
        assert f"### {name}\n" in page
        signature = str(inspect.signature(function)).replace("'", "")
        assert f"def {name}{signature}" in page


def test_nothing_undocumented_is_promised() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"parchemin_\w+(?=\()", page)) == set(HOOKS)


def test_every_hook_says_what_it_is_for() -> None:
    for function in HOOKS.values():
        assert function.__doc__
        assert function.__doc__.strip().endswith(".")
