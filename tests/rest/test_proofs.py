"""Proofs by program: choose what is shown, hand the link on, and what who holds it is told."""

from __future__ import annotations

from tests.browser.furnished import furnish
from tests.rest.callers import Api
from vault_core.vault.overview import overview


async def diploma(api: Api) -> str:
    """The id of ada's certificate."""
    vault = api.vaults["ada"] = await furnish(api.site)
    (seen,) = (await overview(vault)).issued
    return seen.node.id.hex()


async def test_a_proof_shows_what_was_chosen_and_nothing_else(api: Api) -> None:
    document = await diploma(api)
    async with api.program() as owner, api.stranger() as employer:
        facts = (await owner("GET", f"certificates/{document}/facts")).json["items"]
        values = {one["name"]: one["value"] for one in facts}
        usual = sorted(one["name"] for one in facts if one["usual"])
        assert usual == ["awarded_on", "family_name", "given_names"]
        wish = {"document": document, "show": ["family_name"], "pin": "1234", "checks": 2}
        made = await owner("POST", "proofs", wish)
        assert (made.status, made.json["kind"], made.json["most"]) == (201, "proof", 2)
        assert made.headers["Location"] == f"/api/v1/links/{made.json['id']}"

        code = made.json["code"]
        assert (await employer("POST", "visits", {"code": code})).status == 403  # its PIN
        visit = (await employer("POST", "visits", {"code": code, "pin": "1234"})).json
        shown = await employer("GET", "visits/shown", Parchemin_Visit=visit["token"])
        assert shown.json["proof"]["verdict"] == "valid"
        assert values["family_name"] in shown.body.decode()
        hidden = [values["birth_date"], values["given_names"][0]]
        assert all(value not in shown.body.decode() for value in hidden)

        assert (await owner("DELETE", f"links/{made.json['id']}")).status == 204
        again = await employer("POST", "visits", {"code": code, "pin": "1234"})
        assert again.status == 410


async def test_what_can_be_no_proof(api: Api) -> None:
    document = await diploma(api)
    async with api.program() as owner:
        folders = (await owner("GET", "documents")).json["items"]
        own = next(one["id"] for one in folders if one["name"] == "Budget.csv")
        cases = {
            "a fact that it has not": ({"document": document, "show": ["shoe_size"]}, 400),
            "no fact": ({"document": document, "show": []}, 400),
            "the owner's own document": ({"document": own, "show": ["family_name"]}, 404),
            "a folder": ({"document": "0" * 32, "show": ["family_name"]}, 404),
        }
        for name, (wish, status) in cases.items():
            assert (await owner("POST", "proofs", wish)).status == status, name
        assert (await owner("GET", f"certificates/{own}/facts")).status == 404
    async with api.program("ada", "certificates:read", "links:read") as reader:
        wish = {"document": document, "show": ["family_name"]}
        assert (await reader("POST", "proofs", wish)).status == 403
    async with api.program("bob") as bob:
        assert (await bob("GET", f"certificates/{document}/facts")).status == 404
        assert (await bob("POST", "proofs", wish)).status == 404
