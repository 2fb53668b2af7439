"""Requests that issuers' programs sign (RFC 9421): let in once, and not if anything is altered."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.issuing.deliveries.test_batches import exported, people
from tests.issuing.house import URL, House, house
from tests.rest.callers import Caller, Heard
from tests.rest.signing import COVERED, PrivateKey, Signed, digest, new_key, pem
from vault_core.errors import BadRequest, NodeNotFound, TooManyAttempts
from vault_core.issuing.programs import request_keys
from vault_core.rest import signatures
from vault_core.rest.signatures import Claim, Message
from vault_core.store.catalog import Unit

PUSH = f"{URL}/api/v1/batches?type=bac&name=x"
LIST = f"{URL}/api/v1/batches"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as found:
        yield found


@pytest.fixture
async def key(running: House) -> PrivateKey:
    """A key of the baccalauréat's issuer, registered."""
    return await registered(running)


async def registered(running: House, kind: str = "ed25519", **options: bool) -> PrivateKey:
    made = new_key(kind)
    issuer = running.institution.plugins.issuer_of("bac").id
    await running.institution.request_keys.register(
        issuer, "nightly", pem(made), 30, "command", **options
    )
    return made


async def send(running: House, signed: Signed, **instead: object) -> Heard:
    """Send it; `instead` are parts of the request that somebody altered on the way."""
    url = str(instead.get("url", signed.url)).removeprefix(URL)
    async with ClientSession() as client:
        call = Caller(client, running.url, {})
        headers = {**signed.fields(), **dict(instead.get("headers", {}))}  # type: ignore[call-overload]
        return await call(
            str(instead.get("method", signed.method)),
            url,
            instead.get("data", signed.data),
            **headers,
        )


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256-sha256"])
async def test_a_program_hands_in_and_follows(running: House, kind: str) -> None:
    key = await registered(running, kind)
    data = exported(running, await people(running, 2))
    covered = (*COVERED, "idempotency-key")
    push = Signed(key, PUSH, "POST", data, {"Idempotency-Key": "july"}, covered)
    pushed = await send(running, push)
    assert pushed.status == 202, pushed.body
    batch = pushed.json["id"]
    again = await send(running, push)  # signed anew, the same creation
    assert (again.status, again.json["id"]) == (202, batch)
    await running.institution.worker.work_off()
    parts = ("@method", "@authority", "@path")
    found = await send(running, Signed(key, f"{LIST}/{batch}", covered=parts))
    assert found.json["delivered"] == 2
    assert (await send(running, Signed(key, f"{LIST}/{batch}/receipt"))).status == 200
    [known] = await running.institution.request_keys.everything()
    assert known.used_at is not None


async def test_what_a_key_does_not_open(running: House) -> None:
    writing, looking = await registered(running), await registered(running, writes=False)
    for path in ("account", "documents", "reviews", "credentials", "journal"):
        heard = await send(running, Signed(writing, f"{URL}/api/v1/{path}"))
        assert heard.status == 403, path
    data = exported(running, await people(running, 1))
    assert (await send(running, Signed(looking, LIST))).status == 200
    assert (await send(running, Signed(looking, PUSH, "POST", data))).status == 403
    jdc = PUSH.replace("type=bac", "type=jdc")
    assert (await send(running, Signed(writing, jdc, "POST", data))).status == 403
    assert await running.institution.batches.newest() == []


