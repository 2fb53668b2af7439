"""Deliveries by the API: pushed by an operator's program, and by nobody else."""

from __future__ import annotations

import json

from tests.rest.callers import Api
from vault_core.issuing.deliveries.receipts import verify
from vault_core.vault.persons.person import Facts


def rows(api: Api, count: int) -> list[dict[str, str]]:
    bac = api.site.institution.plugins.document_type("bac")
    return [
        {column.names[0]: row.get(column.id, "") for column in bac.columns}
        for row in bac.sample(count, 7)
    ]


def lines(found: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in found).encode()


async def operator(api: Api) -> None:
    await api.vault("olga")
    institution = api.site.institution
    await institution.roles.grant(await institution.persons.find("olga"), "operator")


async def people(api: Api, count: int) -> None:
    bac = api.site.institution.plugins.document_type("bac")
    for number, row in enumerate(bac.sample(count, 7)):
        about = bac.parse(row).subject
        facts = Facts(" ".join(about.given_names), about.family_name, about.birth_date, about.ine)
        await api.site.institution.persons.add(f"p{number}", facts)


async def test_pushed_followed_decided_and_receipted(api: Api) -> None:
    await operator(api)
    await people(api, 2)
    async with api.program("olga") as call:
        key = {"Idempotency-Key": "2026-07-05/1", "Content-Type": "application/x-ndjson"}
        pushed = await call("POST", "batches?type=bac&name=july", lines(rows(api, 3)), **key)
        assert pushed.status == 202, pushed.body
        batch = pushed.json["id"]
        assert pushed.headers["Location"] == f"/api/v1/batches/{batch}"
        again = await call("POST", "batches?type=bac&name=july", lines(rows(api, 3)), **key)
        assert again.json["id"] == batch
        early = await call("GET", f"batches/{batch}/receipt")
        assert early.status == 400
        await api.site.institution.worker.work_off()
        found = (await call("GET", f"batches/{batch}")).json
        assert (found["state"], found["delivered"], found["review"]) == ("done", 2, 1)
        [review] = (await call("GET", "reviews")).json["items"]
        assert review["verdict"] == "unknown"
        path = f"reviews/{review['id']}/accept"
        assert (await call("POST", path, {"username": "nobody"})).status == 404
        assert (await call("POST", path, {"username": "olga"})).status == 204
        assert (await call("POST", path, {"username": "olga"})).status == 404
        receipt = await call("GET", f"batches/{batch}/receipt")
        proven = verify(
            receipt.body.decode().splitlines(), api.site.institution.receipts.public_key
        )
        assert proven.entries == 3
        assert (await call("POST", f"batches/{batch}/pause", {})).status == 400
    olga = (await api.vault("olga")).id.hex()
    acts = await api.site.institution.catalog.fetch("SELECT verb, actor FROM acts ORDER BY number")
    assert [verb for verb, actor in acts if actor == olga] == ["batch-take", "review-accept"]


async def test_held_and_cancelled(api: Api) -> None:
    await operator(api)
    async with api.program("olga") as call:
        pushed = await call("POST", "batches?type=bac&held=true", lines(rows(api, 1)))
        batch = pushed.json["id"]
        await api.site.institution.worker.work_off()
        assert (await call("GET", f"batches/{batch}")).json["state"] == "held"
        assert (await call("POST", f"batches/{batch}/cancel", {})).json["state"] == "cancelled"
        assert (await call("GET", f"batches/{batch}/faults")).json["items"] == []


async def test_what_cannot_be_read_is_one_problem(api: Api) -> None:
    await operator(api)
    async with api.program("olga") as call:
        assert (await call("POST", "batches?type=bac", b"%PDF-1.7")).status == 422
        assert (await call("POST", "batches?type=nothing", b"a;b\n")).status == 422
        assert (await call("POST", "batches", b"a;b\n")).status == 400
        assert (await call("GET", f"batches/{'0' * 32}")).status == 404


async def test_only_operators_with_the_scope_may(api: Api) -> None:
    await operator(api)
    paths = [("POST", "batches?type=bac"), ("GET", "batches"), ("GET", "reviews")]
    async with api.program("ada") as call:
        for method, path in paths:
            assert (await call(method, path)).status == 403
    async with api.program("olga", "documents:read") as call:
        for method, path in paths:
            assert (await call(method, path)).status == 403
    async with api.stranger() as call:
        for method, path in paths:
            assert (await call(method, path)).status == 401
