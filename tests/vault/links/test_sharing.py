"""Links to documents and folders: what they open, what they do not, and when they end."""

from __future__ import annotations

import asyncio

import pytest

from tests.vault.links.visitors import NO_PIN, read, shared, taken, visits_of
from tests.vault.workers import KEY, Clock, Worker, pieces
from vault_core.crypto.codes import new_link_code, parse_link_code, parse_session_token
from vault_core.crypto.links import (
    LinkBinding,
    link_key,
    open_payload,
    unwrap_for_visit,
    visit_lookup,
)
from vault_core.errors import (
    AccessDenied,
    BadRequest,
    Forbidden,
    LinkExpired,
    LinkNotFound,
    LinkRevoked,
    LinkUsedUp,
    NodeNotFound,
    ParcheminError,
    PinNeeded,
    PinWrong,
    ShareChanging,
    TooManyAttempts,
    VisitOver,
)
from vault_core.store import schema, shared_links
from vault_core.vault.journal import journal
from vault_core.vault.links import owning
from vault_core.vault.links.link import Terms
from vault_core.vault.links.sharing import read_share, restate, share
from vault_core.vault.vault import Vault

LARGE = bytes(range(256)) * 4096


async def _filled(vault: Vault) -> None:
    await vault.make_folder(("Photos",))
    await vault.make_folder(("Photos", "été"))
    await vault.write(("Photos", "a.txt"), pieces(b"inside"))
    await vault.write(("Photos", "été", "b.bin"), pieces(LARGE))
    await vault.write(("secret.txt",), pieces(b"outside"))


async def test_a_link_opens_a_document_and_nothing_else(
    first: Worker, second: Worker, vault: Vault
) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos", "été", "b.bin"), NO_PIN)
    visits = visits_of(second)
    token, row = await visits.open(link.code)
    visited = await visits.visited(token)
    seen = read_share(visited.payload)
    assert list(seen.nodes) == [()]
    assert await read(visits, visited, seen.top) == LARGE
    part = b"".join([bytes(p) async for p in visits.read(seen.top, 70_000, 10)])
    assert part == LARGE[70_000:70_010]
    assert row.kind == "share"


async def test_a_folder_shows_what_is_in_it_and_later_additions(
    first: Worker, second: Worker, vault: Vault
) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), NO_PIN)
    visits = visits_of(second)
    token, _ = await visits.open(link.code)
    seen = await shared(visits, token)
    assert set(seen.nodes) == {(), ("a.txt",), ("été",), ("été", "b.bin")}
    await vault.write(("Photos", "c.txt"), pieces(b"later"))
    await first.vaults.restate_shares()
    assert ("c.txt",) in (await shared(visits, token)).nodes
    assert await taken(visits, token, ("c.txt",)) == b"later"


async def test_what_is_deleted_or_moved_away_is_closed_at_once(
    first: Worker, second: Worker, vault: Vault
) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), NO_PIN)
    visits = visits_of(second)
    token, _ = await visits.open(link.code)
    await vault.delete(("Photos", "a.txt"))
    with pytest.raises(NodeNotFound):
        await taken(visits, token, ("a.txt",))
    await vault.move(("Photos", "été"), ("elsewhere",), overwrite=False)
    with pytest.raises(NodeNotFound):
        await taken(visits, token, ("été", "b.bin"))
    visited = await visits.visited(token)
    assert len(await visits.live(visited)) == 1  # the folder alone
    await vault.delete(("Photos",))
    with pytest.raises(NodeNotFound):
        await visits.live(visited)


async def test_a_replaced_document_is_told_until_it_is_shared_anew(
    first: Worker, second: Worker, vault: Vault
) -> None:
    await _filled(vault)
    link = await share(vault, ("secret.txt",), NO_PIN)
    visits = visits_of(second)
    token, _ = await visits.open(link.code)
    await vault.write(("secret.txt",), pieces(b"second version"))
    with pytest.raises(ShareChanging):
        await taken(visits, token, ())
    await restate(vault.opened)
    assert await taken(visits, token, ()) == b"second version"


async def test_revoking_ends_open_visits_in_every_process(
    first: Worker, second: Worker, vault: Vault
) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), NO_PIN)
    visits = visits_of(second)
    token, _ = await visits.open(link.code)
    await visits.visited(token)
    await owning.revoke(vault, link.id)
    with pytest.raises((LinkRevoked, VisitOver)):
        await visits.visited(token)
    with pytest.raises(LinkRevoked):
        await visits.open(link.code)
    stored = await first.catalog.fetch("SELECT payload FROM shared_links")
    assert [bytes(row[0]) for row in stored] == [b""]
    assert await first.catalog.fetch("SELECT lookup FROM link_visits") == []
    [found] = await owning.listing(vault)
    assert found.state(vault.actor().at) == "revoked"


