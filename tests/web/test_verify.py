"""The public verification pages, their JSON, and what verifiers fetch."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, FormData
from markupsafe import escape
from yarl import URL

from tests.issuing.house import Holder, House, code, credential, house
from vault_core.issuing.certificates.codes import new_code, written
from vault_core.issuing.certificates.verifying import LARGEST, check_file
from vault_core.issuing.checking.snapshot import read_snapshot
from vault_core.issuing.credentials import selective
from vault_core.issuing.credentials.selective import choose
from vault_core.issuing.pdf import file as pdf_file
from vault_core.issuing.seals.pades import read_seal
from vault_core.rest.verify import VerifyApi
from vault_core.web import offline
from vault_core.web.offline.kept import Kept

DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True)
class Counter:
    """Somebody who checks: a server, a certificate, and a browser that is not signed in."""

    house: House
    holder: Holder
    pdf: bytes
    client: ClientSession

    async def page(self, path: str, language: str = "en") -> tuple[int, str]:
        headers = {"Accept-Language": language}
        async with self.client.get(path, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def drop(self, data: bytes, name: str = "file") -> tuple[int, str]:
        form = FormData()
        form.add_field(name, data, filename="c.pdf", content_type="application/pdf")
        headers = {"Accept-Language": "en"}
        async with self.client.post("/verify", data=form, headers=headers) as answer:
            return answer.status, await answer.text()

    async def api(self, **sent: Any) -> tuple[int, dict[str, Any]]:
        async with self.client.post("/api/v1/verify", **sent) as answer:
            return answer.status, json.loads(await answer.text())


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with house(tmp_path / "data") as running:
        row = running.row("bac")
        holder = await running.holder("bac", row)
        await running.deliver("bac", row)
        async with ClientSession(running.url) as client:
            yield Counter(running, holder, await running.fetch_one(holder), client)


def verdict(page: str) -> str:
    found = re.search(r'<h2 id="verdict">([^<]+)</h2>', page)
    assert found, page
    return found[1]


def some_code(number: int) -> str:
    return written(new_code(lambda count: bytes([number]) * count))


@pytest.mark.parametrize(("language", "word"), [("fr", "Valable"), ("en", "Valid")])
async def test_a_code_is_answered_in_the_readers_language(
    counter: Counter, language: str, word: str
) -> None:
    status, page = await counter.page(f"/verify/{code(counter.pdf)}", language)
    assert (status, verdict(page)) == (200, word)
    assert f'<html lang="{language}">' in page
    subject = counter.house.type("bac").parse(counter.house.row("bac")).subject
    assert escape(subject.family_name) in page
    assert subject.ine not in page


async def test_a_typed_code_leads_to_its_own_address(counter: Counter) -> None:
    typed = code(counter.pdf).lower().replace("-", "%20")
    async with counter.client.get(f"/verify?code={typed}", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == f"/verify/{code(counter.pdf)}"


async def test_a_pasted_address_leads_to_where_it_is_answered(counter: Counter) -> None:
    certificate = f"/verify/{code(counter.pdf)}"
    link = "abcde-fghjk-mnpqr-stvwx-yz012-34567"
    for pasted, where in (
        (f"https://vault.example{certificate}", certificate),
        (f"https://vault.example/open#{link}", f"/open#{link}"),
    ):
        page = URL("/verify").with_query(code=pasted)
        async with counter.client.get(page, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, where)


async def test_a_proofs_sd_jwt_is_answered(counter: Counter) -> None:
    whole = read_seal(counter.pdf).pdf.attachments()[selective.ATTACHMENT].decode()
    status, page = await counter.drop(choose(whole, {"given_names"}).encode())
    assert (status, verdict(page)) == (200, "Valid")
    subject = counter.house.type("bac").parse(counter.house.row("bac")).subject
    assert escape(subject.given_names[0]) in page
    assert escape(subject.family_name) not in page
    _, page = await counter.drop(choose(whole, {"given_names"}).encode() + b"e30~")
    assert verdict(page) == "Not valid"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("7Q4K-0XZ2-M9TD-0", "Mistyped code: The verification code has a typing error"),
        ("abc", "Mistyped code: A verification code has 13 letters and digits"),
        (some_code(9), "Unknown code: No certificate has this verification code"),
        ("%3Cscript%3E", "Mistyped code: A verification code has 13 letters and digits"),
    ],
)
async def test_what_is_no_code_is_told_why(counter: Counter, typed: str, sentence: str) -> None:
    status, page = await counter.page(f"/verify/{typed}")
    word, _, said = sentence.partition(": ")
    assert (status, verdict(page)) == (404, word)
    assert said in page
    assert "<script>" not in page


async def test_a_file_is_answered(counter: Counter) -> None:
    status, page = await counter.drop(counter.pdf)
    assert (status, verdict(page)) == (200, "Valid")
    changed = counter.pdf.replace(b"/Title", b"/Titel", 1)
    _, page = await counter.drop(changed)
    assert verdict(page) == "Not valid"
    assert "The file was altered after it was sealed: ask for the original PDF." in page
    assert counter.holder.username not in page


async def test_a_day_that_the_issuer_does_not_state_is_not_shown(counter: Counter) -> None:
    _, page = await counter.drop(counter.pdf)
    assert ("Awarded on" in page, "Sealed on" in page) == (True, True)
    await counter.house.deliver("bac", {**counter.house.row("bac"), "awarded_on": ""})
    _, page = await counter.drop(await counter.house.fetch_one(counter.holder))
    assert verdict(page) == "Valid"
    assert ("Awarded on" in page, "Sealed on" in page) == (False, True)


async def test_a_revoked_one_says_why_and_since_when(counter: Counter) -> None:
    newest = await counter.house.newest()
    await counter.house.institution.certificates.revoke(newest, "fraud")
    for _, page in (
        await counter.page(f"/verify/{code(counter.pdf)}"), await counter.drop(counter.pdf)
    ):  # fmt: skip
        assert verdict(page) == "Revoked"
        assert "obtained by fraud" in page
        assert 'class="verdict bad"' in page


@pytest.mark.parametrize("name", ["other", "file"])
async def test_a_form_without_a_file_is_sent_back(counter: Counter, name: str) -> None:
    status, page = await counter.drop(b"", name)
    assert status == 400
    assert "Choose a file first." in page


async def test_a_large_file_is_refused_before_it_fills_the_memory(counter: Counter) -> None:
    status, page = await counter.drop(bytes(LARGEST + 1))
    assert status == 413
    assert f"This file is larger than {LARGEST >> 20} MiB" in page
    assert f"The original PDF, of at most {LARGEST >> 20} MiB" in page


def test_documentation_says_the_bounds_that_hold() -> None:
    served, read = LARGEST >> 20, pdf_file.LARGEST >> 20
    guide, form = (
        (DOCS / f"{name}.md").read_text() for name in ("verification", "format-certificate")
    )
    assert f"A file may have {served} MiB here" in guide
    assert f"read PDFs of {read} MiB" in guide
    assert f"a PDF of at most {read} MiB" in form
    assert f"of at most {served} MiB" in " ".join((VerifyApi.verify.__doc__ or "").split())


async def test_another_sites_form_is_refused(counter: Counter) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    form = FormData({"file": "x"})
    async with counter.client.post("/verify", data=form, headers=headers) as answer:
        assert answer.status == 403


async def test_guessing_is_slowed(counter: Counter) -> None:
    for number in range(10):
        assert (await counter.page(f"/verify/{some_code(number)}"))[0] == 404
    async with counter.client.get(f"/verify/{some_code(30)}") as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
    status, problem = await counter.api(json={"code": some_code(31)})
    assert (status, problem["type"]) == (429, "urn:parchemin:error:TooManyAttempts")


async def test_the_pages_are_not_indexed_and_not_kept(counter: Counter) -> None:
    async with counter.client.get(f"/verify/{code(counter.pdf)}") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert 'content="noindex"' in await answer.text()
    _, page = await counter.page("/verify")
    assert 'content="index"' in page


async def test_programs_get_the_same_answer_in_every_way_of_asking(counter: Counter) -> None:
    pdf, inside = counter.pdf, credential(counter.pdf)
    form = FormData()
    form.add_field("file", pdf, filename="c.pdf")
    answers = [
        await counter.api(json={"code": code(pdf)}),
        await counter.api(data={"code": code(pdf)}),
        await counter.api(data=form),
        await counter.api(data=pdf, headers={"Content-Type": "application/pdf"}),
        await counter.api(data=inside, headers={"Content-Type": "application/json"}),
        await counter.api(data=inside, headers={"Content-Type": "application/vc"}),
    ]
    for status, answer in answers:
        assert status == 200
        assert (answer["valid"], answer["verdict"], answer["fault"]) == (True, "valid", None)
        assert answer["certificate"]["id"] == await counter.house.newest()
    assert "ine" not in json.dumps(answers[0][1]["certificate"]["subject"])


async def test_programs_are_told_what_a_proof_shows(counter: Counter) -> None:
    whole = read_seal(counter.pdf).pdf.attachments()[selective.ATTACHMENT].decode()
    shown = choose(whole, {"family_name", "result_session"})
    kind = {"Content-Type": "application/dc+sd-jwt"}
    subject = counter.house.type("bac").parse(counter.house.row("bac")).subject
    status, answer = await counter.api(data=shown, headers=kind)
    assert (status, answer["valid"], answer["fault"]) == (200, True, None)
    assert answer["disclosed"]["id"] == await counter.house.newest()
    assert answer["disclosed"]["claims"] == {"family_name": subject.family_name}
    assert [fact["id"] for fact in answer["disclosed"]["facts"]] == ["session"]
    assert "certificate" not in answer
    _, answer = await counter.api(data=shown + "e30~", headers=kind)
    assert (answer["valid"], answer["fault"]) == (False, "credential_form")
    assert "disclosed" not in answer


async def test_a_fault_has_its_name_and_its_sentence(counter: Counter) -> None:
    twice = credential(counter.pdf).replace(b'{"@context"', b'{"id":"a","@context"', 1)
    status, answer = await counter.api(data=twice, headers={"Content-Type": "application/json"})
    assert (status, answer["valid"], answer["fault"]) == (200, False, "credential_form")
    assert answer["message"]["fr"] != answer["message"]["en"]
    assert "certificate" not in answer


@pytest.mark.parametrize(
    "sent",
    [
        {"data": b"[", "headers": {"Content-Type": "application/json"}},
        {"data": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        {"data": b"x", "headers": {"Content-Type": "image/png"}},
        {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {},
    ],
)
async def test_what_asks_nothing_is_a_problem(counter: Counter, sent: dict[str, Any]) -> None:
    status, problem = await counter.api(**sent)
    assert (status, problem["status"], problem["type"]) == (
        400, 400, "urn:parchemin:error:BadRequest",
    )  # fmt: skip


async def test_the_status_list_is_where_the_credential_says(counter: Counter) -> None:
    entry = json.loads(credential(counter.pdf))["credentialStatus"]
    path = entry["statusListCredential"].removeprefix("https://coffre.example")
    async with counter.client.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "application/vc")
        etag, before = answer.headers["ETag"], json.loads(await answer.text())
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert before["id"] == entry["statusListCredential"]
    async with counter.client.get(path, headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304
    await counter.house.institution.certificates.revoke(await counter.house.newest(), "error")
    async with counter.client.get(path, headers={"If-None-Match": etag}) as answer:
        assert answer.status == 200
        after = json.loads(await answer.text())
    assert after["credentialSubject"] != before["credentialSubject"]


async def test_the_issuer_is_where_the_credential_says(counter: Counter) -> None:
    document = json.loads(credential(counter.pdf))
    path = document["issuer"]["id"].removeprefix("https://coffre.example")
    async with counter.client.get(path) as answer:
        found = json.loads(await answer.text())
    assert found["id"] == document["issuer"]["id"]
    methods = [method["id"] for method in found["verificationMethod"]]
    assert document["proof"]["verificationMethod"] in methods


async def test_the_snapshot_verifies_without_the_server(counter: Counter) -> None:
    async with counter.client.get("/trust/snapshot.json") as answer:
        data = await answer.read()
    trust = read_snapshot(data, counter.house.institution.trusting.institution_key)
    assert check_file(counter.pdf, trust, trust.made_at + dt.timedelta(days=365)).valid
    assert not check_file(counter.pdf[:-1] + b"x", trust, trust.made_at).valid


@pytest.mark.parametrize(
    "path", ["/issuers/nobody", "/status/nobody/1/message", "/status/examens/2/message",
             "/status/examens/1/other"],
)  # fmt: skip
async def test_what_is_not_there_is_a_problem(counter: Counter, path: str) -> None:
    async with counter.client.get(path) as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


async def test_the_offline_verifier_is_a_file_to_keep(counter: Counter) -> None:
    async with counter.client.get("/trust/verifier.html") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        text = await answer.text()
    assert counter.house.institution.trusting.institution_key in text


async def test_the_offline_verifier_is_made_once_for_one_snapshot() -> None:
    kept = Kept()
    first, *others = await asyncio.gather(*(kept.page(b'{"made": 1}', "key") for _ in range(8)))
    assert all(page is first for page in others)
    for snapshot, key in ((b'{"made": 2}', "key"), (b'{"made": 2}', "another")):
        made = await kept.page(snapshot, key)
        assert made != first
        assert json.dumps(json.loads(snapshot)).encode() in made
        first = made


async def test_the_offline_verifier_that_is_kept_knows_what_was_revoked(counter: Counter) -> None:
    async def fetched() -> str:
        async with counter.client.get("/trust/verifier.html") as answer:
            return await answer.text()

    before = await fetched()
    await counter.house.institution.certificates.revoke(await counter.house.newest(), "error")
    assert await fetched() != before


async def test_who_asks_again_gets_the_offline_verifier_that_is_kept(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot is the same for a minute: of many requests two at most find another one."""
    made: list[bytes] = []

    def counted(snapshot: bytes, key: str) -> bytes:
        made.append(snapshot)
        return page(snapshot, key)

    page = offline.page
    monkeypatch.setattr(offline, "page", counted)
    for _ in range(5):
        async with counter.client.get("/trust/verifier.html") as answer:
            assert answer.status == 200
    assert 1 <= len(made) <= 2
