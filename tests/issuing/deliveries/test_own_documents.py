"""An issuer's own PDFs with an index: delivered as they are, once, and to nobody else."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.issuing.deliveries.test_dropping import appears
from tests.issuing.house import Holder, House, Row, house
from vault_core.crypto.keys import generate_identity
from vault_core.errors import InvalidRecord
from vault_core.issuing.deliveries.receipts import verify
from vault_core.issuing.input import own_documents
from vault_core.issuing.input.own_documents import OwnDocuments
from vault_core.serving.crew import Crew

HEADERS = "INE;Nom;Prénoms;Date de naissance;Fichier\n"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[House]:
    env = {
        "PARCHEMIN_DROP__PATH": "drop", "PARCHEMIN_DROP__SETTLE_SECONDS": "0.3",
        "PARCHEMIN_DROP__WAIT_SECONDS": "3",
    }  # fmt: skip
    async with house(tmp_path / "data", **env) as found:
        yield found


def own_type(running: House) -> str:
    return f"{running.institution.plugins.issuer_of('bac').id}-pdf"


def folder(running: House) -> Path:
    kind = own_type(running)
    return running.institution.data_dir / "drop" / kind.removesuffix("-pdf") / kind


def pdf(text: str) -> bytes:
    return f"%PDF-1.7\n% {text}\n%%EOF\n".encode()


def line(row: Row, name: str) -> str:
    return f"{row['ine']};{row['family_name']};{row['given_names']};{row['birth_date']};{name}\n"


def put(running: House, name: str, data: bytes) -> Path:
    """Write under another name, then rename: complete at once."""
    file = folder(running) / name
    part = file.with_name(f"{name}.part")
    part.write_bytes(data)
    return part.rename(file)


async def two(running: House) -> tuple[list[Row], list[Holder]]:
    rows = [running.row("bac", number) for number in range(2)]
    return rows, [await running.holder("bac", row, f"p{n}") for n, row in enumerate(rows)]


async def delivered(running: House, holder: Holder) -> dict[str, bytes]:
    return {path.rpartition("/")[2]: data for path, data in (await running.fetch(holder)).items()}


async def test_pdfs_arrive_byte_for_byte_once_and_are_receipted(running: House) -> None:
    rows, holders = await two(running)
    async with Crew(running.institution, serving=True):
        await appears(folder(running))
        index = put(
            running, "july.csv",
            (HEADERS + line(rows[0], "Diplôme 1.pdf") + line(rows[1], "2.pdf")).encode(),
        )  # fmt: skip
        put(running, "Diplo\u0302me 1.pdf", pdf("one"))  # accents as some disks spell them
        put(running, "2.pdf", pdf("two"))  # after the index: it waits
        await appears(folder(running) / "archive" / "july.csv")
        assert await delivered(running, holders[0]) == {"Diplôme 1.pdf": pdf("one")}
        assert await delivered(running, holders[1]) == {"2.pdf": pdf("two")}
        receipt = Path(f"{index}.receipt.jsonl").read_text().splitlines()
        key = running.institution.receipts.public_key
        assert verify(receipt, key, pdf("one")).entries == 2
        assert len(Path(f"{index}.errors.csv").read_text("utf-8-sig").splitlines()) == 1
        left = sorted(path.name for path in folder(running).iterdir())
        assert left == ["archive", "july.csv.errors.csv", "july.csv.receipt.jsonl"]

        put(running, "2.pdf", pdf("two"))
        put(running, "again.jsonl", json.dumps({**_named(rows[1]), "Fichier": "2.pdf"}).encode())
        await appears(folder(running) / "archive" / "again.jsonl")
    again, first = await running.institution.batches.newest()
    assert (first.counts["delivered"], again.counts["delivered"]) == (2, 0)
    assert again.counts["already"] == 1
    assert list(await delivered(running, holders[1])) == ["2.pdf"]


def _named(row: Row) -> dict[str, str]:
    return {
        "INE": row["ine"], "Nom": row["family_name"], "Prénoms": row["given_names"],
        "Date de naissance": row["birth_date"],
    }  # fmt: skip


async def test_what_is_wrong_with_a_pdf_is_reported_and_the_others_go(
    running: House, tmp_path: Path
) -> None:
    rows, holders = await two(running)
    secret = tmp_path / "secret.pdf"
    secret.write_bytes(pdf("secret"))
    wrong = {
        "missing.pdf": "is not in the drop folder",
        "no.txt": "is no name of a PDF",
        "../secret.pdf": "no plain file name",
        ".hidden.pdf": "no plain file name",
        "link.pdf": "",
        "cut.pdf": "is no whole PDF",
        "text.pdf": "is no whole PDF",
        "large.pdf": "has more than",
        "folder.pdf": "",
    }
    async with Crew(running.institution, serving=True):
        await appears(folder(running))
        (folder(running) / "link.pdf").symlink_to(secret)
        (folder(running) / "folder.pdf").mkdir()
        put(running, "cut.pdf", pdf("x")[:-8])
        put(running, "text.pdf", b"hello")
        put(running, "large.pdf", pdf("x" * own_documents.LARGEST))
        put(running, "good.pdf", pdf("good"))
        text = HEADERS + "".join(line(rows[0], name) for name in wrong) + line(rows[1], "good.pdf")
        index = put(running, "mixed.csv", text.encode())
        await appears(folder(running) / "archive" / "mixed.csv")
    errors = Path(f"{index}.errors.csv").read_text("utf-8-sig").splitlines()[1:]
    assert [int(error.split(";")[0]) for error in errors] == list(range(2, 2 + len(wrong)))
    for error, (name, said) in zip(errors, wrong.items(), strict=True):
        assert name in error
        assert said in error
    assert await delivered(running, holders[0]) == {}
    assert await delivered(running, holders[1]) == {"good.pdf": pdf("good")}
    assert secret.exists()


async def test_rows_about_nobody_known_wait_with_their_document(running: House) -> None:
    rows, [holder, _] = await two(running)
    stranger = {**_named(running.row("bac", 5)), "Fichier": "x.pdf"}
    content = base64.b64encode(pdf("stranger")).decode()
    data = json.dumps({**stranger, "Contenu": content}).encode()
    batch = await running.institution.batches.submit(own_type(running), _file(data), "x", "api")
    await running.institution.worker.work_off()
    [review] = [one async for one in running.institution.reviews.waiting()]
    assert (await running.institution.batches.find(batch.id)).counts["review"] == 1
    outcome = await running.institution.reviews.accept(review.id, "p0", "command")
    assert outcome.fate == "delivered"
    assert await delivered(running, holder) == {"x.pdf": pdf("stranger")}
    del rows


def _file(data: bytes) -> io.BytesIO:
    return io.BytesIO(data)


async def test_somebody_who_has_no_vault_yet_is_given_one(tmp_path: Path) -> None:
    recipient = str(generate_identity("x25519", os.urandom).recipient)
    env = {"PARCHEMIN_ISSUING__LETTERS_RECIPIENT": recipient}
    async with house(tmp_path / "data", **env) as running:
        row = {**_named(running.row("bac", 5)), "Fichier": "x.pdf"}
        row["Contenu"] = base64.b64encode(pdf("new")).decode()
        other = {**row, "Fichier": "y.pdf"}
        data = f"{json.dumps(row)}\n{json.dumps(other)}\n".encode()
        batch = await running.institution.batches.submit(own_type(running), _file(data), "x", "api")
        await running.institution.worker.work_off()
        counts = (await running.institution.batches.find(batch.id)).counts
    assert (counts["delivered"], counts["opened"], counts["review"]) == (2, 1, 0)


def test_rows_that_bring_no_pdf_are_refused(running: House) -> None:
    kind = running.type(own_type(running))
    assert isinstance(kind, OwnDocuments)
    [good] = kind.sample(1, 3)
    assert kind.parse(good).facts["file"] == "document-0.pdf"
    html = base64.b64encode(b"<html>").decode()
    for altered in ({"content": ""}, {"content": "%%"}, {"content": html}, {"file": "a/b.pdf"}):
        with pytest.raises(InvalidRecord):
            kind.parse({**good, **altered})
