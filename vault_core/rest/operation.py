"""An operation of the API: one declaration, from which it is routed, checked and described.

    class Shelves:
        @operation("GET", "/api/v1/shelves/{shelf}", needs="documents:read", errors=(NodeNotFound,))
        async def shelf(self, call: Call, shelf: NodeRef, query: ShelfQuery) -> Shelf:
            '''One shelf.

            More about it, in Markdown.
            '''

The signature is the contract. A parameter named as a variable of the path is that variable; `query`
and `body` are pydantic models of the query and of the JSON body; what is returned is a model, an
`Answer` of one, None (204), or a response of one's own with the media types in `gives`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

from aiohttp import web
from pydantic import BaseModel, TypeAdapter

from vault_core.errors import ParcheminError
from vault_core.rest.call import Answer, Call
from vault_core.roles import Granted
from vault_core.scopes import Scope

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
Need = Scope | Literal["public", "session"]
"""A scope (a session has them all), everybody, or a session only: no token may do it."""
F = TypeVar("F", bound=Callable[..., Awaitable[Any]])
_STATED: Final = "parchemin_operation"
_VARIABLE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Statement:
    """What the decorator says of a handler; see `operation` for the fields."""

    method: Method
    path: str
    needs: Need
    roles: tuple[Granted, ...]
    status: int
    errors: tuple[type[ParcheminError], ...]
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    headers: tuple[str, ...]
    once: bool
    tagged: bool
    also: tuple[int, ...]
    optional: bool
    issuers: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """A statement together with what the handler's signature says."""

    stated: Statement
    handler: Callable[..., Awaitable[Any]]
    id: str
    group: str
    summary: str
    description: str
    variables: dict[str, TypeAdapter[Any]]
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answers: type[BaseModel] | None


def operation(
    method: Method,
    path: str,
    *,
    needs: Need,
    roles: tuple[Granted, ...] = (),
    status: int = 200,
    errors: tuple[type[ParcheminError], ...] = (),
    takes: tuple[str, ...] = (),
    gives: tuple[str, ...] = (),
    headers: tuple[str, ...] = (),
    once: bool = False,
    tagged: bool = False,
    also: tuple[int, ...] = (),
    optional: bool = False,
    issuers: bool = False,
) -> Callable[[F], F]:
    """Declare a method as an operation.

    `needs` and `roles` say who may call it, `errors` what it raises besides what every operation
    may. `takes` are media types of a body that the handler reads itself (`call.content`), `headers`
    request headers that it looks at. `once`: it makes something, and an Idempotency-Key makes sure
    that it does so once. `tagged`: answers carry an ETag, and If-None-Match gives 304. `also` are
    further statuses of success. `optional`: the body of `takes` may be missing.
    `issuers`: an issuer's program may do it, by token or signature, for that issuer
    (`call.issuer`).
    """

    def state(handler: F) -> F:
        stated = Statement(
            method, path, needs, roles, status, errors, takes, gives, headers, once, tagged, also,
            optional, issuers,
        )  # fmt: skip
        setattr(handler, _STATED, stated)
        return handler

    return state


def operations(api: object) -> list[Operation]:
    """The operations of an object, in the order in which its class has them.

    Raises TypeError for a signature that is none.
    """
    group = (inspect.getdoc(type(api)) or type(api).__name__).splitlines()[0].rstrip(".")
    found = []
    for name, function in vars(type(api)).items():
        stated = getattr(function, _STATED, None)
        if stated is not None:
            found.append(replace(_read(stated, function, name, group), handler=getattr(api, name)))
    return found


@cache
def _read(
    stated: Statement, handler: Callable[..., Awaitable[Any]], name: str, group: str
) -> Operation:
    """What a method says of itself, whoever it is bound to later."""
    hints = get_type_hints(handler, include_extras=True)
    returned = hints.pop("return", None)
    variables: dict[str, TypeAdapter[Any]] = {}
    models: dict[str, type[BaseModel]] = {}
    for parameter, hint in hints.items():
        if parameter in _VARIABLE.findall(stated.path):
            variables[parameter] = TypeAdapter(hint)
        elif parameter in ("query", "body") and _is_model(hint):
            models[parameter] = hint
        elif hint is not Call:
            raise TypeError(f"{name}: what is the parameter '{parameter}'?")
    if missing := set(_VARIABLE.findall(stated.path)) - set(variables):
        raise TypeError(f"{name}: the path has {missing}, the signature has not")
    summary, _, description = (inspect.getdoc(handler) or "").partition("\n")
    if not summary:
        raise TypeError(f"{name}: a docstring says what it does")
    return Operation(
        stated, handler, _camel(name), group, summary.rstrip("."), description.strip(), variables,
        models.get("query"), models.get("body"), _answered(name, stated, returned),
    )  # fmt: skip


def _answered(name: str, stated: Statement, returned: Any) -> type[BaseModel] | None:
    if get_origin(returned) is Answer:
        (returned,) = get_args(returned)
    if returned is None or returned is type(None):
        return None
    if _is_model(returned):
        model: type[BaseModel] = returned
        return model
    if inspect.isclass(returned) and issubclass(returned, web.StreamResponse):
        return None
    raise TypeError(f"{name}: it returns a model, an Answer, None or a response, not {returned}")


def _is_model(hint: Any) -> bool:
    return inspect.isclass(hint) and issubclass(hint, BaseModel)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
