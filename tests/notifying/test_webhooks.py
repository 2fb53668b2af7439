"""Webhooks: signed as an independent library verifies, retried, and never into private networks."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.issuing.deliveries.test_batches import exported, people
from tests.issuing.house import House, house
from tests.notifying.receivers import listener
from vault_core.errors import CallFailed, CallRefused, NodeNotFound
from vault_core.notifying.calling import call, check_ip
from vault_core.store.catalog import Unit

LOOPBACK = {"PARCHEMIN_WEBHOOKS__ALLOWED_NETWORKS": "127.0.0.0/8"}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data", **LOOPBACK) as found:
        yield found


async def delivered(running: House, count: int = 2) -> str:
    rows = await people(running, count)
    data = exported(running, rows)
    batch = await running.institution.batches.submit(
        "bac", io.BytesIO(data), "results.csv", "command"
    )
    await running.institution.worker.work_off()
    return batch.id


async def test_the_end_of_a_batch_is_told_once_and_signed(running: House) -> None:
    institution = running.institution
    async with listener() as program:
        hook, secret = await institution.webhooks.add(program.url, "command")
        batch = await delivered(running)
        await institution.post.once()
        await institution.post.once()
        [said] = program.verified(secret)
        assert said["type"] == "batch.done"
        assert (said["data"]["batch"], said["data"]["delivered"]) == (batch, 2)
        [(headers, text)] = program.calls
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(text.replace("2", "3"), headers)
        assert "results.csv" not in text
        await institution.webhooks.remove(hook.id)
        with pytest.raises(NodeNotFound):
            await institution.webhooks.remove(hook.id)


async def test_nothing_is_kept_where_nobody_listens(running: House) -> None:
    await delivered(running)
    assert await running.institution.catalog.fetch("SELECT * FROM events") == []


@pytest.mark.parametrize("status", [500, 302, 404])
async def test_what_was_not_taken_is_sent_again_under_the_same_id(
    running: House, status: int
) -> None:
    institution = running.institution
    async with listener() as program:
        _, secret = await institution.webhooks.add(program.url, "command")
        program.statuses = [status, status]
        batch = await delivered(running, 1)
        await institution.post.once()
        for _ in range(2):
            await institution.catalog.commit(_hurry)
            await institution.post.once()
        said = program.verified(secret)
        assert [one["data"]["batch"] for one in said] == [batch] * 3
        assert len({headers["webhook-id"] for headers, _ in program.calls}) == 1
        assert await institution.post.waiting() == []


async def test_a_cancelled_batch_and_a_trial_are_told_to_each_webhook(running: House) -> None:
    institution = running.institution
    async with listener() as one, listener() as two:
        hook, secret = await institution.webhooks.add(one.url, "command")
        _, other = await institution.webhooks.add(two.url, "command")
        data = exported(running, await people(running, 1))
        batch = await institution.batches.submit(
            "bac", io.BytesIO(data), "x.csv", "command", held=True
        )
        await institution.batches.cancel(batch.id)
        await institution.post.try_webhook(hook.id)
        await institution.post.once()
        assert sorted(said["type"] for said in one.verified(secret)) == ["batch.cancelled", "test"]
        assert [said["type"] for said in two.verified(other)] == ["batch.cancelled"]


def _hurry() -> Unit[None]:
    yield "UPDATE outbox SET next_at = 0", ()


REFUSED = {
    "loopback": "https://127.0.0.1/",
    "loopback by name": "https://localhost/",
    "loopback as a number": "https://2130706433/",
    "loopback in short": "https://127.1/",
    "unspecified": "https://0.0.0.0/",
    "private": "https://10.1.2.3/",
    "link local, where clouds keep secrets": "https://169.254.169.254/latest/meta-data/",
    "shared": "https://100.64.0.1/",
    "multicast": "https://224.0.0.1/",
    "IPv6 loopback": "https://[::1]/",
    "IPv6 of an IPv4": "https://[::ffff:127.0.0.1]/",
    "IPv6 private": "https://[fd00::1]/",
    "loopback in other digits": "https://①②⑦.⓪.⓪.①/",
    "IPv6 that a gateway takes to link local": "https://[64:ff9b::a9fe:a9fe]/",
    "IPv6 by 6to4": "https://[2002:7f00:1::1]/",
    "IPv6 with an IPv4 at its end": "https://[::127.0.0.1]/",
    "plain http": "http://93.184.215.14/",
    "another scheme": "file:///etc/passwd",
    "no host": "https:///x",
    "a user": "https://a:b@example.org/",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
async def test_what_is_private_is_never_called(url: str) -> None:
    with pytest.raises((CallRefused, CallFailed)) as caught:
        await call(url, "{}", {}, ())
    if not isinstance(caught.value, CallRefused):  # a name that this machine cannot look up
        assert "numb" in url or "2130706433" in url or "127.1" in url


async def test_an_allowed_network_is_called_and_its_neighbours_are_not() -> None:
    async with listener() as program:
        await call(program.url, "{}", {}, ("127.0.0.1/32",))
        with pytest.raises(CallRefused):
            await call(program.url, "{}", {}, ("10.0.0.0/8",))
        assert len(program.calls) == 1
    check_ip("93.184.215.14", (), plain=False)
    with pytest.raises(CallRefused):
        check_ip("93.184.215.14", ("10.0.0.0/8",), plain=True)
