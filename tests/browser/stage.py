"""A site in which every page has something to show: for pictures, and for axe."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.furnished import filled, furnish
from tests.browser.test_console import staffed
from tests.issuing.house import code as code_of
from tests.web.site import Site, site
from vault_core.cli.demo_institution import SEED, table
from vault_core.issuing.proving import prove
from vault_core.vault.links.dropping import drop_box
from vault_core.vault.links.link import DAY, Link, Terms
from vault_core.vault.links.owning import revoke
from vault_core.vault.links.sharing import share
from vault_core.vault.node import Node
from vault_core.vault.overview import overview
from vault_core.vault.vault import Vault

EVERY_PLUGIN = {
    "PARCHEMIN_PLUGINS__ENABLED": "local,assr,b2i,bac,jdc,pix",
    "PARCHEMIN_INSTITUTION__NAME": "Lycée Vauban, Brest",
    "PARCHEMIN_SIGN_IN__FRESH_SECONDS": "86400",
}
MORE_TYPES = ("dnb", "assr1", "assr2", "jdc", "pix")


@dataclass(frozen=True)
class Stage:
    """The site, and what its scenes are about."""

    running: Site
    diploma: str
    """Where ada's diploma lies: an address below `/files`, `/prove` and others."""
    codes: dict[str, str]
    """What is typed to check a certificate: `valid` and `revoked`."""
    links: dict[str, Link]
    console: dict[str, str]
    """Addresses of its pages that depend on what there is: `batch`, `held`, `review`."""


async def _read(vault: Vault, node: Node) -> bytes:
    return b"".join([bytes(piece) async for piece in vault.read(node)])


async def _certificates(running: Site, vault: Vault) -> tuple[str, dict[str, str]]:
    """Of every type for ada; the first ASSR is revoked."""
    institution = running.institution
    types = institution.plugins.document_types
    row = next(iter(types["bac"].sample(1, SEED)))
    for name in MORE_TYPES:
        await institution.deliveries.deliver(name, io.BytesIO(table(types[name], [row])))
    await vault.refresh()
    issued = (await overview(vault)).issued
    held = {seen.node.origin.type: seen for seen in issued if seen.node.origin}
    pdfs = {name: await _read(vault, held[name].node) for name in ("bac", "assr1")}
    origin = held["assr1"].node.origin
    assert origin is not None
    await institution.certificates.revoke(origin.certificate, "error")
    codes = {"valid": code_of(pdfs["bac"]), "revoked": code_of(pdfs["assr1"])}
    return "/" + "/".join(held["bac"].path), codes


async def _links(vault: Vault, diploma: str) -> dict[str, Link]:
    """One of each kind, and some that are over."""
    until = vault.actor().at + 30 * DAY
    node = await vault.find(tuple(diploma.strip("/").split("/")))
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
        "revoked": await share(vault, ("Budget.csv",), Terms("Budget", "", until)),
    }  # fmt: skip
    await revoke(vault, found["revoked"].id)
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


@asynccontextmanager
async def staged(data: Path) -> AsyncIterator[Stage]:
    """ada has something of everything, bob a long folder, zoe nothing; chief has every role."""
    async with site(data, **EVERY_PLUGIN) as running:
        vault = await furnish(running)
        await running.person("zoe")
        await running.person("bob")
        await filled(running, ["Long/", *(f"Long/{number:03}.txt" for number in range(200))], "bob")
        diploma, codes = await _certificates(running, vault)
        links = await _links(vault, diploma)
        yield Stage(running, diploma, codes, links, await _console(running))
