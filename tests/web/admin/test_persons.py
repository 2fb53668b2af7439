"""Accounts in the console: found, made, suspended, limited, closed; never read."""

from __future__ import annotations

import re

from tests.web.admin.conftest import Console
from tests.web.site import PASSWORD
from vault_core.store.catalog import Unit

SECRET = b"a very private sentence"


async def test_an_account_is_suspended_limited_and_closed(console: Console) -> None:
    await console.site.person("ada")
    async with console.site.reader("administrator") as reader:
        page = "/admin/persons/ada"
        answer = await reader.send(f"{page}/suspend", {})
        assert answer.headers["Location"] == f"{page}?done=suspended"
        assert "Suspendu depuis le" in await reader.text(page)
        await reader.send(f"{page}/resume", {})
        await reader.send(f"{page}/quota", {"gigabytes": "7,5"})
        assert "7,5" in await reader.text(page)
        assert (await console.site.institution.persons.find("ada")).quota.limit == 7_500_000_000
        assert (await reader.send(f"{page}/quota", {"gigabytes": "nan"})).status == 422
        assert (await reader.send(f"{page}/quota", {"gigabytes": "many"})).status == 422
        assert (await reader.send(f"{page}/close", {"confirm": "somebody"})).status == 422
        await reader.send(f"{page}/close", {"confirm": "ada"})
        assert "ferme ce coffre le" in await reader.text(page)
        async with console.site.reader("ada") as ada:
            told = await ada.text("/account/closing")
            assert "Seul l’établissement peut annuler" in told
            assert (await ada.send("/account/closing/cancel", {})).status == 403
            journal = await ada.text("/account/journal?about=institution")
            assert "Compte suspendu par l’établissement" in journal
            assert "Espace autorisé changé" in journal
        await reader.send(f"{page}/keep", {})
        assert "ferme ce coffre" not in await reader.text(page)
        assert (await reader.send("/admin/persons/administrator/suspend", {})).status == 422
        assert (await reader.get("/admin/persons/nobody")).status == 404
    verbs = (await console.verbs())[3:]
    assert verbs == ["suspend", "resume", "set-quota", "close", "keep"]


async def test_a_person_is_made_with_a_letter(console: Console) -> None:
    async with console.site.reader("administrator") as reader:
        fields = {
            "username": "zoe", "given_name": "Zoé", "family_name": "Le Goff",
            "birth_date": "2007-05-04", "ine": "",
        }  # fmt: skip
        form = await reader.text("/admin/person-new")
        assert "Seul l’identifiant est obligatoire." in form
        assert "parchemin person import" in form
        answer = await reader.send("/admin/person-new", fields)
        assert answer.status == 200
        code = re.search(r'id="secret" translate="no">([^<]+)<', answer.text)
        assert code
        letter = await reader.send("/admin/person-letter", {"username": "zoe", "code": code[1]})
        assert letter.body.startswith(b"%PDF")
        vault = await console.site.institution.vaults.open_by_code("activation", "zoe", code[1])
        assert vault.username == "zoe"
        assert (await reader.send("/admin/person-new", fields)).status == 422
        wrong = await reader.send("/admin/person-new", {**fields, "username": "a b"})
        assert wrong.status == 422
        bad = await reader.send("/admin/person-letter", {"username": "zoe", "code": "nonsense"})
        assert bad.status == 400
        assert "zoe" in await reader.text("/admin/persons?q=zo")
        assert "zoe" not in await reader.text("/admin/persons?q=%25")


async def test_dangerous_acts_ask_who_it_is_again(console: Console) -> None:
    await console.site.person("ada")
    async with console.site.reader("administrator") as reader:
        await console.site.institution.catalog.commit(_forget_proofs)
        answer = await reader.send("/admin/persons/ada/suspend", {})
        place = "%2Fadmin%2Fpersons%2Fada%3Fdone%3Dproved"
        assert answer.headers["Location"] == f"/account/confirm?next={place}"
        form = await reader.get("/admin/person-new")  # before it is filled in, not after
        assert form.headers["Location"] == "/account/confirm?next=%2Fadmin%2Fperson-new"
        standing = await _standing(console, "ada")
        assert standing.suspended_at is None


def _forget_proofs() -> Unit[None]:
    yield "UPDATE sessions SET proved_at = 0", ()


async def _standing(console: Console, name: str):  # type: ignore[no-untyped-def]
    person = await console.site.institution.persons.find(name)
    return await console.site.institution.administration.standing(person.id)


async def test_no_page_of_the_console_shows_content_or_names_of_documents(
    console: Console,
) -> None:
    await console.site.person("ada")
    async with console.site.reader("ada") as ada:
        assert (await ada.upload("", "geheim-xyz.txt", SECRET)).status == 201
    pages = (
        "/admin/", "/admin/persons", "/admin/persons/ada", "/admin/issuers", "/admin/storage",
        "/admin/journal", "/admin/journal.csv", "/admin/batches",
    )  # fmt: skip
    async with console.site.reader("administrator") as reader:
        for page in pages:
            answer = await reader.get(page)
            assert answer.status == 200, page
            assert b"geheim" not in answer.body
            assert SECRET not in answer.body


async def test_the_sign_in_of_staff_leads_to_the_console(console: Console) -> None:
    async with console.site.reader("auditor") as reader:
        assert 'href="/admin/"' in await reader.text("/account")
        assert "/admin/persons" not in await reader.text("/admin/")
        assert (await reader.get("/admin/persons")).status == 403
    await console.site.person("ada", PASSWORD)
    async with console.site.reader("ada") as reader:
        assert 'href="/admin/"' not in await reader.text("/account")
        assert (await reader.get("/admin/")).status == 403