Alter = Callable[[Signed], tuple[Signed, dict[str, object]]]
BEFORE = int(time.time()) - signatures.WINDOW - 30
LATER = int(time.time()) + 7 * 86_400
"""Of when this file was read, which may be an hour before a test of it runs."""
OTHER = new_key()
FAULTS: dict[str, tuple[Alter, str]] = {
    "altered content": (lambda good: (good, {"data": good.data + b"x"}), "Content-Digest"),
    "no content any more": (lambda good: (good, {"data": b""}), "Content-Digest"),
    "altered content and digest": (
        lambda good: (good, {"data": b"x", "headers": {"Content-Digest": digest(b"x")}}),
        "does not fit",
    ),
    "altered path": (
        lambda good: (good, {"url": f"{LIST}/{'0' * 32}/cancel?type=bac&name=x"}), "does not fit"),
    "altered query": (lambda good: (good, {"url": PUSH + "&held=true"}), "does not fit"),
    "altered method": (lambda good: (good, {"method": "GET"}), "does not fit"),
    "altered type of content": (
        lambda good: (good, {"headers": {"Content-Type": "application/json"}}), "does not fit"),
    "a field that is looked at, added": (
        lambda good: (good, {"headers": {"Idempotency-Key": "x"}}), "must cover 'idempotency-key'"),
    "signed for another server": (
        lambda good: (replace(good, url=good.url.replace(URL, "https://other.example")),
                      {"url": PUSH}), "does not fit"),
    "by another key": (lambda good: (replace(good, key=OTHER), {}), "good for nothing"),
    "another key under this name": (
        lambda good: (replace(good, key=OTHER, told={
            "keyid": request_keys.thumbprint(good.key.public_key())}), {}), "does not fit"),
    "old": (lambda good: (replace(good, told={"created": BEFORE}), {}), "not of now"),
    "of tomorrow": (lambda good: (replace(good, told={"created": LATER}), {}), "not of now"),
    "past its own end": (lambda good: (replace(good, told={"expires": BEFORE}), {}), "not of now"),
    "another algorithm": (
        lambda good: (replace(good, told={"alg": "hmac-sha256"}), {}), "does not fit"),
    "no time": (lambda good: (replace(good, without=("created",)), {}), "says keyid, created"),
    "no nonce": (lambda good: (replace(good, without=("nonce",)), {}), "says keyid, created"),
    "no key": (lambda good: (replace(good, without=("keyid",)), {}), "says keyid, created"),
    "a short nonce": (lambda good: (replace(good, told={"nonce": "1"}), {}), "nonce has"),
    "a long nonce": (lambda good: (replace(good, told={"nonce": "1" * 200}), {}), "nonce has"),
    "method not covered": (lambda good: (replace(good, covered=COVERED[1:]), {}), "'@method'"),
    "address not covered": (
        lambda good: (replace(good, covered=("@method", *COVERED[2:])), {}), "'@authority'"),
    "query not covered": (
        lambda good: (replace(good, covered=("@method", "@authority", "@path", *COVERED[2:])), {}),
        "must cover '@query'."),
    "content not covered": (
        lambda good: (replace(good, covered=(*COVERED[:2], "content-type")), {}),
        "'content-digest'"),
    "type of content not covered": (lambda good: (replace(good, covered=COVERED[:3]), {}),
                                    "'content-type'"),
    "a digest that nobody knows": (
        lambda good: (good.with_headers(Content_Digest="md5=:AAAA:"), {}), "RFC 9530"),
    "a digest that is none": (
        lambda good: (good.with_headers(Content_Digest="sha-256=x"), {}), "RFC 9530"),
    "two signatures": (
        lambda good: (good, {"headers": {"Signature-Input": 'a=("@method");created=1, b=()'}}),
        "cannot be read"),
    "nonsense": (lambda good: (good, {"headers": {"Signature-Input": "]["}}), "cannot be read"),
    "no signature": (lambda good: (good, {"headers": {"Signature": ""}}), "cannot be read"),
    "a signature of nothing": (
        lambda good: (good, {"headers": {"Signature": "sig1=::"}}), "does not fit"),
    "under another label": (
        lambda good: (good, {"headers": {"Signature": "sig2=:AAAA:"}}), "does not fit"),
    "very long": (
        lambda good: (good, {"headers": {"Signature": f"sig1=:{'A' * 5000}:"}}), "cannot be read"),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def faulted(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[House, PrivateKey]]:
    async with house(tmp_path_factory.mktemp("faults") / "data") as found:
        yield found, await registered(found)


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.asyncio(loop_scope="module")
async def test_one_fault_lets_nobody_in(faulted: tuple[House, PrivateKey], name: str) -> None:
    running, key = faulted
    alter, said = FAULTS[name]
    signed, instead = alter(Signed(key, PUSH, "POST", b"a;b\n1;2\n"))
    heard = await send(running, signed, **instead)
    assert heard.status == 401, heard.body
    assert heard.headers["Content-Type"].startswith("application/problem+json")
    assert said in heard.json["detail"], heard.json
    assert heard.headers["Accept-Signature"].startswith('sig1=("@method"')
    assert await running.institution.batches.newest() == []


async def test_a_signature_is_good_once_in_whichever_process(
    running: House, key: PrivateKey, tmp_path: Path
) -> None:
    fields = Signed(key, LIST).fields()
    async with ClientSession() as client, house(tmp_path / "data") as other:
        first = await Caller(client, running.url, fields)("GET", "batches")
        again = await Caller(client, running.url, fields)("GET", "batches")
        elsewhere = await Caller(client, other.url, fields)("GET", "batches")
    assert first.status == 200
    for heard in (again, elsewhere):
        assert heard.status == 401
        assert "used before" in heard.json["detail"]


async def test_signatures_are_forgotten_once_they_are_too_old(
    running: House, key: PrivateKey
) -> None:
    await send(running, Signed(key, LIST))
    catalog = running.institution.catalog
    assert len(await catalog.fetch("SELECT * FROM request_nonces")) == 1
    await running.institution.maintenance.expire(running.institution.retention)
    assert len(await catalog.fetch("SELECT * FROM request_nonces")) == 1

    def age() -> Unit[None]:
        yield "UPDATE request_nonces SET expires_at = 1", ()

    await catalog.commit(age)
    await running.institution.maintenance.expire(running.institution.retention)
    assert await catalog.fetch("SELECT * FROM request_nonces") == []


async def test_one_program_cannot_fill_the_memory_of_signatures(
    running: House, key: PrivateKey
) -> None:
    running.institution.request_keys.remembered = 2
    answers = [await send(running, Signed(key, LIST)) for _ in range(3)]
    assert [heard.status for heard in answers] == [200, 200, 429]
    assert TooManyAttempts.__name__ in answers[-1].json["type"]


async def test_a_key_is_replaced_without_a_gap_and_revoked_for_ever(
    running: House, key: PrivateKey
) -> None:
    keys = running.institution.request_keys
    [old] = await keys.everything()
    after = new_key("ecdsa-p256-sha256")
    new = await keys.rotate(old.id, pem(after), 30, 7, "command")
    assert (new.issuer, new.label, new.writes) == (old.issuer, old.label, old.writes)
    for good in (key, after):
        assert (await send(running, Signed(good, LIST))).status == 200
    before, _ = await keys.everything()
    assert before.expires_at - new.created_at == 7 * 86_400_000
    await keys.revoke(old.id, "command")
    refused = await send(running, Signed(key, LIST))
    unknown = await send(running, Signed(OTHER, LIST))
    assert refused.status == 401
    assert refused.json == unknown.json
    with pytest.raises(BadRequest, match="make a new one"):
        await keys.register(old.issuer, "again", pem(key), 30, "command")
    with pytest.raises(NodeNotFound):
        await keys.revoke(old.id, "command")
    with pytest.raises(NodeNotFound):
        await keys.rotate(old.id, pem(new_key()), 30, 7, "command")
    verbs = await running.institution.catalog.fetch("SELECT verb FROM acts ORDER BY number")
    assert [row[0] for row in verbs] == [
        "request-key-add", "request-key-rotate", "request-key-revoke",
    ]  # fmt: skip


async def test_what_a_program_did_stands_in_the_record_of_acts(
    running: House, key: PrivateKey
) -> None:
    data = exported(running, await people(running, 1))
    pushed = await send(running, Signed(key, PUSH + "&held=true", "POST", data))
    cancelled = await send(running, Signed(key, f"{LIST}/{pushed.json['id']}/cancel", "POST"))
    assert cancelled.json["state"] == "cancelled"
    issuer = running.institution.plugins.issuer_of("bac").id
    acts = await running.institution.catalog.fetch("SELECT actor, verb FROM acts ORDER BY number")
    assert [tuple(act) for act in acts[1:]] == [
        (f"issuer {issuer}", "batch-take"), (f"issuer {issuer}", "batch-cancel"),
    ]  # fmt: skip


async def test_an_expired_key_is_good_for_nothing(running: House, key: PrivateKey) -> None:
    def expire() -> Unit[None]:
        yield "UPDATE request_keys SET expires_at = 1", ()

    await running.institution.catalog.commit(expire)
    assert (await send(running, Signed(key, LIST))).status == 401


async def test_keys_that_cannot_be_registered(running: House) -> None:
    keys = running.institution.request_keys
    issuer = running.institution.plugins.issuer_of("bac").id
    good = pem(new_key())
    private = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    for label, data, days in (
        ("", good, 30), ("x", good, 0), ("x", good, 1101), ("x", b"", 30), ("x", private, 30),
        ("x", good[:60], 30), ("x", b"\xff" * 99, 30),
    ):  # fmt: skip
        with pytest.raises(BadRequest):
            await keys.register(issuer, label, data, days, "command")
    with pytest.raises(NodeNotFound):
        await keys.register("nobody", "x", good, 30, "command")
    assert await keys.everything() == []


def test_the_vector_of_the_rfc() -> None:
    """RFC 9421 appendix B.2.6, with the key of B.1.4."""
    key = request_keys.read_public_key(
        b"-----BEGIN PUBLIC KEY-----\n"
        b"MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n"
        b"-----END PUBLIC KEY-----\n"
    )
    headers = {
        "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "Content-Type": "application/json",
        "Content-Length": "18",
        "Signature-Input": 'sig-b26=("date" "@method" "@path" "@authority" "content-type"'
        ' "content-length");created=1618884473;keyid="test-key-ed25519"',
        "Signature": "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0"
        "w6vuQv5lIp5WPpBKRCw==:",
    }
    message = Message("POST", "http://example.com/foo?param=Value&Pet=dog", headers, True)
    found = Claim("test-key-ed25519", "", 1618884473, None, frozenset())
    signatures.prove(message, found, key, "ed25519")
    with pytest.raises(signatures.SignatureRefused):
        signatures.prove(replace(message, method="PUT"), found, key, "ed25519")


def test_a_thumbprint_is_that_of_the_rfc() -> None:
    """RFC 8037 appendix A.3."""
    key = request_keys.read_public_key(
        b"-----BEGIN PUBLIC KEY-----\n"
        b"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
        b"-----END PUBLIC KEY-----\n"
    )
    assert request_keys.thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert re.fullmatch(r"[\w-]{43}", request_keys.thumbprint(key))
