"""Declarations: what they take, what they give, and what they say of themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from aiohttp import ClientSession, web
from pydantic import Field

from tests.rest.callers import Api, Caller
from vault_core.errors import Conflict, NodeExists, NodeNotFound
from vault_core.rest.call import Answer, Call
from vault_core.rest.openapi import document
from vault_core.rest.operation import operation, operations
from vault_core.rest.serving import Front, problems_of_router
from vault_core.rest.shapes import Id, Input, Output


class Book(Output):
    """A book."""

    title: str
    page_count: int


class BookQuery(Input):
    """Which books."""

    min_pages: Annotated[int, Field(ge=0, le=10)] = 0
    about: tuple[str, ...] = ()


class NewBook(Input):
    """A book to be."""

    title: Annotated[str, Field(min_length=1)]


class Shelf:
    """Books."""

    @operation("GET", "/api/v1/books", needs="public", tagged=True)
    async def find_book(self, call: Call, query: BookQuery) -> Answer[Book]:
        """Find a book."""
        title = "/".join(query.about)
        return Answer(Book(title=title, page_count=query.min_pages), etag=title)

    @operation("POST", "/api/v1/books", needs="public", status=201, errors=(NodeExists,))
    async def add_book(self, call: Call, body: NewBook) -> Answer[Book]:
        """Add a book."""
        if body.title == "known":
            raise NodeExists
        if body.title == "broken":
            raise RuntimeError("secret")
        return Answer(Book(title=body.title, page_count=1), location="/api/v1/books/1")

    @operation("DELETE", "/api/v1/books/{book}", needs="public", errors=(NodeNotFound,))
    async def remove_book(self, call: Call, book: Id) -> None:
        """Remove a book."""


@pytest.fixture
async def shelf() -> AsyncIterator[Caller]:
    class Doors:
        async def admit(self, stated: object, request: web.Request) -> Call:
            return Call(request, "", 5)

    app = web.Application()
    front = Front(Doors(), None)  # type: ignore[arg-type]
    app.add_routes(front.routes(operations(Shelf())))
    app.middlewares.append(problems_of_router())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with ClientSession() as client:
        yield Caller(client, f"http://{host}:{port}", {})
    await runner.cleanup()


ASKED = {
    "a parameter twice": ("GET", "books?minPages=1&minPages=2", None, {}, 400),
    "an unknown parameter": ("GET", "books?max=1", None, {}, 400),
    "snake case": ("GET", "books?min_pages=1", None, {}, 400),
    "too much": ("GET", "books?minPages=11", None, {}, 400),
    "no number": ("GET", "books?minPages=x", None, {}, 400),
    "parameters where there are none": ("DELETE", f"books/{'0' * 32}?a=1", None, {}, 400),
    "no id": ("DELETE", "books/1", None, {}, 404),
    "an id": ("DELETE", f"books/{'0' * 32}", None, {}, 204),
    "no such method": ("PUT", "books", None, {}, 405),
    "no such address": ("GET", "nothing", None, {}, 404),
    "no JSON": ("POST", "books", b"{", {"Content_Type": "application/json"}, 400),
    "no object": ("POST", "books", b"[]", {"Content_Type": "application/json"}, 400),
    "deep JSON": ("POST", "books", b"[" * 100_000, {"Content_Type": "application/json"}, 400),
    "large JSON": ("POST", "books", b" " * 2**21, {"Content_Type": "application/json"}, 413),
    "another type": ("POST", "books", b"{}", {"Content_Type": "text/plain"}, 415),
    "a member missing": ("POST", "books", {}, {}, 400),
    "a member too many": ("POST", "books", {"title": "x", "pages": 1}, {}, 400),
    "in the way": ("POST", "books", {"title": "known"}, {}, 409),
    "a mistake of ours": ("POST", "books", {"title": "broken"}, {}, 503),
}


@pytest.mark.parametrize("name", ASKED)
async def test_what_is_refused_is_a_problem_that_says_why(shelf: Caller, name: str) -> None:
    method, path, data, headers, status = ASKED[name]
    heard = await shelf(method, path, data, **headers)
    assert heard.status == status
    if status >= 400:
        assert heard.headers["Content-Type"].startswith("application/problem+json")
        assert heard.json["status"] == status
        assert heard.json["detail"].endswith(".")
        assert "secret" not in heard.body.decode()


async def test_what_is_given(shelf: Caller) -> None:
    heard = await shelf("POST", "books", {"title": "Émile"})
    assert (heard.status, heard.json) == (201, {"title": "Émile", "pageCount": 1})
    assert heard.headers["Location"] == "/api/v1/books/1"
    heard = await shelf("GET", "books?about=a&about=b&minPages=3")
    assert heard.json == {"title": "a/b", "pageCount": 3}
    assert heard.headers["ETag"] == '"a/b"'
    for known in ('"a/b"', 'W/"a/b"', '"x", "a/b"', "*"):
        again = await shelf("GET", "books?about=a&about=b", If_None_Match=known)
        assert (again.status, again.body) == (304, b"")
    assert (await shelf("GET", "books?about=a", If_None_Match='"x"')).status == 200


async def test_faults_name_the_members(shelf: Caller) -> None:
    heard = await shelf("POST", "books", {"title": ""})
    assert list(heard.json["faults"]) == ["title"]


def test_a_declaration_that_says_too_little_is_a_mistake() -> None:
    class Untyped:
        @operation("GET", "/api/v1/x/{y}", needs="public")
        async def read(self, call: Call) -> Book:
            """Read."""
            raise Conflict

    class Silent:
        @operation("GET", "/api/v1/x", needs="public")
        async def read(self, call: Call) -> Book:
            raise Conflict

    for wrong in (Untyped(), Silent()):
        with pytest.raises(TypeError):
            operations(wrong)
    with pytest.raises(ValueError):
        document([*operations(Shelf()), *operations(Shelf())], "1")


async def test_the_served_document_names_every_operation(api: Api) -> None:
    async with api.stranger() as call:
        heard = await call("GET", "/api/openapi.json")
        assert heard.status == 200
        again = await call("GET", "/api/openapi.json", If_None_Match=heard.headers["ETag"])
        assert again.status == 304
    found = heard.json
    assert found["openapi"] == "3.1.0"
    account = found["paths"]["/api/v1/account"]["get"]
    assert account["security"] == [{"token": ["account:read"]}, {"session": []}]
    assert account["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Account"
    }
    assert {"401", "403"} <= set(account["responses"])
    assert found["paths"]["/api/v1/tokens"]["post"]["security"] == [{"session": []}]
    assert found["paths"]["/api/v1/verify"]["post"]["security"] == []
