"""Idempotency-Key: what is sent twice happens once, whichever process it comes to."""

from __future__ import annotations

import asyncio

from tests.rest.callers import Api
from vault_core.rest.repeating import HOURS
from vault_core.store import replies

NEW = {"label": "phone"}


async def labels(api: Api) -> list[str]:
    async with api.browser() as page:
        found = (await page("GET", "credentials")).json["items"]
    return [one["label"] for one in found if one["kind"] == "app-password"]


async def test_a_key_gives_the_same_answer_again(api: Api) -> None:
    async with api.browser() as page:
        first = await page("POST", "app-passwords", NEW, Idempotency_Key="k-1")
        again = await page("POST", "app-passwords", NEW, Idempotency_Key="k-1")
        assert (first.status, again.status) == (201, 201)
        assert first.json == again.json
        assert again.headers["Location"] == first.headers["Location"]
        assert again.headers["Idempotency-Replayed"] == "true"
        other = await page("POST", "app-passwords", {"label": "x"}, Idempotency_Key="k-1")
        assert other.status == 422
        assert (await page("POST", "app-passwords", NEW)).status == 201
    assert await labels(api) == ["phone", "phone"]


async def test_many_at_once_make_one(api: Api) -> None:
    async with api.browser() as page:
        heard = await asyncio.gather(
            *(page("POST", "app-passwords", NEW, Idempotency_Key="k") for _ in range(8))
        )
    assert {one.status for one in heard} <= {201, 409}
    assert await labels(api) == ["phone"]


async def test_what_was_refused_can_be_tried_again(api: Api) -> None:
    async with api.browser() as page:
        assert (await page("POST", "app-passwords", {}, Idempotency_Key="k")).status == 400
        assert (await page("POST", "app-passwords", NEW, Idempotency_Key="k")).status == 201


async def test_another_credential_has_keys_of_its_own(api: Api) -> None:
    async with api.browser() as page, api.browser() as other:
        assert (await page("POST", "app-passwords", NEW, Idempotency_Key="k")).status == 201
        heard = await other("POST", "app-passwords", NEW, Idempotency_Key="k")
        assert (heard.status, "Idempotency-Replayed" in heard.headers) == (201, False)


async def test_the_database_shows_nothing_of_what_was_answered(api: Api) -> None:
    async with api.browser() as page:
        made = await page("POST", "app-passwords", NEW, Idempotency_Key="my-key")
    rows = await api.site.institution.catalog.fetch("SELECT * FROM replies")
    assert len(rows) == 1
    seen = b"".join(value for value in rows[0] if isinstance(value, bytes))
    for secret in (made.json["secret"], "phone", "my-key"):
        assert secret.encode() not in seen


async def test_a_key_whose_process_died_is_not_done_again(api: Api) -> None:
    async with api.browser() as page:
        await page("POST", "app-passwords", NEW, Idempotency_Key="k")
        catalog = api.site.institution.catalog

        def forget():  # type: ignore[no-untyped-def]
            yield ("UPDATE replies SET answer = NULL", ())

        await catalog.commit(forget)
        heard = await page("POST", "app-passwords", NEW, Idempotency_Key="k")
        assert heard.status == 409
    assert await labels(api) == ["phone"]


async def test_keys_are_forgotten_after_a_day(api: Api) -> None:
    async with api.browser() as page:
        await page("POST", "app-passwords", NEW, Idempotency_Key="k")
        catalog = api.site.institution.catalog
        now = int(api.site.institution.vaults.services.clock() * 1000)
        assert await catalog.commit(replies.expire, now) == 0
        assert await catalog.commit(replies.expire, now + HOURS * 3_600_000 + 1) == 1


async def test_a_key_that_is_none(api: Api) -> None:
    async with api.browser() as page:
        for key in ("", "x" * 256, "é"):
            heard = await page("POST", "app-passwords", NEW, Idempotency_Key=key)
            assert heard.status == 400, key
