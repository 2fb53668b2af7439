"""Certificates from the command line: listed, verified, revoked; keys rotated; trust taken away."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli import diplomas
from tests.cli.parchemin import parchemin
from tests.issuing.house import code
from tests.issuing.seals.test_own_certificates import pem
from tests.processes import opened
from vault_core.issuing.credentials import selective
from vault_core.issuing.credentials.proving import prove
from vault_core.issuing.credentials.selective import choose
from vault_core.issuing.seals.pades import read_seal
from vault_core.vault.links.link import Terms
from vault_core.vault.links.sharing import share

PASSWORD = "four green horses"


def told(*arguments: str | Path, data: Path | None = None, status: int = 0) -> Any:
    """What a command prints for programs."""
    return json.loads(parchemin(*arguments, "--json", data=data, status=status).stdout)


@pytest.fixture
def row(data: Path) -> dict[str, str]:
    """A row that was delivered to somebody."""
    [row] = diplomas.rows(1)
    diplomas.add_person(data, "noe", row, PASSWORD)
    return row


@pytest.fixture
def pdf(data: Path, tmp_path: Path, row: dict[str, str]) -> Path:
    """Their certificate, as a file."""
    parchemin("deliver", "bac", diplomas.write(tmp_path / "results.csv", [row]), data=data)
    return fetched(data, tmp_path)


def fetched(data: Path, folder: Path) -> Path:
    """The only certificate of the vault, taken out of it."""

    async def take() -> bytes:
        async with opened(data) as institution:
            vault = await institution.vaults.open_password("noe", PASSWORD)
            [node] = [node for _, node in await vault.walk((), 100) if not node.is_folder]
            return b"".join([bytes(piece) async for piece in vault.read(node)])

    path = folder / "diploma.pdf"
    path.write_bytes(asyncio.run(take()))
    return path


def test_a_certificate_is_verified_by_file_and_by_code(data: Path, pdf: Path) -> None:
    for what in (pdf, code(pdf.read_bytes())):
        found = told("verify", what, data=data)
        assert (found["valid"], found["verdict"]) == (True, "valid")
    printed = parchemin("verify", pdf, data=data).stdout
    assert printed.startswith("VALID: Authentic and unaltered, but sealed by a test authority")


def test_what_is_not_valid_ends_with_status_1(data: Path, pdf: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(pdf.read_bytes().replace(b"/Title", b"/Titel", 1))
    printed = parchemin("verify", changed, data=data, status=1).stdout
    sentence = "The file was altered after it was sealed: ask for the original PDF."
    assert printed == f"REFUSED: {sentence}\n"
    assert "typing error" in parchemin("verify", "7Q4K-0XZ2-M9TD-0", data=data, status=1).stdout


def test_what_cannot_be_told_ends_with_status_2(data: Path, pdf: Path) -> None:
    for path in ("nowhere.pdf", "/nowhere/verify/diploma", "verify/a#b.pdf"):
        assert "no file" in parchemin("verify", path, data=data, status=2).stderr
    assert "--data DIR, or --offline" in parchemin("verify", pdf, status=2).stderr


def test_a_revocation_is_told_to_whoever_checks(data: Path, pdf: Path) -> None:
    [listed] = told("certificate", "list", data=data)
    assert (listed["type"], listed["state"], listed["reason"]) == ("bac", "valid", "")
    revoked = told("certificate", "revoke", listed["certificate"], "--reason", "fraud", data=data)
    assert (revoked["state"], revoked["reason"]) == ("revoked", "fraud")
    found = told("verify", pdf, data=data, status=1)
    assert (found["verdict"], found["reason"]) == ("revoked", "fraud")
    assert "\nrevoked on 20" in parchemin("verify", pdf, data=data, status=1).stdout
    again = parchemin(
        "certificate", "revoke", listed["certificate"], "--reason", "fraud", data=data, status=2
    )
    assert "Only a certificate that is valid can be revoked." in again.stderr


def test_a_correction_is_counted_and_listed(
    data: Path, pdf: Path, tmp_path: Path, row: dict[str, str]
) -> None:
    file = diplomas.write(tmp_path / "corrected.csv", [{**row, "birth_place": "Ys"}])
    assert told("deliver", "bac", file, "--dry-run", data=data)[0]["corrected"] == 1
    assert told("deliver", "bac", file, data=data)[0]["corrected"] == 1
    first, second = told("certificate", "list", data=data)
    assert (first["state"], second["state"]) == ("replaced", "valid")
    assert first["replaced_by"] == second["certificate"]
    assert told("verify", pdf, data=data, status=1)["verdict"] == "replaced"


def test_a_dry_run_makes_no_keys(data: Path, tmp_path: Path, row: dict[str, str]) -> None:
    file = diplomas.write(tmp_path / "results.csv", [row])
    assert told("deliver", "bac", file, "--dry-run", data=data)[0]["delivered"] == 1
    assert told("certificate", "list", data=data) == []
    parchemin("snapshot", "--to", tmp_path / "trust.json", data=data)
    assert json.loads((tmp_path / "trust.json").read_bytes())["issuers"] == []


def test_keys_are_rotated_and_imported(data: Path, pdf: Path, tmp_path: Path) -> None:
    issuer = told("issuer", "list", data=data)[0]["issuer"]
    assert told("issuer", "rotate-keys", issuer, data=data)["generation"] == 2
    assert told("verify", pdf, data=data)["valid"]
    own = tmp_path / "own.pem"
    own.write_bytes(pem("Académie de Rennes"))
    taken = told("issuer", "import-key", issuer, str(own), data=data)
    assert taken["generation"] == 3
    assert "Académie de Rennes" in taken["certificate"]
    own.write_bytes(b"nothing")
    refused = parchemin("issuer", "import-key", issuer, str(own), data=data, status=2)
    assert "no private key" in refused.stderr
    refused = parchemin("issuer", "rotate-keys", "nobody", data=data, status=2)
    assert "There is no issuer “nobody”; there are: " in refused.stderr


def test_a_snapshot_verifies_without_the_institution(data: Path, pdf: Path, tmp_path: Path) -> None:
    trust, html = tmp_path / "trust.json", tmp_path / "verifier.html"
    printed = parchemin("snapshot", "--to", trust, "--html", html, data=data).stdout
    key = printed.split("signed by ")[1].strip()
    assert key.encode() in html.read_bytes()
    assert told("verify", pdf, "--offline", trust, "--key", key)["valid"]
    trusting = parchemin("verify", pdf, "--offline", trust)
    assert f"signed by {key}: compare it" in trusting.stderr
    other = key.replace("z6Mk", "z6Mj")
    refused = parchemin("verify", pdf, "--offline", trust, "--key", other, status=2)
    assert "not signed by the expected institution" in refused.stderr
    by_code = parchemin("verify", "7Q4K-0XZ2-M9TD-0", "--offline", trust, status=2)
    assert "offline takes a file" in by_code.stderr
    assert "--to FILE" in parchemin("snapshot", data=data, status=2).stderr


@pytest.fixture
def proofs(data: Path, pdf: Path) -> dict[str, str]:
    """Codes of links: of two proofs of the certificate, one with a PIN, and of a share."""

    async def make() -> dict[str, str]:
        async with opened(data) as institution:
            vault = await institution.vaults.open_password("noe", PASSWORD)
            [(path, node)] = [it for it in await vault.walk((), 100) if not it[1].is_folder]
            names = {"given_names", "result_session"}
            return {
                "proof": (await prove(vault, node, names, Terms(most=2))).code,
                "pin": (await prove(vault, node, names, Terms(pin="4711"))).code,
                "share": (await share(vault, path, Terms())).code,
            }

    return asyncio.run(make())


def test_the_address_in_a_qr_code_is_verified(data: Path, pdf: Path) -> None:
    address = f"https://vault.example/verify/{code(pdf.read_bytes())}"
    assert told("verify", address, data=data)["verdict"] == "valid"
    refused = parchemin("verify", "https://vault.example/files/CV.pdf", data=data, status=2).stderr
    assert "is no certificate's" in refused


def test_a_proofs_link_is_verified_and_counted(data: Path, proofs: dict[str, str]) -> None:
    link = f"https://vault.example/open#{proofs['proof']}"
    printed = parchemin("verify", link, data=data).stdout
    assert printed.startswith("VALID: Authentic and unaltered, but sealed by a test authority")
    assert "Given names: " in printed
    assert "Session: " in printed
    assert "the rest is hidden" in printed
    assert "birth" not in printed
    assert told("verify", proofs["proof"], data=data)["valid"]
    used_up = parchemin("verify", link, data=data, status=2).stderr
    assert "used as often as its owner allowed" in used_up


def test_a_links_pin_is_asked_for(data: Path, proofs: dict[str, str]) -> None:
    link = f"https://vault.example/open#{proofs['pin']}"
    for pin, status, part in (("4711", 0, "VALID"), ("0000", 2, "not this link's PIN")):
        done = parchemin("verify", link, "--pin-stdin", data=data, given=f"{pin}\n", status=status)
        assert part in done.stdout + done.stderr
    unasked = parchemin("verify", link, data=data, status=2).stderr
    assert "PIN of this link: nothing was given." in unasked


def test_other_links_are_told_apart(
    data: Path, proofs: dict[str, str], pdf: Path, tmp_path: Path
) -> None:
    shown = parchemin("verify", f"https://v/open#{proofs['share']}", data=data, status=2).stderr
    assert "shows documents, not a certificate" in shown
    mistyped = proofs["proof"][:-1] + ("0" if proofs["proof"][-1] != "0" else "1")
    assert "mistyped" in parchemin("verify", f"#{mistyped}", data=data, status=2).stderr
    trust = tmp_path / "trust.json"
    parchemin("snapshot", "--to", trust, data=data)
    offline = parchemin("verify", f"#{proofs['proof']}", "--offline", trust, status=2).stderr
    assert "links are checked by the institution" in offline


def test_what_a_proof_shows_is_verified_as_a_file(data: Path, pdf: Path, tmp_path: Path) -> None:
    whole = read_seal(pdf.read_bytes()).pdf.attachments()[selective.ATTACHMENT].decode()
    shown, trust = tmp_path / "proof.sd-jwt", tmp_path / "trust.json"
    shown.write_text(choose(whole, {"given_names"}) + "\n")
    printed = parchemin("snapshot", "--to", trust, data=data).stdout
    key = printed.split("signed by ")[1].strip()
    for found in (
        told("verify", shown, data=data), told("verify", shown, "--offline", trust, "--key", key)
    ):  # fmt: skip
        assert (found["verdict"], list(found["claims"])) == ("valid", ["given_names"])
    head, _, rest = shown.read_text().partition(".")
    body, _, signature = rest.partition(".")
    letter = "A" if signature[5] != "A" else "B"
    shown.write_text(f"{head}.{body}.{signature[:5]}{letter}{signature[6:]}")
    assert told("verify", shown, data=data, status=1)["fault"] == "credential_altered"
