"""The endpoints at /scim/v2: discovery and Users (RFC 7644 sections 3 and 4)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import hdrs, web

from vault_core.errors import (
    AccessDenied,
    BadRequest,
    NodeExists,
    NodeNotFound,
    ParcheminError,
    PersonNotFound,
    PreconditionFailed,
    StoreError,
    TooLarge,
)
from vault_core.roles import open_to
from vault_core.scim import cursors, discovery, errors, filters, patching, users
from vault_core.settings import Settings
from vault_core.signin.provisioning import Account, Provisioning
from vault_core.store.ids import VaultId

log = logging.getLogger(__name__)
PREFIX: Final = "/scim/v2"
_LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_FARTHEST: Final = 2**31
"""The last `startIndex` that is told from others: databases count in 64 bits."""
Handler = Callable[[web.Request, str], Awaitable[web.Response]]


class ScimApi:
    """Accounts, for the directories that hold a token."""

    def __init__(self, provisioning: Provisioning, settings: Callable[[], Settings]) -> None:
        self._provisioning = provisioning
        self._settings = settings

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        table: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/ServiceProviderConfig", self.config),
            ("GET", "/ResourceTypes", self.resource_types),
            ("GET", "/ResourceTypes/{name}", self.resource_type),
            ("GET", "/Schemas", self.schemas),
            ("GET", "/Schemas/{name}", self.schema),
            ("GET", "/Users", self.find),
            ("POST", "/Users", self.create),
            ("POST", "/Users/.search", self.search),
            ("POST", "/.search", self.search),
            ("GET", "/Users/{id}", self.read),
            ("PUT", "/Users/{id}", self.replace),
            ("PATCH", "/Users/{id}", self.patch),
            ("DELETE", "/Users/{id}", self.delete),
        )
        named = [web.route(m, PREFIX + path, self._answering(h)) for m, path, h in table]
        paths = sorted({path for _, path, _ in table})
        others = [web.route("*", PREFIX + path, self._answering(_no_method)) for path in paths]
        nothing = web.route("*", PREFIX + "/{rest:.*}", self._answering(_nothing))
        return [*named, *others, nothing]

    def _answering(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                return await handler(request, await self._actor(request))
            except ParcheminError as error:
                if error.status >= 500:
                    log.error("scim %s: %s", type(error).__name__, error)
                return errors.problem(error)
            except Exception:
                log.exception("scim %s failed", request.method)
                return errors.problem(StoreError("The server made a mistake; it was noted."))

        return open_to("provisioner")(answer)

    async def _actor(self, request: web.Request) -> str:
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() != "bearer" or not token.isascii():
            raise AccessDenied("Send a directory's token: Authorization: Bearer parchemin_scim_…")
        return await self._provisioning.provisioner(token.strip())

    def _base(self, request: web.Request) -> str:
        configured = self._settings().server.public_url.rstrip("/")
        return (configured or f"{request.scheme}://{request.host}") + PREFIX

    async def config(self, request: web.Request, actor: str) -> web.Response:
        """What is supported."""
        return errors.answer(discovery.config(self._base(request)))

    async def resource_types(self, request: web.Request, actor: str) -> web.Response:
        """Kinds of resource."""
        return _listed(discovery.resource_types(self._base(request)))

    async def resource_type(self, request: web.Request, actor: str) -> web.Response:
        """One kind."""
        return _named(request, discovery.resource_types(self._base(request)))

    async def schemas(self, request: web.Request, actor: str) -> web.Response:
        """What Users have."""
        return _listed(discovery.schemas(self._base(request)))

    async def schema(self, request: web.Request, actor: str) -> web.Response:
        """One schema."""
        return _named(request, discovery.schemas(self._base(request)))

    async def find(self, request: web.Request, actor: str) -> web.Response:
        """A page of accounts, or the one that a filter names."""
        return await self._found(request.query, self._base(request))

    async def search(self, request: web.Request, actor: str) -> web.Response:
        """The same, asked in a body (section 3.4.3)."""
        said = users.folded(await self._body(request))
        query: dict[str, str] = {}
        for name in ("filter", "startIndex", "cursor", "count", "attributes", "excludedAttributes"):
            value = said.get(name.casefold())
            if isinstance(value, list):
                value = ",".join(map(str, value))
            if value is not None:
                query[name] = str(value)
        return await self._found(query, self._base(request))

    async def _found(self, query: Mapping[str, str], base: str) -> web.Response:
        if "filter" in query:
            name, value = filters.parsed(query["filter"])
            account = await self._one(name, value)
            return _listed([_shown(account, base, query)] if account is not None else [])
        if "cursor" in query:
            return await self._following(query, base)
        start = max(1, min(_number(query, "startIndex", 1), _FARTHEST))
        count = max(0, min(_number(query, "count", discovery.PAGE), discovery.MOST))
        total, found = await self._provisioning.page(start - 1, count)
        return _listed([_shown(each, base, query) for each in found], total, start)

    async def _following(self, query: Mapping[str, str], base: str) -> web.Response:
        """The page after a cursor, from the beginning for an empty one (RFC 9865).

        However many accounts there are, it takes as long as the first; `startIndex` reads past all
        that come before. `totalResults` is left out where counting would take long.
        """
        after, count = cursors.opened(query["cursor"]), _number(query, "count", discovery.PAGE)
        if count < 1:
            raise errors.ScimError("invalidCount", "count is 1 or more where there is a cursor.")
        count = min(count, discovery.MOST)
        total, found = await self._provisioning.following(after, count + 1)
        body = _list([_shown(each, base, query) for each in found[:count]], total)
        if len(found) > count:
            body["nextCursor"] = cursors.after(found[count - 1].person.username)
        return errors.answer(body)

    async def _one(self, name: filters.Attribute, value: str) -> Account | None:
        if name == "username":
            return await self._provisioning.by_username(value)
        if name == "externalid":
            return await self._provisioning.by_external(value)
        try:
            return await self._provisioning.account(_id(value))
        except PersonNotFound:
            return None

    async def create(self, request: web.Request, actor: str) -> web.Response:
        """A new account (section 3.3)."""
        wanted = users.wanted(await self._body(request))
        account = await self._provisioning.create(wanted, actor)
        return self._said(request, account, 201)

    async def read(self, request: web.Request, actor: str) -> web.Response:
        """One account (section 3.4.1)."""
        account = await self._account(request)
        version = users.resource(account, "")["meta"]["version"]
        if version in request.headers.get(hdrs.IF_NONE_MATCH, ""):
            return web.Response(status=304, headers={hdrs.ETAG: version})
        return self._said(request, account)

    async def replace(self, request: web.Request, actor: str) -> web.Response:
        """All that an account is (section 3.5.1)."""
        account = await self._account(request)
        wanted = users.wanted(await self._body(request), account)
        return self._said(request, await self._provisioning.change(account, wanted, actor))

    async def patch(self, request: web.Request, actor: str) -> web.Response:
        """Some of it (section 3.5.2)."""
        account = await self._account(request)
        after = patching.patched(users.resource(account, ""), await self._body(request))
        wanted = users.wanted(after, account)
        return self._said(request, await self._provisioning.change(account, wanted, actor))

    async def delete(self, request: web.Request, actor: str) -> web.Response:
        """They have left (section 3.6); their vault is kept as long as the institution says."""
        await self._provisioning.let_go(await self._account(request), actor)
        return web.Response(status=204)

    async def _account(self, request: web.Request) -> Account:
        """Raises PersonNotFound, and PreconditionFailed if it is another version by now."""
        account = await self._provisioning.account(_id(request.match_info["id"]))
        expected = request.headers.get(hdrs.IF_MATCH, "*")
        version = users.resource(account, "")["meta"]["version"]
        if expected != "*" and version not in expected:
            raise PreconditionFailed("It was changed meanwhile: read it again.")
        return account

    def _said(self, request: web.Request, account: Account, status: int = 200) -> web.Response:
        body = users.resource(account, self._base(request))
        named = {"ETag": body["meta"]["version"]}
        if status == 201:
            named["Location"] = body["meta"]["location"]
        return errors.answer(_reduced(body, request.query), status, **named)

    async def _body(self, request: web.Request) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(self._settings().server.body_timeout):
                found = json.loads(await request.read())
        except web.HTTPRequestEntityTooLarge:
            raise TooLarge from None
        except TimeoutError:
            raise BadRequest("The request came too slowly; send it again.") from None
        except (ValueError, RecursionError):
            raise errors.ScimError("invalidSyntax", "The body is no JSON.") from None
        if not isinstance(found, dict):
            raise errors.ScimError("invalidSyntax", "The body is a JSON object.")
        return found


async def _no_method(request: web.Request, actor: str) -> web.Response:
    """A method that an address does not have. Raises NodeExists, which HTTP calls 405."""
    raise NodeExists("This address has no such method.")


async def _nothing(request: web.Request, actor: str) -> web.Response:
    """Every other address. Raises NodeNotFound."""
    raise NodeNotFound("There is no such resource here.")


def _shown(account: Account, base: str, query: Mapping[str, str]) -> dict[str, Any]:
    return _reduced(users.resource(account, base), query)


def _reduced(body: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """Only the attributes that were asked for (section 3.9); id and schemas always."""
    only, without = _names(query, "attributes"), _names(query, "excludedAttributes")
    kept = {"id", "schemas"}
    found: dict[str, Any] = {}
    for name, value in body.items():
        low = name.casefold()
        if low in kept:
            found[name] = value
        elif only:
            part = {n.removeprefix(f"{low}.").removeprefix(f"{low}:") for n in only}
            if low in only:
                found[name] = value
            elif isinstance(value, dict):
                inner = {k: v for k, v in value.items() if k.casefold() in part - only}
                found |= {name: inner} if inner else {}
        elif low not in without:
            inside = {n.removeprefix(f"{low}.").removeprefix(f"{low}:") for n in without} - without
            found[name] = (
                {k: v for k, v in value.items() if k.casefold() not in inside}
                if isinstance(value, dict)
                else value
            )
    return found


def _names(query: Mapping[str, str], key: str) -> set[str]:
    texts = (name.strip().casefold() for name in query.get(key, "").split(","))
    return {text.removeprefix(f"{users.USER.casefold()}:") for text in texts if text}


def _listed(found: list[dict[str, Any]], total: int | None = None, start: int = 1) -> web.Response:
    body = _list(found, len(found) if total is None else total)
    return errors.answer(body | {"startIndex": start})


def _list(found: list[dict[str, Any]], total: int | None) -> dict[str, Any]:
    counted = {} if total is None else {"totalResults": total}
    return {"schemas": [_LIST], **counted, "itemsPerPage": len(found), "Resources": found}


def _named(request: web.Request, found: list[dict[str, Any]]) -> web.Response:
    for each in found:
        if each["id"] == request.match_info["name"]:
            return errors.answer(each)
    raise NodeNotFound("There is no such resource here.")


def _id(text: str) -> VaultId:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16:
        raise PersonNotFound
    return VaultId(found)


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    try:
        return int(query.get(name, otherwise))
    except ValueError:
        raise BadRequest(f"{name} is a number.") from None
