"""Whether what a hook gave is what its type says; plugins are not all type-checked.

Each check gives its argument back, typed, or raises PluginError with the rest of a sentence
that begins with plugin and hook.
"""

from __future__ import annotations

import inspect
import re

from vault_core.api import Column, DocumentType, Issuer, Text
from vault_core.errors import PluginError

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_METHODS = ("parse", "present", "sample", "template")


def check_issuer(item: object) -> Issuer:
    """An Issuer with a usable id and folder name."""
    if not isinstance(item, Issuer):
        raise PluginError(f"gave {type(item).__name__} where an Issuer is expected")
    _check_id("issuer", item.id)
    if not isinstance(item.name, Text):
        raise PluginError(f"gave the issuer “{item.id}”, whose name is not a Text")
    if not item.folder or "/" in item.folder or item.folder != item.folder.strip():
        raise PluginError(f"gave the issuer “{item.id}”, whose folder name cannot be used")
    return item


def check_document_type(item: object) -> DocumentType:
    """An object with every attribute and method of DocumentType, of the right kinds."""
    type_id = getattr(item, "id", None)
    if not isinstance(type_id, str):
        raise PluginError(f"gave {type(item).__name__}, which is not a DocumentType: it has no id")
    _check_id("document type", type_id)
    for method in _METHODS:
        function = getattr(item, method, None)
        if not callable(function):
            raise PluginError(f"gave the document type “{type_id}” without a method {method}()")
        if inspect.iscoroutinefunction(function):
            raise PluginError(f"gave the document type “{type_id}”, whose {method}() is async")
    if not isinstance(getattr(item, "issuer", None), str):
        raise PluginError(f"gave the document type “{type_id}”, whose issuer is not an id")
    if not isinstance(getattr(item, "title", None), Text):
        raise PluginError(f"gave the document type “{type_id}”, whose title is not a Text")
    _check_columns(type_id, getattr(item, "columns", None))
    return item  # type: ignore[return-value]  # every member was looked at above


def _check_columns(type_id: str, columns: object) -> None:
    if not isinstance(columns, list | tuple) or not columns:
        raise PluginError(f"gave the document type “{type_id}” without a list of columns")
    seen: set[str] = set()
    for column in columns:
        if not isinstance(column, Column):
            raise PluginError(f"gave the document type “{type_id}”, whose columns are not Columns")
        if column.id in seen or not column.names:
            raise PluginError(
                f"gave the document type “{type_id}”, whose column “{column.id}” appears twice "
                "or has no header name"
            )
        seen.add(column.id)


def _check_id(what: str, value: object) -> None:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise PluginError(
            f"gave the {what} id {value!r}: lower-case letters, digits and single hyphens are "
            "allowed, beginning with a letter"
        )
