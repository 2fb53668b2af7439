"""SCIM 2.0 driven by PyPI's scim2-client and scim2-tester, and by requests no client would send."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server, filling

from tests.signin.arriving import set_up
from tests.web.site import PASSWORD, Site, site
from vault_core.crypto.keys import generate_identity
from vault_core.entropy import Entropy
from vault_core.store import sums

OFFICE = generate_identity("x25519", Entropy())
PERSON = "urn:parchemin:params:scim:schemas:extension:2.0:Person"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    """A site whose office prints letters, and ada, who was there before the directory."""
    async with site(tmp_path / "data") as found:
        set_up(found, "issuing", {"letters_recipient": str(OFFICE.recipient)})
        await found.person("ada")
        yield found


@pytest.fixture
async def token(running: Site) -> str:
    _, found = await running.institution.provisioning.add_provisioner("tests")
    return found


@pytest.fixture
async def http(running: Site, token: str) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(
        base_url=f"{running.url}/scim/v2", headers=headers, timeout=120
    ) as found:
        yield found


async def test_an_independent_tester_finds_nothing_wrong(
    running: Site, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tester has no example of a dateTime: it is given one."""
    real = filling.get_random_example_value

    def example(path: Any) -> Any:
        if str(path).casefold().endswith("birthdate"):
            return dt.datetime(2007, 3, 14, tzinfo=dt.UTC)
        return real(path)

    monkeypatch.setattr(filling, "get_random_example_value", example)

    def check() -> list[Any]:
        random.seed(20)  # of the values that the tester invents
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(
            base_url=f"{running.url}/scim/v2", headers=headers, timeout=300
        ) as client:
            return list(check_server(SyncSCIMClient(client)))

    results = await asyncio.to_thread(check)
    wrong = [
        (one.title, one.reason)
        for one in results
        if one.status not in (Status.SUCCESS, Status.ACCEPTABLE, Status.SKIPPED)
    ]
    # An account always is active or not, so that this one attribute cannot be taken away.
    assert [one for one in wrong if "'active'" not in one[1]] == []
    assert len(wrong) <= 1
    assert sum(one.status == Status.SUCCESS for one in results) > 15


async def test_an_independent_client_keeps_an_account(running: Site, token: str) -> None:
    def work() -> tuple[str, str]:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(
            base_url=f"{running.url}/scim/v2", headers=headers, timeout=300
        ) as client:
            scim = SyncSCIMClient(client)
            scim.discover()
            user_model = scim.get_resource_model("User")
            assert user_model is not None
            made = scim.create(user_model(user_name="leo", external_id="e-1"))
            found = scim.query(user_model, made.id)
            assert found.user_name == "leo"
            found.user_name = "leon"
            changed = scim.replace(found)
            assert changed.user_name == "leon"
            scim.delete(user_model, made.id)
            return str(made.id), str(changed.external_id)

    person, external = await asyncio.to_thread(work)
    assert external == "e-1"
    rows = await running.institution.catalog.fetch(
        "SELECT username, left_at FROM persons WHERE id = ?", (bytes.fromhex(person),)
    )
    assert rows[0][0] == "leon"
    assert rows[0][1] is not None  # left; the vault is kept


async def test_somebody_provisioned_gets_a_letter_and_a_vault(
    running: Site, http: httpx2.AsyncClient
) -> None:
    body = {
        "schemas": [USER, PERSON], "userName": "Leo", "externalId": "e-7", "password": "ignored",
        "name": {"givenName": "Léo", "familyName": "Petit"},
        PERSON: {"ine": "111222333AA", "birthDate": "2009-02-03T00:00:00Z"},
    }  # fmt: skip
    made = await http.post("/Users", json=body)
    assert made.status_code == 201, made.text
    user = made.json()
    assert (user["userName"], user["active"], "password" in user) == ("leo", True, False)
    assert made.headers["Location"] == user["meta"]["location"]
    [letter] = await running.institution.letters.opened(str(OFFICE))
    vault = await running.institution.vaults.open_by_code("activation", "leo", letter.code)
    assert vault.id.hex() == user["id"]
    person = await running.institution.persons.by_ine("111222333AA")
    assert person is not None
    assert person.facts.birth_date == dt.date(2009, 2, 3)


