"""A site in which every page has something to show: for pictures, and for axe."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.furnished import filled, furnish, put
from tests.browser.test_console import staffed
from tests.issuing.house import code as code_of
from tests.signin.arriving import set_up
from tests.signin.slapd import slapd
from tests.web.site import PASSWORD, Site, site
from vault_core.cli.demonstration.institution import SEED, table
from vault_core.issuing.credentials.proving import prove
from vault_core.vault.links.dropping import drop_box
from vault_core.vault.links.link import DAY, Link, Terms
from vault_core.vault.links.owning import revoke
from vault_core.vault.links.sharing import share
from vault_core.vault.nodes.node import Node
from vault_core.vault.overview import overview
from vault_core.vault.vault import Vault

EVERY_PLUGIN = {
    "PARCHEMIN_PLUGINS__ENABLED": "local,assr,b2i,bac,jdc,pix",
    "PARCHEMIN_INSTITUTION__NAME": "Lycée Vauban, Brest",
    "PARCHEMIN_SIGN_IN__FRESH_SECONDS": "86400",
}
THERE = "the directory's password"
MORE_TYPES = ("dnb", "assr1", "assr2", "jdc", "pix")


@dataclass(frozen=True)
class Stage:
    """The site, and what its scenes are about."""

    running: Site
    diploma: str
    """Where ada's diploma lies: an address below `/files`, `/prove` and others."""
    expired: str
    """Where a certificate of hers lies that has expired."""
    codes: dict[str, str]
    """What is typed to check a certificate: `valid` and `revoked`."""
    links: dict[str, Link]
    console: dict[str, str]
    """Addresses of its pages that depend on what there is: `batch`, `held`, `review`."""


async def _read(vault: Vault, node: Node) -> bytes:
    return b"".join([bytes(piece) async for piece in vault.read(node)])


def _of_long_ago(data: bytes) -> bytes:
    """The same rows, earned when what was earned then has expired since."""
    names, *rows = csv.reader(io.StringIO(data.decode()), delimiter=";")
    at = names.index("Date de passage de la certification")
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(
        [names, *([*row[:at], "14/03/2020", *row[at + 1 :]] for row in rows)]
    )
    return text.getvalue().encode()


async def _certificates(running: Site, vault: Vault) -> tuple[dict[str, str], dict[str, str]]:
    """Of every type for ada; the first ASSR is revoked, the older of two Pix has expired.

    Where three of them lie, and the codes of two.
    """
    institution = running.institution
    types = institution.plugins.document_types
    row = next(iter(types["bac"].sample(1, SEED)))
    for name in MORE_TYPES:
        await institution.deliveries.deliver(name, io.BytesIO(table(types[name], [row])))
    earlier = _of_long_ago(table(types["pix"], [row]))
    await institution.deliveries.deliver("pix", io.BytesIO(earlier))
    await vault.refresh()
    issued = (await overview(vault)).issued
    held = {seen.node.origin.type: seen for seen in issued if seen.node.origin}
    pdfs = {name: await _read(vault, held[name].node) for name in ("bac", "assr1")}
    origin = held["assr1"].node.origin
    assert origin is not None
    await institution.certificates.revoke(origin.certificate, "error")
    codes = {"valid": code_of(pdfs["bac"]), "revoked": code_of(pdfs["assr1"])}
    by_id = {seen.node.origin.certificate: seen for seen in issued if seen.node.origin}
    known = await institution.certificates.standings(by_id)
    (expired,) = [by_id[name] for name, one in known.items() if one.state == "expired"]
    paths = {"diploma": held["bac"].path, "revoked": held["assr1"].path, "expired": expired.path}
    return {name: "/" + "/".join(path) for name, path in paths.items()}, codes


