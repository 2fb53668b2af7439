"""From aiohttp's requests to calls of operations, and from what they give to answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from aiohttp import hdrs, web
from pydantic import BaseModel

from vault_core.errors import ParcheminError
from vault_core.rest import problems, reading
from vault_core.rest.call import Answer, Call
from vault_core.rest.doors import Doors
from vault_core.rest.operation import Operation, Statement
from vault_core.rest.repeating import Repeating
from vault_core.rest.shapes import Output
from vault_core.roles import Role, open_to

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PREFIX: Final = "/api/"


class Front:
    """Answers requests by the declarations of the operations."""

    def __init__(self, doors: Doors, repeating: Repeating) -> None:
        self._doors = doors
        self._repeating = repeating

    def routes(self, operations: Iterable[Operation]) -> list[web.RouteDef]:
        """To be added to an application's router."""
        return [_route(one, self._answering(one)) for one in operations]

    def _answering(self, operation: Operation) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                return await self._answer(operation, request)
            except ParcheminError as error:
                return problems.reported(request, error)

        return open_to(*_roles(operation.stated))(answer)

    async def _answer(self, operation: Operation, request: web.Request) -> web.StreamResponse:
        call = await self._doors.admit(operation.stated, request)
        found = await reading.arguments(operation, call)

        async def perform() -> web.StreamResponse:
            given = await operation.handler(call=call, **found)
            return given if isinstance(given, web.StreamResponse) else _sent(operation, call, given)

        if operation.stated.once:
            return await self._repeating.once(call, operation.id, found, perform)
        return await perform()


def _roles(stated: Statement) -> tuple[Role, ...]:
    if stated.needs == "public":
        return ("public",)
    who: tuple[Role, ...] = stated.roles or ("person",)
    return who if stated.needs == "session" else (*who, "device")


def _route(operation: Operation, handler: Handler) -> web.RouteDef:
    stated = operation.stated
    if stated.method == "GET":
        return web.get(stated.path, handler)  # and HEAD
    return web.route(stated.method, stated.path, handler)


def _sent(operation: Operation, call: Call, given: Any) -> web.Response:
    answer = given if isinstance(given, Answer) else Answer(given)
    headers = {hdrs.CACHE_CONTROL: "no-store", **answer.headers}
    if answer.location:
        headers[hdrs.LOCATION] = answer.location
    if answer.etag:
        headers[hdrs.ETAG] = f'"{answer.etag}"'
        headers[hdrs.CACHE_CONTROL] = "private, no-cache"
        if call.request.method in ("GET", "HEAD") and _is_known(call.request, headers[hdrs.ETAG]):
            return web.Response(status=304, headers=headers)
    if answer.value is None:
        return web.Response(status=answer.status or 204, headers=headers)
    status = answer.status or operation.stated.status
    text = json.dumps(_members(answer.value), ensure_ascii=False, separators=(",", ":"))
    response = web.Response(
        text=text, status=status, headers=headers, content_type="application/json"
    )  # fmt: skip
    if answer.finish is not None:
        answer.finish(response)
    return response


def _members(value: BaseModel) -> dict[str, Any]:
    return value.members() if isinstance(value, Output) else value.model_dump(mode="json")


def _is_known(request: web.BaseRequest, etag: str) -> bool:
    field = request.headers.get(hdrs.IF_NONE_MATCH, "")
    tags = {tag.strip().removeprefix("W/") for tag in field.split(",")}
    return bool(tags & {etag, "*"})


def problems_of_router(paths: Sequence[str] = ()) -> Callable[..., Awaitable[web.StreamResponse]]:
    """A middleware: below /api/ (and the paths), what the router refuses is a problem too."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith((_PREFIX, *paths)):
            return await handler(request)
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return problems.of_http(error)
        except (ConnectionError, TimeoutError):
            raise
        except Exception:  # noqa: BLE001 -- nothing of it is told to the caller
            return problems.unexpected(request)

    return middleware