async def test_finding_and_pages(running: Site, http: httpx2.AsyncClient) -> None:
    for number in range(4):
        made = await http.post(
            "/Users", json={"userName": f"p{number}", "externalId": f"e{number}"}
        )
        assert made.status_code == 201
    one = (await http.get("/Users", params={"filter": 'userName eq "P2"'})).json()
    assert [user["userName"] for user in one["Resources"]] == ["p2"]
    one = (await http.get("/Users", params={"filter": 'externalId eq "e3"'})).json()
    assert [user["userName"] for user in one["Resources"]] == ["p3"]
    none = (await http.get("/Users", params={"filter": 'userName eq "nobody"'})).json()
    assert (none["totalResults"], none["Resources"]) == (0, [])
    page = (await http.get("/Users", params={"startIndex": 2, "count": 2})).json()
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert [user["userName"] for user in page["Resources"]] == ["p0", "p1"]
    far = (await http.get("/Users", params={"startIndex": 10**30})).json()
    assert (far["totalResults"], far["Resources"]) == (5, [])
    few = (await http.get("/Users", params={"attributes": "userName", "count": 1})).json()
    assert set(few["Resources"][0]) == {"schemas", "id", "userName"}
    for text in (
        'userName sw "p"',
        'userName eq "a" or active eq true',
        "x" * 5000,
        'emails eq "a"',
        r'externalId eq "\ud800"',
        r'externalId eq "a\u0000"',
    ):
        refused = await http.get("/Users", params={"filter": text})
        assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidFilter")


async def test_pages_by_cursor(http: httpx2.AsyncClient) -> None:
    """RFC 9865: each page says where the next one begins, and the last does not."""
    for number in range(6):
        made = await http.post("/Users", json={"userName": f"p{number}"})
        assert made.status_code == 201
    told: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await http.get("/Users", params={"cursor": cursor, "count": 3})).json()
        assert (page["totalResults"], page["itemsPerPage"]) == (7, len(page["Resources"]))
        told += [user["userName"] for user in page["Resources"]]
        cursor = page.get("nextCursor")
        if len(told) == 3:
            (await http.delete(f"/Users/{page['Resources'][-1]['id']}")).raise_for_status()
            assert (await http.post("/Users", json={"userName": "p11"})).status_code == 201
    assert told == ["ada", "p0", "p1", "p11", "p2", "p3", "p4", "p5"]
    body = {"cursor": "", "count": 1, "attributes": ["userName"]}
    asked = (await http.post("/Users/.search", json=body)).json()
    assert [user["userName"] for user in asked["Resources"]] == ["ada"]
    assert asked["nextCursor"]
    config = (await http.get("/ServiceProviderConfig")).json()["pagination"]
    assert (config["cursor"], config["index"], config["maxPageSize"]) == (True, True, 200)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        pytest.param({"cursor": "not a cursor"}, "invalidCursor", id="characters"),
        pytest.param({"cursor": "_w"}, "invalidCursor", id="no text"),
        pytest.param({"cursor": "YQBi"}, "invalidCursor", id="a zero byte"),
        pytest.param({"cursor": "a" * 2000}, "invalidCursor", id="long"),
        pytest.param({"cursor": "", "count": "0"}, "invalidCount", id="no accounts"),
    ],
)
async def test_a_wrong_cursor_is_told(
    http: httpx2.AsyncClient, query: dict[str, str], kind: str
) -> None:
    refused = await http.get("/Users", params=query)
    assert (refused.status_code, refused.json()["scimType"]) == (400, kind)


