"""A curl command for each operation, that works once SERVER and TOKEN (or COOKIE) are set."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

Described = Mapping[str, Any]
_JSON: Final = "application/json"
_HEADERS: Final[Mapping[str, str]] = {
    "Idempotency-Key": "$(date +%s)-$$",
    "Parchemin-Visit": "$VISIT",
    "Tus-Resumable": "1.0.0",
    "Upload-Length": "$(wc -c <FILE | tr -d ' ')",
    "Upload-Metadata": "path $(printf %s /FILE | base64)",
    "Upload-Offset": "0",
}
"""What an example sends of the headers that an operation looks at."""
_MEMBERS: Final[Mapping[str, Any]] = {
    "code": "$CODE", "days": 30, "documents": ["$DOCUMENT"], "folder": "$FOLDER", "label": "Laptop",
    "name": "Reports", "path": ["Reports"], "scopes": ["documents:read"], "username": "ada",
    "document": "$DOCUMENT", "show": ["family_name"], "password": "$PASSWORD",
    "newPassword": "$NEW", "ticket": "$TICKET", "credential": {"type": "public-key"},
}  # fmt: skip
"""Of the bodies, by their names; others are left out of an example."""
_QUERY: Final[Mapping[str, str]] = {
    "name": "Report.pdf",
    "q": "report",
    "path": "/Reports",
    "type": "bac",
}


def curl(method: str, path: str, operation: Described, schemas: Mapping[str, Described]) -> str:
    """The command, in as many lines as it has parts."""
    lines = [f'curl{_method(method, operation)} "$SERVER{_address(path, operation)}"']
    lines += _who(operation)
    lines += [f'-H "{name}: {_HEADERS[name]}"' for name in _sent(method, operation)]
    lines += _body(operation, schemas)
    if any(
        kind in ("*/*", "application/zip")
        for kind in operation["responses"].get("200", {}).get("content", {})
    ):
        lines.append("-o FILE")
    return " \\\n  ".join(lines)


def _method(method: str, operation: Described) -> str:
    if method == "HEAD":
        return " --head"
    implied = "POST" if _json_model(operation) is not None else "GET"
    return "" if method == implied else f" -X {method}"


def _address(path: str, operation: Described) -> str:
    schemas = {one["name"]: one["schema"] for one in operation.get("parameters", ())}

    def value(variable: re.Match[str]) -> str:
        name = variable[1]
        choices = schemas[name].get("enum")
        return choices[0] if choices else f"${name.upper()}"

    asked = "&".join(
        f"{one['name']}={_QUERY.get(one['name'], '')}"
        for one in operation.get("parameters", ())
        if one["in"] == "query" and one["required"]
    )
    return re.sub(r"\{(\w+)\}", value, path) + (f"?{asked}" if asked else "")


def _who(operation: Described) -> list[str]:
    ways = {name for way in operation["security"] for name in way}
    if "token" in ways:
        return ['-H "Authorization: Bearer $TOKEN"']
    return ['-b "$COOKIE" -H "Origin: $SERVER"'] if ways else []


def _sent(method: str, operation: Described) -> list[str]:
    names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"]
    begins = method == "POST"
    return [
        name
        for name in names
        if name in _HEADERS and (begins or name not in ("Upload-Length", "Upload-Metadata"))
        and (method == "PATCH" or name != "Upload-Offset")
    ]  # fmt: skip


def _json_model(operation: Described) -> str | None:
    content = operation.get("requestBody", {}).get("content", {})
    reference = content.get(_JSON, {}).get("schema", {}).get("$ref")
    return None if reference is None else str(reference).rpartition("/")[2]


def _body(operation: Described, schemas: Mapping[str, Described]) -> list[str]:
    model = _json_model(operation)
    if model is not None:
        body = _example(schemas[model])
        text = json.dumps(body, ensure_ascii=False)
        quoted = "'" + re.sub(r"\$[A-Z]+", "'\"\\g<0>\"'", text) + "'"
        return [f"-H 'Content-Type: {_JSON}'", f"-d {quoted}"]
    asked = operation.get("requestBody", {})
    if not asked.get("required"):
        return []
    kinds = list(asked["content"])
    if "multipart/form-data" in kinds:
        return ["-F file=@FILE"]
    kind = "application/octet-stream" if kinds[0] == "*/*" else kinds[0]
    return [f"-H 'Content-Type: {kind}'", "--data-binary @FILE"]


def _example(schema: Described) -> dict[str, Any]:
    members = schema.get("properties", {})
    wanted = schema.get("required") or list(members)[:1]
    return {name: _MEMBERS.get(name, "…") for name in wanted}