async def test_a_link_expires_and_so_does_a_visit(
    first: Worker, vault: Vault, clock: Clock
) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), Terms(expires_at=vault.actor().at + 60_000))
    long = await share(vault, ("Photos",), NO_PIN)
    visits = visits_of(first)
    token, _ = await visits.open(link.code)
    other, _ = await visits.open(long.code)
    clock.offset += 61
    with pytest.raises((LinkExpired, VisitOver)):
        await visits.visited(token)
    with pytest.raises(LinkExpired):
        await visits.open(link.code)
    await visits.visited(other)
    clock.offset += 7200
    with pytest.raises(VisitOver):
        await visits.visited(other)
    await visits.open(long.code)


@pytest.mark.parametrize(
    "text",
    ["", "x", "0" * 29, "0" * 30, "00000-00000-00000-00000-00000-00000", "é" * 30, "a" * 5000],
)
async def test_what_is_no_link_is_told_so(first: Worker, text: str) -> None:
    with pytest.raises(LinkNotFound):
        await visits_of(first).open(text)


async def test_a_code_is_read_as_people_type_it(first: Worker, vault: Vault) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), NO_PIN)
    visits = visits_of(first)
    for typed in (
        link.code.upper(), link.code.replace("-", " "), f"https://x/open#{link.code}",
        link.code.replace("0", "o").replace("1", "l"),
    ):  # fmt: skip
        _, opened = await visits.open(typed)
        assert opened.vault == vault.id, typed


async def test_guessing_links_is_slowed_and_leads_nowhere(first: Worker) -> None:
    visits = visits_of(first)
    refusals = []
    for number in range(30):
        code = new_link_code(lambda size, number=number: bytes([number]) * size)
        with pytest.raises((LinkNotFound, TooManyAttempts)) as refused:
            await visits.open(code, "", "192.0.2.1")
        refusals.append(type(refused.value))
    assert refusals[:10] == [LinkNotFound] * 10
    assert TooManyAttempts in refusals
    assert refusals.count(LinkNotFound) < 20


async def test_a_pin_is_asked_for_compared_and_slowed(
    first: Worker, vault: Vault, clock: Clock
) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), Terms(pin="4711"))
    visits = visits_of(first)
    with pytest.raises(PinNeeded):
        await visits.open(link.code)
    for wrong in ("4712", "0000", "4711 ", "x" * 500, "٤٧١١"):
        with pytest.raises(PinWrong):
            await visits.open(link.code, wrong)
    with pytest.raises(TooManyAttempts) as slowed:
        await visits.open(link.code, "4711")
    assert slowed.value.retry_after > 20
    clock.offset += slowed.value.retry_after + 1
    token, _ = await visits.open(link.code, "4711")
    assert ("a.txt",) in (await shared(visits, token)).nodes
    [found] = await owning.listing(vault)
    assert found.failures == 5


async def test_who_mistypes_among_many_keeps_nobody_waiting(
    first: Worker, second: Worker, vault: Vault
) -> None:
    """A class opens its teacher's link at once: those who are being looked at failed nothing."""
    await _filled(vault)
    link = await share(vault, ("Photos",), Terms(pin="4711"))
    both = [visits_of(first), visits_of(second)]
    pins = ["4712", *["4711"] * 9]
    came = await asyncio.gather(
        *(both[n % 2].open(link.code, pin) for n, pin in enumerate(pins)), return_exceptions=True
    )
    assert [type(one) for one in came] == [PinWrong, *[tuple] * 9]
    [found] = await owning.listing(vault)
    assert found.failures == 1
    await both[0].open(link.code, "4711")  # and nobody has to wait


async def test_too_many_wrong_pins_close_the_link_for_good(
    first: Worker, vault: Vault, clock: Clock
) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), Terms(pin="4711"))
    await first.catalog.commit(_failed, 29)
    visits = visits_of(first)
    with pytest.raises(PinWrong):
        await visits.open(link.code, "0000")
    clock.offset += 7200
    with pytest.raises(LinkRevoked):
        await visits.open(link.code, "4711")
    [found] = await owning.listing(vault)
    assert found.state(vault.actor().at) == "guessed"


def _failed(count: int):  # type: ignore[no-untyped-def]
    yield ("UPDATE shared_links SET failures = ?", (count,))


async def test_a_download_limit_holds_under_concurrency_across_processes(
    first: Worker, second: Worker, vault: Vault
) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos", "a.txt"), Terms(most=7))
    both = [visits_of(first), visits_of(second)]

    async def one(number: int) -> bool:
        visits = both[number % 2]
        try:
            token, _ = await visits.open(link.code)
            return await taken(visits, token, ()) == b"inside"
        except LinkUsedUp:
            return False

    got = await asyncio.gather(*(one(number) for number in range(40)))
    assert sum(got) == 7
    [found] = await owning.listing(vault)
    assert (found.used, found.state(vault.actor().at)) == (7, "used-up")


