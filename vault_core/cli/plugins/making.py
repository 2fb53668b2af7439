"""`parchemin plugin new`: a complete distribution to begin with."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path

from vault_core.errors import BadRequest, Conflict

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PLACES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "example.csv": "example.csv",
    "__init__.py": "{package}/__init__.py",
    "document.py": "{package}/document.py",
    "test_contract.py": "tests/test_contract.py",
    "test_rows.py": "tests/test_rows.py",
}
"""Template to its place in the new distribution."""


def make(name: str, into: Path) -> Path:
    """Write the distribution `parchemin-NAME` into the folder; where it is.

    Raises BadRequest if the name cannot be one, Conflict if there is something of that name.
    """
    if not _NAME.fullmatch(name) or len(name) > 40 or keyword.iskeyword(name):
        raise BadRequest(
            f"'{name}' cannot name a plugin: lower-case letters, digits and single hyphens,"
            " a letter first, 40 at most."
        )
    target = into / f"parchemin-{name}"
    if target.exists():
        raise Conflict(f"'{target}' is there already: name another plugin, or another --to.")
    package = f"parchemin_{name.replace('-', '_')}"
    words = {"@NAME@": name, "@PACKAGE@": package, "@CLASS@": _class_of(name)}
    templates = files("vault_core.cli.plugins") / "template"
    for template, place in PLACES.items():
        text = (templates / f"{template}.tmpl").read_text("utf-8")
        for mark, word in words.items():
            text = text.replace(mark, word)
        path = target / place.format(package=package)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (target / package / "py.typed").touch()
    return target


def _class_of(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-")) + "Type"
