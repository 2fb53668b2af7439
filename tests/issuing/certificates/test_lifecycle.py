"""What becomes of a certificate: repeated, corrected, revoked, checked; and what it gives away."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import stores
from tests.issuing.house import URL, Holder, House, Row, code, credential, house
from vault_core.app.own_files import KEY_FILE
from vault_core.errors import BadRequest, Forbidden, NodeNotFound, TooManyAttempts
from vault_core.issuing.certificates.codes import new_code, written
from vault_core.issuing.credentials.credential import issuer_url
from vault_core.issuing.credentials.status import LENGTH, StatusPlace, state_at
from vault_core.vault.journal import journal
from vault_core.vault.keys.throttle import network_of
from vault_core.vault.vault import Vault


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as found:
        yield found


@pytest.fixture
def row(running: House) -> Row:
    return running.row("bac")


@pytest.fixture
async def holder(running: House, row: Row) -> Holder:
    return await running.holder("bac", row)


async def one_document(vault: Vault) -> tuple[tuple[str, ...], object]:
    """The only document of a vault, and where it is."""
    await vault.refresh()
    [found] = [(path, node) for path, node in await vault.walk((), 1000) if not node.is_folder]
    return found


async def states(running: House) -> list[str]:
    return [one.state for one in await running.standings()]


async def test_the_same_row_again_changes_nothing(running: House, holder: Holder, row: Row) -> None:
    await running.deliver("bac", row)
    before = await running.fetch(holder)
    again = await running.deliver("bac", row)
    assert (again.counts["already"], again.counts["delivered"]) == (1, 0)
    assert await running.fetch(holder) == before
    assert await states(running) == ["valid"]


async def test_two_deliveries_at_once_make_one_certificate(
    running: House, holder: Holder, row: Row
) -> None:
    both = await asyncio.gather(running.deliver("bac", row), running.deliver("bac", row))
    assert sum(summary.counts["delivered"] for summary in both) == 1
    assert sum(summary.counts["already"] for summary in both) == 1
    assert await states(running) == ["valid"]
    assert len(await running.fetch(holder)) == 1


async def test_of_two_rows_about_one_fact_the_last_wins(
    running: House, holder: Holder, row: Row
) -> None:
    rows = [{**row, "average": "12,10"}, {**row, "average": "13,90"}]
    summary = await running.deliver("bac", *rows)
    assert (summary.counts["delivered"], summary.counts["corrected"]) == (1, 1)
    answer = await running.institution.verifier.check_data(await running.fetch_one(holder))
    assert answer.valid
    assert answer.claims is not None
    assert "13,90" in str(answer.claims.facts)


async def test_a_correction_takes_the_place_of_the_old_one(
    running: House, holder: Holder, row: Row
) -> None:
    await running.deliver("bac", {**row, "average": "12,10"})
    vault = await running.open(holder)
    path, old = await one_document(vault)
    old_pdf = await running.fetch_one(holder)
    summary = await running.deliver("bac", {**row, "average": "13,90"})
    assert summary.counts["corrected"] == 1
    new_path, new = await one_document(vault)
    assert (new_path, new.id) == (path, old.id)
    assert new.origin != old.origin
    [version] = await vault.versions(path)
    assert version.node.origin == old.origin
    kept = b"".join([bytes(piece) async for piece in vault.read_version(path, version.number)])
    assert kept == old_pdf
    assert await states(running) == ["replaced", "valid"]
    first, second = await running.standings()
    assert first.replaced_by == second.id == new.origin.certificate
    told = await running.institution.verifier.check_data(old_pdf)
    assert (told.verdict, told.sentence("en")) == (
        "replaced",
        "The certificate was replaced by its issuer: ask for the new one.",
    )
    assert told.ended_at is not None


async def test_a_correction_follows_the_old_one_to_where_its_owner_put_it(
    running: House, holder: Holder, row: Row
) -> None:
    await running.deliver("bac", {**row, "average": "12,10"})
    vault = await running.open(holder)
    path, old = await one_document(vault)
    await vault.make_folder(("Job hunt",))
    await vault.move(path, ("Job hunt", "mine.pdf"), overwrite=False)
    await running.deliver("bac", {**row, "average": "13,90"})
    moved, new = await one_document(vault)
    assert (moved, new.id) == (("Job hunt", "mine.pdf"), old.id)


async def test_corrections_that_wait_together_arrive_in_their_order(
    running: House, holder: Holder, row: Row
) -> None:
    for average in ("12,40", "12,50", "12,60"):
        await running.deliver("bac", {**row, "average": average})
    vault = await running.open(holder)
    path, node = await one_document(vault)
    assert len(await vault.versions(path)) == 2
    assert node.origin.certificate == await running.newest()


async def test_a_correction_can_be_taken_back(running: House, holder: Holder, row: Row) -> None:
    for average in ("12,40", "12,50", "12,40"):
        await running.deliver("bac", {**row, "average": average})
    assert await states(running) == ["replaced", "replaced", "valid"]
    answer = await running.institution.verifier.check_data(await running.fetch_one(holder))
    assert answer.valid
    assert answer.claims is not None
    assert "12,40" in str(answer.claims.facts)


async def test_without_the_old_one_a_correction_is_a_document_of_its_own(
    running: House, holder: Holder, row: Row
) -> None:
    await running.deliver("bac", {**row, "average": "12,40"})
    vault = await running.open(holder)
    path, _ = await one_document(vault)
    await vault.delete(path)
    await running.deliver("bac", {**row, "average": "12,50"})
    assert (await running.institution.verifier.check_data(await running.fetch_one(holder))).valid


async def test_a_revoked_certificate_is_told_by_file_and_by_code(
    running: House, holder: Holder, row: Row
) -> None:
    await running.deliver("bac", row)
    pdf = await running.fetch_one(holder)
    told = await running.institution.certificates.revoke(await running.newest(), "fraud")
    assert told.state == "revoked"
    for answer in (
        await running.institution.verifier.check_data(pdf),
        await running.institution.verifier.check_data(credential(pdf)),
        await running.institution.verifier.check_code(code(pdf)),
    ):
        assert (answer.verdict, answer.reason) == ("revoked", "fraud")
        assert answer.sentence("fr").startswith("L’attestation a été révoquée par son émetteur")
        assert answer.claims is not None


async def test_its_owner_is_told_of_a_revocation_in_the_journal(
    running: House, holder: Holder, row: Row
) -> None:
    await running.deliver("bac", row)
    certificate = await running.newest()
    await running.institution.certificates.revoke(certificate, "error")
    vault = await running.open(holder)
    entries = await journal.entries(running.institution.catalog, vault.opened.id)
    [entry] = [entry for entry in entries if entry.verb == "revoke"]
    assert entry.detail == {
        "certificate": certificate.removeprefix("urn:uuid:").replace("-", ""),
        "reason": "error",
    }


async def test_many_are_asked_for_together(running: House, row: Row) -> None:
    await running.holder("bac", row)
    await running.deliver("bac", row)
    [known] = await running.standings()
    unknown = "urn:uuid:00000000-0000-4000-8000-000000000000"
    register = running.institution.certificates
    assert await register.standings([unknown, "elsewhere", known.id]) == {known.id: known}
    assert await register.standings([]) == {}


async def test_what_has_expired_stands_so_and_can_still_be_revoked(running: House) -> None:
    row = {**running.row("pix"), "awarded_on": "14/03/2020"}
    await running.holder("pix", row)
    await running.deliver("pix", row)
    [expired] = await running.standings()
    end = dt.datetime(2023, 3, 14, 23, 59, 59, tzinfo=dt.UTC)
    assert (expired.type, expired.state) == ("pix", "expired")
    assert (expired.expires_at, expired.ended_at) == (end, end)
    revoked = await running.institution.certificates.revoke(expired.id, "fraud")
    assert (revoked.state, revoked.expires_at) == ("revoked", end)
    assert revoked.ended_at is not None
    assert revoked.ended_at > end


async def test_what_expires_later_is_valid_until_then(running: House) -> None:
    today = dt.datetime.now(dt.UTC).date()
    row = {**running.row("pix"), "awarded_on": today.strftime("%d/%m/%Y")}
    await running.holder("pix", row)
    await running.deliver("pix", row)
    [standing] = await running.standings()
    assert (standing.state, standing.ended_at) == ("valid", None)
    assert standing.expires_at is not None
    assert standing.expires_at.date().year == today.year + 3


async def test_only_what_is_valid_can_be_revoked(running: House, holder: Holder, row: Row) -> None:
    await running.deliver("bac", row)
    certificates, certificate = running.institution.certificates, await running.newest()
    with pytest.raises(BadRequest, match="there are: error, fraud"):
        await certificates.revoke(certificate, "because")
    with pytest.raises(BadRequest, match="no certificate id"):
        await certificates.revoke("bac", "error")
    with pytest.raises(NodeNotFound):
        await certificates.revoke("urn:uuid:01a21067-f4b2-7980-a114-a9690da9c61d", "error")
    await certificates.revoke(certificate, "error")
    with pytest.raises(Forbidden):
        await certificates.revoke(certificate, "fraud")


async def test_a_revoked_certificate_is_not_brought_back_by_its_own_row(
    running: House, holder: Holder, row: Row
) -> None:
    await running.deliver("bac", row)
    await running.institution.certificates.revoke(await running.newest(), "error")
    assert (await running.deliver("bac", row)).counts["already"] == 1
    assert await states(running) == ["revoked"]
    assert (await running.deliver("bac", {**row, "average": "13,70"})).counts["corrected"] == 1
    assert await states(running) == ["revoked", "valid"]


async def test_a_list_tells_the_revoked_from_the_others(running: House) -> None:
    rows = [running.row("bac", number) for number in range(12)]
    for number, row in enumerate(rows):
        await running.holder("bac", row, f"person{number}")
    assert (await running.deliver("bac", *rows)).counts["delivered"] == 12
    issued = await running.standings()
    await running.institution.certificates.revoke(issued[3].id, "error")
    asked = "SELECT issuer, list, place, state FROM certificates ORDER BY id"
    found = stores.rows(running.institution.data_dir, asked)
    places = [place for _, _, place, _ in found]
    assert len(set(places)) == 12
    assert places != sorted(places)
    assert all(0 <= place < LENGTH for place in places)
    trust = await running.institution.trusting.trust()
    base = f"{URL}/status/{found[0][0]}/1"
    told = [state_at(trust.lists, StatusPlace(base, place)) for place in places]
    assert told == ["revoked" if number == 3 else "valid" for number in range(12)]
    assert state_at(trust.lists, StatusPlace(base, (places[3] + 1) % LENGTH)) == "valid"


async def test_every_process_signs_the_same_list(
    running: House, holder: Holder, row: Row, tmp_path: Path
) -> None:
    await running.deliver("bac", row)
    async with house(tmp_path / "data") as other:
        here, there = running.institution.trusting, other.institution.trusting
        assert (await here.trust()).lists == (await there.trust()).lists
        await running.institution.certificates.revoke(await running.newest(), "error")
        assert (await here.trust()).lists == (await there.trust()).lists


async def test_what_old_keys_sealed_stays_valid_after_a_rotation(
    running: House, holder: Holder, row: Row
) -> None:
    await running.deliver("bac", row)
    before = await running.fetch_one(holder)
    issuer = running.institution.plugins.issuer_of("bac").id
    desk = await running.institution.register.rotate(issuer)
    assert desk.generation.number == 2
    await running.deliver("bac", {**row, "average": "13,70"})
    after = await running.fetch_one(holder)
    methods = [
        json.loads(credential(pdf))["proof"]["verificationMethod"] for pdf in (before, after)
    ]
    assert methods == [f"{issuer_url(URL, issuer)}#key-{number}" for number in (1, 2)]
    verifier = running.institution.verifier
    assert (await verifier.check_data(before)).verdict == "replaced"
    assert (await verifier.check_data(after)).valid
    with pytest.raises(NodeNotFound, match="there are: "):
        await running.institution.register.rotate("nobody")


async def test_a_server_that_moved_still_answers_for_what_names_its_old_address(
    running: House, holder: Holder, row: Row, tmp_path: Path
) -> None:
    await running.deliver("bac", row)
    before = await running.fetch_one(holder)
    moved = {"PARCHEMIN_SERVER__PUBLIC_URL": "https://nouveau.example"}
    async with house(tmp_path / "data", **moved) as there:
        assert (await there.institution.verifier.check_data(before)).valid
        await there.deliver("bac", {**row, "average": "13,70"})
        after = await there.fetch_one(holder)
        assert b"https://nouveau.example/issuers/" in credential(after)
        assert (await there.institution.verifier.check_data(after)).valid
        assert (await there.institution.verifier.check_data(before)).verdict == "replaced"


async def test_the_stores_reveal_no_certificate(running: House, holder: Holder, row: Row) -> None:
    await running.deliver("bac", row)
    pdf = await running.fetch_one(holder)
    await running.institution.verifier.check_code(code(pdf))
    record = running.type("bac").parse(row)
    subject = record.subject
    secrets = [
        code(pdf), code(pdf).replace("-", ""), subject.family_name, *subject.given_names,
        subject.birth_date.isoformat(), subject.ine, row["series"], record.key, "Baccalaur",
        "credentialSubject", "PRIVATE KEY",
    ]  # fmt: skip
    data = running.institution.data_dir
    stored = b"".join(kept for name, kept in stores.stored(data).items() if name != KEY_FILE)
    assert len(stored) > len(pdf)
    assert [secret for secret in secrets if secret and secret.encode() in stored] == []
    for table in stores.tables(data):
        for found in stores.rows(data, f"SELECT * FROM {table}"):
            assert "bac" not in [value for value in found if isinstance(value, str)]


async def test_a_record_is_of_no_use_in_another_ones_place(running: House) -> None:
    rows = [running.row("bac", number) for number in range(2)]
    codes = []
    for number, row in enumerate(rows):
        holder = await running.holder("bac", row, f"person{number}")
        await running.deliver("bac", row)
        codes.append(code(await running.fetch_one(holder)))
    data = running.institution.data_dir
    (first, sealed), (second, other) = stores.rows(data, "SELECT id, sealed FROM certificates")
    stores.rows(data, "UPDATE certificates SET sealed = ? WHERE id = ?", other, first)
    stores.rows(data, "UPDATE certificates SET sealed = ? WHERE id = ?", sealed, second)
    for number in range(2):
        answer = await running.institution.verifier.check_code(codes[number])
        assert answer.sentence("en") == (
            "The verification record was altered: verify the certificate's file."
        )


async def test_checks_are_counted_for_the_owner_without_telling_who(
    running: House, holder: Holder, row: Row
) -> None:
    await running.deliver("bac", row)
    pdf = await running.fetch_one(holder)
    for _ in range(3):
        await running.institution.verifier.check_code(code(pdf), "203.0.113.77")
    await running.institution.verifier.check_data(pdf, "203.0.113.77")
    vault = await running.open(holder)
    checks = await running.institution.certificates.checks(vault.opened.id)
    assert {(check.way, check.times) for check in checks} == {("code", 3), ("file", 1)}
    assert {check.certificate for check in checks} == {await running.newest()}
    entries = await journal.entries(running.institution.catalog, vault.opened.id)
    assert [entry.detail["way"] for entry in entries if entry.verb == "check"] == ["file", "code"]
    stored = b"".join(p.read_bytes() for p in running.institution.data_dir.glob("catalog*"))
    assert b"203.0.113.77" not in stored


def some_code(number: int) -> str:
    """A well-formed code that nothing has."""
    return written(new_code(lambda count: bytes([number]) * count))


async def test_guesses_are_slowed_by_address(running: House, holder: Holder, row: Row) -> None:
    await running.deliver("bac", row)
    pdf = await running.fetch_one(holder)
    verifier = running.institution.verifier
    for number in range(10):
        answer = await verifier.check_code(some_code(number), "203.0.113.1")
        assert answer.sentence("en").startswith("No certificate has this verification code")
    with pytest.raises(TooManyAttempts):
        await verifier.check_code(code(pdf), "203.0.113.1")
    assert (await verifier.check_code(code(pdf), "203.0.113.2")).valid


async def test_typing_errors_are_no_guesses(running: House) -> None:
    for _ in range(30):
        answer = await running.institution.verifier.check_code("7Q4K-0XZ2-M9TD-0", "203.0.113.1")
        assert answer.sentence("en").startswith("The verification code has a typing error")


async def test_one_network_of_ipv6_is_one_guesser(running: House) -> None:
    """Whoever has one such address has 2^64 of them."""
    verifier = running.institution.verifier
    for number in range(10):
        await verifier.check_code(some_code(number), f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooManyAttempts):
        await verifier.check_code(some_code(10), "2001:db8:1:2:ffff::1")
    assert not (await verifier.check_code(some_code(10), "2001:db8:1:3::1")).valid


@pytest.mark.parametrize(("first", "second"), [
    ("203.0.113.7", "::ffff:203.0.113.7"),
    ("fe80::1%eth0", "fe80::2"),
])  # fmt: skip
def test_spellings_of_one_client(first: str, second: str) -> None:
    assert network_of(first) == network_of(second)


async def test_files_that_are_no_certificates_are_slowed_too(running: House) -> None:
    verifier = running.institution.verifier
    for _ in range(10):
        assert (await verifier.check_data(b"%PDF-1.7 no", "203.0.113.1")).verdict == "refused"
    with pytest.raises(TooManyAttempts):
        await verifier.check_data(b"%PDF-1.7 no", "203.0.113.1")


async def test_a_plugin_that_fails_refuses_its_row_and_no_other(
    running: House, holder: Holder, row: Row
) -> None:
    columns = running.type("bac").columns
    long = {**row, "options": ", ".join(f"Option {number}" for number in range(400))}
    other = running.row("bac", 1)
    await running.holder("bac", other, "other")
    text = io.StringIO()
    for one in (
        [c.names[0] for c in columns],
        *([r.get(c.id, "") for c in columns] for r in (long, other)),
    ):
        text.write(";".join(f'"{value}"' for value in one) + "\n")
    summary = await running.institution.deliveries.deliver(
        "bac", io.BytesIO(text.getvalue().encode())
    )
    assert summary.counts["delivered"] == 1
    assert [outcome.line for outcome in summary.failed] == [2]