async def test_taking_the_same_thing_again_in_a_visit_is_not_counted(
    first: Worker, vault: Vault
) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), Terms(most=2))
    visits = visits_of(first)
    token, _ = await visits.open(link.code)
    for _ in range(5):
        assert await taken(visits, token, ("a.txt",)) == b"inside"
    assert await taken(visits, token, ("été", "b.bin")) == LARGE
    with pytest.raises(LinkUsedUp):
        await visits.take(await visits.visited(token), (await shared(visits, token)).top)
    assert await taken(visits, token, ("a.txt",)) == b"inside"  # it was paid for
    with pytest.raises(LinkUsedUp):
        await visits.open(link.code)


@pytest.mark.parametrize(
    "terms",
    [
        Terms(label="x" * 81), Terms(label="a\nb"), Terms(pin="123"), Terms(pin="1" * 65),
        Terms(expires_at=1), Terms(expires_at=2**60), Terms(most=0), Terms(most=10**7),
    ],
)  # fmt: skip
async def test_terms_that_make_no_sense_are_refused(vault: Vault, terms: Terms) -> None:
    await _filled(vault)
    with pytest.raises(BadRequest):
        await share(vault, ("Photos",), terms)


async def test_a_whole_vault_is_not_shared(vault: Vault) -> None:
    with pytest.raises(Forbidden):
        await share(vault, (), NO_PIN)


async def test_somebody_elses_link_is_not_there(first: Worker, vault: Vault) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), NO_PIN)
    other, _ = await first.enrol("bob")
    assert await owning.listing(other) == []
    with pytest.raises(ParcheminError) as refused:
        await owning.revoke(other, link.id)
    assert refused.value.status == 404
    await visits_of(first).open(link.code)


async def test_the_owner_sees_who_came_and_what_was_taken(first: Worker, vault: Vault) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), Terms(label="Les photos", pin="4711"))
    visits = visits_of(first)
    with pytest.raises(PinWrong):
        await visits.open(link.code, "9999")
    token, _ = await visits.open(link.code, "4711")
    await taken(visits, token, ("a.txt",))
    await owning.revoke(vault, link.id)
    entries = await journal.entries(first.catalog, vault.id)
    told = [e.verb for e in entries if e.detail.get("link") == link.id.hex()]
    assert told == ["link-revoke", "link-take", "link-open", "link-refused", "link-add"]
    [row] = await first.catalog.fetch(
        "SELECT journal_head, journal_size FROM vaults WHERE id = ?", (vault.id,)
    )
    assert await journal.verify(first.catalog, vault.id, *row) is None


async def test_nothing_of_a_link_that_is_stored_opens_it(first: Worker, vault: Vault) -> None:
    await _filled(vault)
    link = await share(vault, ("Photos",), NO_PIN)
    visits = visits_of(first)
    await visits.open(link.code)
    [row] = await first.catalog.fetch(
        "SELECT id, lookup, parameters, payload, sealed FROM shared_links"
    )
    visit = await first.catalog.fetch("SELECT lookup, wrapped FROM link_visits")
    stored = [bytes(value) for value in (row[0], row[1], row[3], row[4], *visit[0])]
    stored.append(row[2].encode())
    assert all(parse_link_code(link.code) not in value for value in stored)
    assert all(b"Photos" not in value and b"a.txt" not in value for value in stored)
    for value in stored:
        token = value[:16].ljust(32, b"\0")
        with pytest.raises(ParcheminError):
            await visits.open(value[:16].hex())
        with pytest.raises(VisitOver):
            await visits.visited(token.hex()[:43])


async def test_no_key_that_is_stored_opens_a_payload(first: Worker, vault: Vault) -> None:
    """Every stored value is tried as the secret, as the key, and as a visit's token."""
    await _filled(vault)
    link = await share(vault, ("Photos",), NO_PIN)
    token, _ = await visits_of(first).open(link.code)
    values = {KEY}
    for table in schema.tables():
        for row in await first.catalog.fetch(f'SELECT * FROM "{table.name}"'):
            values |= {value for value in row if isinstance(value, bytes) and len(value) >= 16}
    row = await shared_links.by_id(first.catalog, link.id)
    visit = await shared_links.visit(first.catalog, visit_lookup(parse_session_token(token)))
    assert row is not None
    assert visit is not None
    binding = LinkBinding(row.vault, row.id, row.kind, row.parameters)
    assert len(values) > 20
    for value in values:
        secret = (value + value)[:32]
        for key in (secret, link_key(binding, secret, ""), link_key(binding, secret[:16], "")):
            with pytest.raises(AccessDenied):
                open_payload(key, binding, row.payload)
        with pytest.raises(AccessDenied):
            unwrap_for_visit(visit.wrapped, row.id, secret)
    key = link_key(binding, parse_link_code(link.code), "")  # the right one does
    assert read_share(open_payload(key, binding, row.payload)).top.name == "Photos"
