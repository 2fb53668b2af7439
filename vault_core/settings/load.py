"""Reading the settings: defaults, then the file, then the environment, the later one winning."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from vault_core.errors import SettingsError
from vault_core.settings.sections import Settings

FILE_NAME = "parchemin.toml"
PREFIX = "PARCHEMIN_"
_MISTYPED = {"model_type", "dict_type", "model_attributes_type"}
_SHOWN = 120
"""Characters of a refused value that are repeated."""


def load_settings(data_dir: Path, env: Mapping[str, str]) -> Settings:
    """The settings of the institution in `data_dir`; a missing file stands for the defaults.

    Raises SettingsError with a sentence for each wrong setting: key, value, what is allowed.
    """
    table = _over(_read(data_dir / FILE_NAME), _environment(env))
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        raise _refusal(error, env) from None


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables, and theirs; what `above` says wins."""
    both = dict(below)
    for name, value in above.items():
        under = both.get(name)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            value = _over(under, value)
        both[name] = value
    return both


def override(settings: Settings, section: str, changes: Mapping[str, Any]) -> Settings:
    """The settings with some of one section changed, as by a command's options.

    Raises SettingsError as `load_settings` does.
    """
    try:
        before = getattr(settings, section)
        after = type(before).model_validate(before.model_dump() | dict(changes))
    except ValidationError as error:
        raise _refusal(error, {}, section) from None
    return settings.model_copy(update={section: after})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None


def _environment(env: Mapping[str, str]) -> dict[str, Any]:
    """`PARCHEMIN_STORAGE__LOCAL__PATH=x` as `{"storage": {"local": {"path": "x"}}}`."""
    tree: dict[str, Any] = {}
    for variable in sorted(env):
        if not variable.startswith(PREFIX) or "__" not in variable:
            continue
        *tables, key = variable.removeprefix(PREFIX).lower().split("__")
        place = tree
        for table in tables:
            place = place.setdefault(table, {})
            if not isinstance(place, dict):
                raise SettingsError(f"{variable} contradicts another variable: {table} has a value")
        place[key] = env[variable]
    return tree


def _refusal(error: ValidationError, env: Mapping[str, str], *above: str) -> SettingsError:
    return SettingsError("; ".join(_explain(problem, env, above) for problem in error.errors()))


def _explain(problem: Any, env: Mapping[str, str], above: tuple[str, ...]) -> str:
    path = [*above, *(str(part) for part in problem["loc"] if not isinstance(part, int))]
    key = ".".join(path)
    variable = PREFIX + "__".join(path).upper()
    where = f" (from {variable})" if variable in env else ""
    if problem["type"] == "extra_forbidden":
        return f"there is no setting {key}{where}{_nearest(path)}"
    if problem["type"] in _MISTYPED:
        return f"{key}{where} should be a table: [{key}]"
    allowed = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{key}{_value(path, problem['input'])}{where} is not allowed: it {allowed}"


def _value(path: list[str], given: Any) -> str:
    """What was given, unless it is a secret, or a whole table, which may hold some."""
    model = _model(path)
    field = model.model_fields.get(path[-1]) if model else None
    if isinstance(given, Mapping) or (field is not None and field.annotation is SecretStr):
        return ""
    text = repr(given)
    return f" = {text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}"


def _nearest(path: list[str]) -> str:
    model = _model(path)
    close = difflib.get_close_matches(path[-1], model.model_fields, n=1) if model else []
    return f"; did you mean {'.'.join([*path[:-1], *close])}?" if close else ""


def _model(path: list[str]) -> type[BaseModel] | None:
    """The table that the last name of the path stands in; None where there is no such one."""
    model: type[BaseModel] = Settings
    for name in path[:-1]:
        field = model.model_fields.get(name)
        if field is None or not isinstance(field.annotation, type):
            return None
        if not issubclass(field.annotation, BaseModel):
            return None
        model = field.annotation
    return model
