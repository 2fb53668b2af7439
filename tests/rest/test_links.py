"""Links by program: made, listed, used by somebody without an account, revoked."""

from __future__ import annotations

import pytest

from tests.rest.callers import Api
from tests.vault.workers import pieces


async def test_a_share_is_made_listed_and_revoked(api: Api) -> None:
    vault = await api.vault()
    await vault.write(("a.txt",), pieces(b"bonjour"))
    async with api.program("ada", "links:write", "links:read") as call:
        made = await call("POST", "shares", {"path": ["a.txt"], "days": 7, "downloads": 3})
        assert made.status == 201
        link = made.json
        assert (link["kind"], link["state"], link["most"]) == ("share", "open", 3)
        [listed] = (await call("GET", "links")).json["items"]
        assert listed == link
        assert (await call("GET", made.headers["Location"])).json == link
        visits = api.site.institution.visits
        token, _ = await visits.open(link["code"])
        await visits.visited(token)
        assert (await call("DELETE", f"links/{link['id']}")).status == 204
        assert (await call("GET", f"links/{link['id']}")).json["state"] == "revoked"
    async with api.program("bob", "links:read") as stranger:
        assert (await stranger("GET", f"links/{link['id']}")).status == 404
        assert (await stranger("DELETE", f"links/{link['id']}")).status == 403
    async with api.program("bob", "links:write") as stranger:
        assert (await stranger("DELETE", f"links/{link['id']}")).status == 404


@pytest.mark.parametrize(
    ("where", "body", "status"),
    [
        ("shares", {"path": []}, 403),
        ("shares", {"path": ["none"]}, 404),
        ("shares", {"path": [".."]}, 400),
        ("drop-boxes", {"path": ["none"]}, 404),
    ],
)
async def test_what_cannot_be_shared_is_told(
    api: Api, where: str, body: dict[str, object], status: int
) -> None:
    await api.vault()
    async with api.program("ada", "links:write") as call:
        assert (await call("POST", where, body)).status == status


async def test_a_drop_box_by_program(api: Api) -> None:
    await api.vault()
    async with api.program("ada", "links:write") as call:
        made = await call("POST", "drop-boxes", {"path": [], "documents": 2, "label": "ici"})
        assert (made.status, made.json["kind"], made.json["most"]) == (201, "drop", 2)
