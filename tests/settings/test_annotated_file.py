"""config/parchemin.toml names every setting, with its default, and says which are live."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from vault_core.plugins import load_plugins
from vault_core.settings import Settings, load_settings
from vault_core.settings.section import LIVE

ANNOTATED = Path(__file__).parents[2] / "config" / "parchemin.toml"
TEXT = ANNOTATED.read_text(encoding="utf-8")


def settings() -> Iterator[tuple[str, str, bool]]:
    for section, field in Settings.model_fields.items():
        for key, setting in field.default.__class__.model_fields.items():
            yield section, key, LIVE in setting.metadata


SETTINGS = list(settings())


def comment_above(section: str, key: str) -> str:
    """The comment that explains a key: right above it, or above the keys it shares it with."""
    table = TEXT.split(f"\n[{section}]\n")[1].split("\n[")[0]
    before = re.split(rf"(?m)^{key} = ", table)[0].splitlines()
    lines: list[str] = []
    for line in reversed(before):
        if lines and not line.startswith("#"):
            break
        if line.startswith("#"):
            lines.insert(0, line.strip("# "))
    return " ".join(lines)


@pytest.mark.parametrize(("section", "key", "live"), SETTINGS)
def test_every_setting_is_there_and_explained(section: str, key: str, live: bool) -> None:
    assert key in tomllib.loads(TEXT)[section]
    if not isinstance(tomllib.loads(TEXT)[section][key], dict):
        explained = comment_above(section, key)
        assert len(explained) > 20
        assert explained.startswith("(live)") == live


def test_the_file_holds_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "parchemin.toml").write_text(TEXT, encoding="utf-8")
    assert load_settings(tmp_path, {}) == load_settings(tmp_path / "nowhere", {})
    assert len(SETTINGS) > 20


@pytest.mark.parametrize("backend", ["s3", "webdav"])
async def test_the_tables_of_other_backends_are_accepted_by_them(
    backend: str, tmp_path: Path
) -> None:
    block = TEXT.split(f"\n# [storage.{backend}]")[1].split("\n\n")[0]
    lines = [line.removeprefix("# ") for line in block.splitlines()[1:]]
    options = tomllib.loads("\n".join(lines))
    assert options
    store = load_plugins([backend]).blob_stores[backend](options, str(tmp_path))
    await store.close()
