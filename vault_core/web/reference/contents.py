"""The description of the API, put in the order in which people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vault_core.web.reference import shapes
from vault_core.web.reference.examples import curl
from vault_core.web.reference.shapes import Field, Model, Piece

_METHODS: Final = ("get", "head", "options", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One status that an operation answers with."""

    status: str
    told: tuple[Piece, ...]
    media_types: tuple[str, ...]
    model: Model | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation."""

    id: str
    method: str
    path: str
    summary: tuple[Piece, ...]
    told: tuple[tuple[Piece, ...], ...]
    """Its paragraphs."""
    scope: str
    """What a token needs; "" where no token is asked for or none may."""
    who: str
    """`public`, `token` or `session`: who may call."""
    roles: tuple[str, ...]
    parameters: tuple[Field, ...]
    takes: tuple[str, ...]
    """Media types of the body."""
    body: Model | None
    successes: tuple[Outcome, ...]
    errors: tuple[Outcome, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Group:
    """Operations that belong together."""

    anchor: str
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole of it."""

    version: str
    groups: tuple[Group, ...]
    models: tuple[Model, ...]


def reference(document: Mapping[str, Any]) -> Reference:
    """From an OpenAPI 3.1 document as `vault_core.rest` makes it."""
    schemas = document["components"]["schemas"]
    models = shapes.models(schemas)
    grouped: dict[str, list[Entry]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                entry = _entry(method.upper(), path, item[method], models, schemas)
                grouped[item[method]["tags"][0]].append(entry)
    groups = tuple(
        Group(f"group-{at}", name, tuple(entries))
        for at, (name, entries) in enumerate(grouped.items(), 1)
    )
    return Reference(document["info"]["version"], groups, tuple(models.values()))


def _entry(
    method: str,
    path: str,
    operation: Mapping[str, Any],
    models: Mapping[str, Model],
    schemas: Mapping[str, Any],
) -> Entry:
    who, scope = _who(operation["security"])
    content = operation.get("requestBody", {}).get("content", {})
    outcomes = [_outcome(at, one, models) for at, one in operation["responses"].items()]
    return Entry(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=shapes.pieces(operation["summary"]),
        told=_paragraphs(operation.get("description", "")),
        scope=scope,
        who=who,
        roles=tuple(operation.get("x-roles", ())),
        parameters=tuple(_parameter(one) for one in operation.get("parameters", ())),
        takes=tuple(content),
        body=_model(content, models),
        successes=tuple(one for one in outcomes if one.status < "400"),
        errors=tuple(one for one in outcomes if one.status >= "400"),
        example=curl(method, path, operation, schemas),
    )


def _who(security: list[Mapping[str, list[str]]]) -> tuple[str, str]:
    scopes = [scope for way in security for scope in way.get("token", ())]
    if scopes:
        return "token", scopes[0]
    return ("session" if security else "public"), ""


def _paragraphs(text: str) -> tuple[tuple[Piece, ...], ...]:
    return tuple(shapes.pieces(part) for part in text.split("\n\n") if part.strip())


def _parameter(one: Mapping[str, Any]) -> Field:
    told = one.get("description", "")
    return shapes.field(one["name"], one["in"], one["schema"], one["required"], told)


def _model(content: Mapping[str, Any], models: Mapping[str, Model]) -> Model | None:
    for kind in content.values():
        name = shapes.model_name(kind.get("schema", {}))
        if name:
            return models[name]
    return None


def _outcome(status: str, one: Mapping[str, Any], models: Mapping[str, Model]) -> Outcome:
    content = one.get("content", {})
    told = shapes.pieces(one["description"])
    return Outcome(status, told, tuple(content), _model(content, models))
