"""What a JSON schema of the API's description says, in words that a table has room for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Schema = Mapping[str, Any]
_ID: Final = "^[0-9a-f]{32}$"
_BOUNDS: Final = (
    ("minimum", "≥ {}"), ("maximum", "≤ {}"), ("exclusiveMaximum", "< {}"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a sentence: plain words, a piece of code, or the name of a model to go to."""

    text: str
    is_code: bool = False
    model: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a member of a request or an answer."""

    name: str
    place: str
    """`path`, `query` or `header`; "" of members."""
    required: bool
    kind: tuple[Piece, ...]
    bounds: str
    """As `1–60 characters, = 90`: what else holds, and what it is where it is not said."""
    told: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """The members of a JSON object."""

    name: str
    told: tuple[Piece, ...]
    fields: tuple[Field, ...]


def pieces(text: str) -> tuple[Piece, ...]:
    """A sentence with its `code` apart."""
    parts = re.split(r"`([^`]+)`", " ".join(text.split()))
    return tuple(Piece(part, bool(at % 2)) for at, part in enumerate(parts) if part)


def model_name(schema: Schema) -> str:
    """The model that a schema refers to, "" if it is none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def models(schemas: Mapping[str, Schema]) -> dict[str, Model]:
    """All models of the document by their names."""
    return {name: _model(name, schema) for name, schema in sorted(schemas.items())}


def _model(name: str, schema: Schema) -> Model:
    required = schema.get("required", ())
    members = schema.get("properties", {})
    fields = tuple(
        field(member, "", member_schema, member in required)
        for member, member_schema in members.items()
    )
    return Model(name, pieces(schema.get("description", "")), fields)


def field(name: str, place: str, schema: Schema, required: bool, told: str = "") -> Field:
    """A row of a table."""
    words = pieces(told or schema.get("description", ""))
    return Field(name, place, required, tuple(_kind(schema)), _bounds(schema), words)


def _kind(schema: Schema) -> list[Piece]:
    if model := model_name(schema):
        return [Piece(model, model=model)]
    if "anyOf" in schema:
        return _either(schema["anyOf"])
    if "enum" in schema:
        return [Piece(" | ".join(json.dumps(value) for value in schema["enum"]))]
    if schema.get("type") == "array":
        inner = _kind(schema.get("items", {}))
        is_choice = any(" | " in piece.text for piece in inner)
        return [Piece("("), *inner, Piece(")[]")] if is_choice else [*inner, Piece("[]")]
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping):
        return [Piece("{string: "), *_kind(more), Piece("}")]
    if schema.get("pattern") == _ID:
        return [Piece("id")]
    return [Piece(str(schema.get("format") or schema.get("type") or "any"))]


def _either(choices: Sequence[Schema]) -> list[Piece]:
    found: list[Piece] = []
    for choice in choices:
        found += [Piece(" | ")] if found else []
        found += _kind(choice)
    return found


def _bounds(schema: Schema) -> str:
    inner = [schema, *schema.get("anyOf", ())]
    found = [text for one in inner for text in _limits(one)]
    default = schema.get("default")
    if default not in (None, "", []):
        found.append(f"= {json.dumps(default)}")
    return ", ".join(found)


def _limits(schema: Schema) -> list[str]:
    found = [words.format(schema[name]) for name, words in _BOUNDS if name in schema]
    for low, high, of in (("minLength", "maxLength", "length"), ("minItems", "maxItems", "items")):
        if high in schema:
            found.append(f"{of} {schema.get(low, 0)}…{schema[high]}")
    if "pattern" in schema and schema["pattern"] not in (_ID, r"\S"):
        found.append(str(schema["pattern"]))
    return found