async def _links(running: Site, vault: Vault, lies: Mapping[str, str]) -> dict[str, Link]:
    """One of each kind, and some that are over."""
    until = vault.actor().at + 30 * DAY
    node, ended, bad = [
        await vault.find(tuple(lies[name].strip("/").split("/")))
        for name in ("diploma", "expired", "revoked")
    ]
    facts = frozenset({"given_names", "family_name", "awarded_on"})
    found = {
        "folder": await share(vault, ("Scolarité",), Terms("Dossier Parcoursup", "", until)),
        "document": await share(vault, ("CV.pdf",), Terms("CV", "", until, 3)),
        "pin": await share(vault, ("Photos",), Terms("Photos de Brest", "4711", until)),
        "box": await drop_box(
            vault, ("Logement",), Terms("Pièces pour le logement", "", until, 20, 200_000_000),
            25_000_000,
        ),
        "proof": await prove(vault, node, facts, Terms("Baccalauréat", "", until)),
        "proof-expired": await prove(vault, ended, facts, Terms("Pix", "", until)),
        "proof-revoked": await prove(vault, bad, facts, Terms("ASSR", "", until)),
        "proof-pin": await prove(vault, node, facts, Terms("Pour M. Le Gall", "4711", until)),
        "used-up": await prove(vault, node, facts, Terms("Une seule fois", "", until, 1)),
        "over": await share(vault, ("CV.pdf",), Terms("CV", "", vault.actor().at + 1000)),
        "small": await drop_box(
            vault, ("Logement",), Terms("Une photo", "", until, 20, 1_000_000), 20_000
        ),
        "revoked": await share(vault, ("Budget.csv",), Terms("Budget", "", until)),
    }  # fmt: skip
    await revoke(vault, found["revoked"].id)
    await running.institution.visits.open(found["used-up"].code)
    while found["over"].state(vault.actor().at) == "open":
        await asyncio.sleep(0.1)
    return found


async def _console(running: Site) -> dict[str, str]:
    """Somebody with every role; a batch with a row to decide, and one that waits for a word."""
    institution = running.institution
    data = await staffed(running)
    done = await institution.batches.submit("bac", io.BytesIO(data), "résultats.csv", "page")
    await institution.worker.work_off()
    held = await institution.batches.submit(
        "bac", io.BytesIO(data + b"\n"), "rattrapage.csv", "page", held=True
    )
    review = await anext(institution.reviews.waiting())
    return {
        "batch": f"/admin/batches/{done.id}", "held": f"/admin/batches/{held.id}",
        "review": f"/admin/reviews/{review.id}",
    }  # fmt: skip


async def _asked_for_codes(running: Site, username: str) -> None:
    """Somebody whose telephone makes codes."""
    await running.person(username)
    vault = await running.institution.vaults.open_password(username, PASSWORD)
    factors = running.institution.entrance.factors
    await factors.add(
        vault, "totp", {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "label": "Phone"}, counter=0
    )


async def _lose(running: Site, name: str) -> None:
    """A document of ada's, whose blob is taken from the store."""
    blobs = running.institution.blobs
    there = {blob.key async for blob in blobs.list()}
    await put(running, {name: bytes(200_000)})
    lost = {blob.key async for blob in blobs.list()} - there
    assert lost
    for key in lost:
        await blobs.delete(key)


@asynccontextmanager
async def staged(data: Path) -> AsyncIterator[Stage]:
    """ada has something of everything, bob a long folder, zoe nothing; chief has every role.

    eve is asked for codes, and a directory knows ada and a stranger.
    """
    async with site(data, **EVERY_PLUGIN) as running, slapd(data.parent / "slapd") as people:
        set_up(running, "ldap", people.settings)
        vault = await furnish(running)
        await _asked_for_codes(running, "eve")
        await _lose(running, "Perdu.txt")
        people.add("adurand", THERE, (await running.institution.persons.find("ada")).facts.ine)
        people.add("stranger", THERE, "000000000ZZ")
        await running.person("zoe")
        await running.person("bob")
        await filled(running, ["Long/", *(f"Long/{number:03}.txt" for number in range(200))], "bob")
        lies, codes = await _certificates(running, vault)
        links = await _links(running, vault, lies)
        console = await _console(running)
        yield Stage(running, lies["diploma"], lies["expired"], codes, links, console)