async def test_a_large_institution_is_read_without_a_total(
    running: Site, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running.person("grace")
    monkeypatch.setattr(sums, "LIVE", 1)
    page = (await http.get("/Users", params={"cursor": "", "count": 1})).json()
    assert "totalResults" not in page
    assert page["nextCursor"]


async def test_leaving_and_coming_back(running: Site, http: httpx2.AsyncClient) -> None:
    ada = (await http.get("/Users", params={"filter": 'userName eq "ada"'})).json()["Resources"][0]
    where = f"/Users/{ada['id']}"
    for operation in (
        {"op": "Replace", "path": "active", "value": "False"},  # as Entra ID writes it
        {"op": "replace", "value": {"active": False}},
    ):
        after = await http.patch(where, json={"Operations": [operation]})
        assert (after.status_code, after.json()["active"]) == (200, False)
    async with running.reader("ada") as reader:  # her own password still opens it
        assert "/account/closing" in await reader.text("/files/")
    back = await http.patch(where, json={"Operations": [{"op": "add", "value": {"active": True}}]})
    assert back.json()["active"] is True
    async with running.reader("ada") as reader:
        assert "/account/closing" not in await reader.text("/files/")
    rows = await running.institution.catalog.fetch("SELECT actor, verb FROM acts ORDER BY number")
    assert [verb for actor, verb in rows if actor.startswith("scim:")] == ["leave", "return"]


async def test_versions(running: Site, http: httpx2.AsyncClient) -> None:
    user = (await http.post("/Users", json={"userName": "leo"})).json()
    where, version = f"/Users/{user['id']}", user["meta"]["version"]
    same = await http.get(where, headers={"If-None-Match": version})
    assert (same.status_code, same.headers["ETag"]) == (304, version)
    body = {"userName": "leo", "name": {"givenName": "Léo"}}
    first = await http.put(where, json=body, headers={"If-Match": version})
    assert (first.status_code, first.headers["ETag"] == version) == (200, False)
    stale = await http.put(where, json=body, headers={"If-Match": version})
    assert stale.status_code == 412


REFUSED: dict[str, tuple[str, str, Any, int]] = {
    "a name that is taken": ("POST", "/Users", {"userName": "ADA"}, 409),
    "no name": ("POST", "/Users", {"active": True}, 400),
    "a name that is none": ("POST", "/Users", {"userName": "../x"}, 400),
    "a list": ("POST", "/Users", [], 400),
    "names of another kind": ("POST", "/Users", {"userName": "x", "name": "y"}, 400),
    "active of another kind": ("POST", "/Users", {"userName": "x", "active": 1}, 400),
    "one name twice": ("POST", "/Users", {"userName": "x", "USERNAME": "y"}, 400),
    "no date": ("POST", "/Users", {"userName": "x", PERSON: {"birthDate": "soon"}}, 400),
    "a long text": ("POST", "/Users", {"userName": "x", "externalId": "e" * 300}, 400),
    "nobody": ("GET", "/Users/" + "0" * 32, None, 404),
    "no id": ("GET", "/Users/ada", None, 404),
    "no resource": ("GET", "/Groups", None, 404),
    "no operations": ("PATCH", "/Users/{ada}", {"Operations": []}, 400),
    "an unknown operation": ("PATCH", "/Users/{ada}", {"Operations": [{"op": "move"}]}, 400),
    "a removed name": (
        "PATCH", "/Users/{ada}", {"Operations": [{"op": "remove", "path": "userName"}]}, 400
    ),
    "another id": (
        "PATCH", "/Users/{ada}",
        {"Operations": [{"op": "replace", "path": "id", "value": "0" * 32}]}, 400,
    ),
    "a path that is none": (
        "PATCH", "/Users/{ada}",
        {"Operations": [{"op": "add", "path": "emails[type eq 1]", "value": "x"}]}, 400,
    ),
}  # fmt: skip


async def test_what_is_refused_changes_nothing(running: Site, http: httpx2.AsyncClient) -> None:
    ada = await running.institution.persons.find("ada")
    before = await running.institution.catalog.fetch("SELECT * FROM persons")
    for name, (method, path, body, status) in REFUSED.items():
        answer = await http.request(method, path.replace("{ada}", ada.id.hex()), json=body)
        assert answer.status_code == status, (name, answer.text)
        assert answer.json()["status"] == str(status), name
    assert await running.institution.catalog.fetch("SELECT * FROM persons") == before
    deep = await http.post("/Users", content=b"[" * 100_000)
    assert deep.status_code == 400


async def test_only_a_directorys_token_comes_in(running: Site, token: str) -> None:
    async with (
        running.reader("ada") as reader,
        httpx2.AsyncClient(base_url=f"{running.url}/scim/v2", timeout=120) as http,
    ):
        assert (await reader.get("/scim/v2/Users")).status == 401  # a session is no directory
        for wrong in ("", f"Bearer {token}x", f"Basic {token}", "Bearer é", f"Bearer {PASSWORD}"):
            field = wrong.encode()
            answer = await http.get("/Users", headers={"Authorization": field})
            assert answer.status_code == 401, wrong
        good = {"Authorization": f"Bearer {token}"}
        assert (await http.get("/Users", headers=good)).status_code == 200
        assert (await http.get("/../../files/", headers=good)).status_code != 200
        [(identifier, _, _)] = await running.institution.provisioning.provisioners()
        assert await running.institution.provisioning.remove_provisioner(identifier)
        assert (await http.get("/Users", headers=good)).status_code == 401


async def test_nobody_is_made_whose_vault_nothing_opens(
    running: Site, http: httpx2.AsyncClient
) -> None:
    set_up(running, "issuing", {"letters_recipient": ""})
    refused = await http.post("/Users", json={"userName": "leo"})
    assert (refused.status_code, "letters_recipient" in refused.text) == (400, True)
