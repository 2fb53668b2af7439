"""From a request to the arguments of its handler, checked by the models of its declaration."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from vault_core.errors import BadRequest, InvalidRequest, NodeNotFound, WrongMediaType
from vault_core.rest.call import Call
from vault_core.rest.operation import Operation


async def arguments(operation: Operation, call: Call) -> dict[str, Any]:
    """What the handler is called with, besides the call.

    Raises NodeNotFound for a variable that can be no id, InvalidRequest for what else does not fit
    its model, WrongMediaType, TooLarge.
    """
    found: dict[str, Any] = {}
    for name, kind in operation.variables.items():
        try:
            found[name] = kind.validate_python(call.request.match_info[name])
        except ValidationError:
            raise NodeNotFound from None
    if operation.query is not None:
        found["query"] = _checked(operation.query, _query(call.request, operation.query))
    elif call.request.query:
        raise InvalidRequest("This address takes no parameters.")
    if operation.body is not None:
        found["body"] = _checked(operation.body, await _json(call))
    return found


def _query(request: web.Request, model: type[BaseModel]) -> dict[str, Any]:
    """The parameters; those that may come several times as lists."""
    several = {
        field.alias or name
        for name, field in model.model_fields.items()
        if str(field.annotation).startswith(("tuple", "list"))
    }
    found: dict[str, Any] = {}
    for name in request.query:
        values = request.query.getall(name)
        if name not in several and len(values) > 1:
            raise InvalidRequest(f"The parameter '{name}' comes twice.")
        found[name] = values if name in several else values[0]
    return found


async def _json(call: Call) -> Any:
    kind = call.request.content_type
    if kind != "application/json" and not kind.endswith("+json"):
        raise WrongMediaType("Send JSON, as application/json.")
    call.refuse_encoded()
    try:
        return json.loads(await call.data())
    except (ValueError, RecursionError):
        raise BadRequest("The body is no JSON.") from None


def _checked(model: type[BaseModel], found: Any) -> BaseModel:
    if not isinstance(found, dict):
        raise InvalidRequest("The body is a JSON object.")
    try:
        return model.model_validate(found)
    except ValidationError as error:
        faults = {
            ".".join(str(part) for part in fault["loc"]) or "body": fault["msg"]
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        }
        told = "; ".join(f"{where}: {what}" for where, what in list(faults.items())[:3])
        raise InvalidRequest(f"Not allowed: {told}.", faults) from None
