"""PATCH (RFC 7644 section 3.5.2): operations on a resource, done on a copy, all or none."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any, Final

from vault_core.scim.errors import ScimError
from vault_core.scim.users import PERSON, USER, folded

_MOST: Final = 100
_PATH: Final = re.compile(r"(?P<name>[A-Za-z$][\w$-]*)(?:\.(?P<sub>[A-Za-z$][\w$-]*))?")
_READ_ONLY: Final = frozenset({"id", "meta", "schemas"})


def patched(resource: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """The resource after the operations. Raises ScimError."""
    operations = folded(body).get("operations")
    if not isinstance(operations, list) or not 0 < len(operations) <= _MOST:
        raise ScimError("invalidSyntax", f"Operations is a list of 1 to {_MOST} operations.")
    found = copy.deepcopy(dict(resource))
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise ScimError("invalidSyntax", "An operation is an object.")
        _apply(found, folded(operation))
    return found


def _apply(found: dict[str, Any], operation: Mapping[str, Any]) -> None:
    verb = str(operation.get("op", "")).casefold()  # some directories write "Replace"
    path, value = operation.get("path"), operation.get("value")
    if verb not in ("add", "replace", "remove"):
        raise ScimError("invalidSyntax", "op is add, replace or remove.")
    if path is not None and not isinstance(path, str):
        raise ScimError("invalidPath", "path is a text.")
    if verb == "remove":
        if not path:
            raise ScimError("noTarget", "remove needs a path.")
        _set(found, path, None)
    elif path:
        _set(found, path, value)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            _set(found, str(name), each)
    else:
        raise ScimError("invalidValue", "Without a path, value is an object.")


def _set(found: dict[str, Any], path: str, value: Any) -> None:
    target, rest = found, path
    lower = path.casefold()
    if lower == PERSON.casefold():
        _merge(found, PERSON, value)
        return
    for urn in (USER, PERSON):
        if lower.startswith(f"{urn.casefold()}:"):
            rest = path[len(urn) + 1 :]
            if urn == PERSON:
                target = found.setdefault(PERSON, {})
    match = _PATH.fullmatch(rest)
    if match is None:
        raise ScimError("invalidPath", "That path is not supported here.")
    name = _known(target, match["name"])
    if target is found and name.casefold() in _READ_ONLY:
        raise ScimError("mutability", f"{name} is read-only.")
    if match["sub"]:
        inner = target.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ScimError("invalidPath", f"{name} has no parts.")
        _put(inner, _known(inner, match["sub"]), value)
    elif isinstance(value, Mapping):
        _merge(target, name, value)
    else:
        _put(target, name, value)


def _merge(target: dict[str, Any], name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        _put(target, name, value)
        return
    inner = target.setdefault(name, {})
    if not isinstance(inner, dict):
        raise ScimError("invalidPath", f"{name} has no parts.")
    for key, each in value.items():
        _put(inner, _known(inner, str(key)), each)


def _put(target: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        target.pop(name, None)
    else:
        target[name] = value


def _known(target: Mapping[str, Any], name: str) -> str:
    """The name as the resource writes it, if it is there already in another case."""
    return next((key for key in target if key.casefold() == name.casefold()), name)
