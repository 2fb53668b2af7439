"""The OpenAPI 3.1 document, made from the declarations of the operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from vault_core.errors import (
    AccessDenied,
    BadRequest,
    Conflict,
    Forbidden,
    KeyReused,
    NodeNotFound,
    ParcheminError,
    StoreError,
    TooLarge,
    TooManyAttempts,
    WrongMediaType,
)
from vault_core.rest import repeating
from vault_core.rest.operation import Operation
from vault_core.rest.problems import PROBLEM, status_of
from vault_core.rest.shapes import Problem
from vault_core.scopes import SCOPES, TITLES

_REF: Final = "#/components/schemas/{model}"
_ABOUT: Final = """\
Everything that the pages of Parchemin do, for programs.

Send a token (`Authorization: Bearer parchemin_…`, made by `createToken` from a session); \
it does what its scopes say. `signIn` and the operations beside it begin a \
session. Issuers' programs have tokens of their own, or sign their requests \
(RFC 9421), where an operation says so. The pages' own scripts use the session's cookie, and \
send `Origin`. \
Every error is `application/problem+json` (RFC 9457). Ids are 32 hexadecimal digits; another \
person's id is answered as one that does not exist. Lists come in pages: send `next` of one as \
`cursor` of the following. Times are RFC 3339 in UTC, sizes bytes. A creation with an \
`Idempotency-Key` can be sent again for a day, and happens once.
"""
_BYTES: Final = {"type": "string", "format": "binary"}
_HEADERS: Final[Mapping[str, str]] = {
    "If-Match": "Only if the present ETag is one of these.",
    "If-None-Match": "Only if the present ETag is none of these; `*`: only if there is nothing.",
    "If-Modified-Since": "Only if it was changed since.",
    "If-Unmodified-Since": "Only if it was not changed since.",
    "If-Range": "The range is sent only if the ETag is this one, otherwise everything.",
    "Range": "`bytes=` and the ranges wanted.",
    "Idempotency-Key": "Chosen by you for this one creation, for example a UUID.",
    "Tus-Resumable": "`1.0.0`.",
    "Upload-Length": "Bytes of the whole document.",
    "Upload-Metadata": "Pairs of a key and a value in base64, with commas between; see the guide.",
    "Upload-Offset": "Where this part begins: what the server told last.",
    "Upload-Checksum": "`sha1` or `sha256`, and the part's digest in base64.",
    "Parchemin-Visit": "The token of a link that was opened.",
    "Content-Type": "The media type to keep; guessed where it is not said.",
}


def document(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """The whole document. Raises ValueError if two operations have one id or one address."""
    refuse_twins(operations)
    models: set[type[BaseModel]] = {Problem}
    models.update(model for one in operations for model in _models(one))
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.stated.path, {})[one.stated.method.lower()] = _operation(one)
    groups = dict.fromkeys(one.group for one in operations)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Parchemin",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": group} for group in groups],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": _schemes(),
        },
    }


def _models(one: Operation) -> list[type[BaseModel]]:
    return [model for model in (one.body, one.answers) if model is not None]


def refuse_twins(operations: Sequence[Operation]) -> None:
    """Raises ValueError if two operations have one id or one address."""
    seen: set[str] = set()
    for one in operations:
        for known in (one.id, f"{one.stated.method} {one.stated.path}"):
            if known in seen:
                raise ValueError(f"two operations are '{known}'")
            seen.add(known)


def _schemes() -> dict[str, Any]:
    scopes = "\n".join(f"- `{scope}`: {TITLES[scope].en}" for scope in SCOPES)
    return {
        "token": {"type": "http", "scheme": "bearer", "description": f"Scopes:\n{scopes}"},
        "signature": {
            "type": "apiKey", "in": "header", "name": "Signature",
            "description": "Of an issuer's program (RFC 9421), by a registered key; see the guide.",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": "parchemin-session",
            "description": "Of who signed in, here or on the pages (`__Host-` before it on https).",
        },
    }  # fmt: skip


def _operation(one: Operation) -> dict[str, Any]:
    stated = one.stated
    found: dict[str, Any] = {
        "operationId": one.id,
        "tags": [one.group],
        "summary": one.summary,
        "description": _description(one),
        "security": _security(one),
        "x-roles": list(stated.roles),
        "parameters": [*_variables(one), *_query(one), *_headers(one)],
        "responses": _responses(one),
    }
    if one.body is not None:
        reference = {"$ref": _REF.format(model=one.body.__name__)}
        body = {"content": {"application/json": {"schema": reference}}, "required": True}
        found["requestBody"] = body
    elif stated.takes:
        kinds: dict[str, Any] = {kind: {"schema": _BYTES} for kind in stated.takes}
        found["requestBody"] = {"content": kinds, "required": not stated.optional}
    return {name: value for name, value in found.items() if value or name == "security"}


def _description(one: Operation) -> str:
    parts = [one.description]
    if one.stated.roles:
        parts.append(f"For: {' or '.join(one.stated.roles)}.")
    if one.stated.needs == "session":
        parts.append("From a session only: no token can do this.")
    return "\n\n".join(part for part in parts if part)


def _security(one: Operation) -> list[dict[str, list[str]]]:
    needs = one.stated.needs
    if needs == "public":
        return []
    session: dict[str, list[str]] = {"session": []}
    if needs == "session":
        return [session]
    signed: list[dict[str, list[str]]] = [{"signature": []}] if one.stated.issuers else []
    return [{"token": [needs]}, *signed, session]


def _variables(one: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": kind.json_schema()}
        for name, kind in one.variables.items()
    ]


def _query(one: Operation) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = one.query.model_json_schema(ref_template=_REF)
    inner = schema.get("$defs", {})
    found = []
    for name, member in schema.get("properties", {}).items():
        member = _without_references(member, inner)
        described = {"description": member.pop("description")} if "description" in member else {}
        required = name in schema.get("required", [])
        found.append(
            {"name": name, "in": "query", "required": required, "schema": member, **described}
        )
    return found


def _without_references(member: Any, inner: Mapping[str, Any]) -> Any:
    if isinstance(member, dict):
        if "$ref" in member:
            return _without_references(inner[member["$ref"].rpartition("/")[2]], inner)
        return {name: _without_references(value, inner) for name, value in member.items()}
    if isinstance(member, list):
        return [_without_references(value, inner) for value in member]
    return member


def _headers(one: Operation) -> list[dict[str, Any]]:
    names = {name: _HEADERS.get(name, "") for name in one.stated.headers}
    if one.stated.tagged and one.stated.method == "GET":
        names.setdefault("If-None-Match", "304 if the ETag is one of these.")
    if one.stated.once:
        names[repeating.FIELD] = "Chosen by you for this one creation, for example a UUID."
    return [
        {
            "name": name, "in": "header", "required": False, "schema": {"type": "string"},
            "description": told,
        }
        for name, told in names.items()
    ]  # fmt: skip


def _responses(one: Operation) -> dict[str, Any]:
    stated = one.stated
    found: dict[str, Any] = {}
    empty = one.answers is None and not stated.gives
    first = 204 if empty and stated.status == 200 else stated.status
    for status in (first, *stated.also):
        found[str(status)] = _success(one, status)
    if stated.tagged and stated.method == "GET":
        found["304"] = {"description": "It is what you have already."}
    for status, errors in sorted(_refusals(one).items()):
        told = " ".join(dict.fromkeys(_sentence(error) for error in errors))
        content = {PROBLEM: {"schema": {"$ref": _REF.format(model=Problem.__name__)}}}
        found[str(status)] = {"description": told, "content": content}
    return found


def _success(one: Operation, status: int) -> dict[str, Any]:
    found: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if status == 416:
        problem = {"schema": {"$ref": _REF.format(model=Problem.__name__)}}
        return {"description": "No such range.", "content": {PROBLEM: problem}}
    if status in (204, 304) or one.stated.method == "HEAD":
        return found
    if one.answers is not None and not one.stated.gives:
        schema = {"$ref": _REF.format(model=one.answers.__name__)}
        found["content"] = {"application/json": {"schema": schema}}
    elif one.stated.gives:
        schema = {"$ref": _REF.format(model=one.answers.__name__)} if one.answers else {}
        found["content"] = {kind: {"schema": schema} for kind in one.stated.gives}
    if one.stated.tagged:
        found["headers"] = {"ETag": {"schema": {"type": "string"}}}
    return found


def _sentence(error: type[ParcheminError]) -> str:
    return (error.__doc__ or "").splitlines()[0]


def _refusals(one: Operation) -> dict[int, list[type[ParcheminError]]]:
    stated = one.stated
    errors: list[type[ParcheminError]] = [*stated.errors, BadRequest, StoreError]
    if stated.needs != "public":
        errors += [AccessDenied, Forbidden]
    if one.variables:
        errors.append(NodeNotFound)
    if one.body is not None or stated.takes:
        errors += [TooLarge, WrongMediaType]
    if stated.once:
        errors += [Conflict, KeyReused, TooManyAttempts]
    found: dict[int, list[type[ParcheminError]]] = {}
    for error in errors:
        found.setdefault(status_of(error), []).append(error)
    return found
