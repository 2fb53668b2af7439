"""A day of a whole institution, so that every statement that its parts ask is seen.

Pupils, who was sent a link, staff, issuers, directories and the hourly round, through the site.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from tests.browser.stage import EVERY_PLUGIN, Stage, staged
from tests.store.recording import Recording
from tests.web.site import Reader, Site
from vault_core.app import opening
from vault_core.cli.demonstration.institution import SEED, table
from vault_core.settings import Settings
from vault_core.store import sums
from vault_core.store.catalog import Catalog
from vault_core.vault.persons import closing
from vault_core.vault.upkeep.maintenance import Retention

NOBODY: Final = ("/", "/sign-in", "/verify", "/verify/{valid}", "/verify/{revoked}", "/metrics")
OWNER: Final = (
    "/files/", "/files/Photos/", "/files{diploma}", "/details/Scolarité", "/trash",
    "/search?q=lettre", "/certificates", "/prove{diploma}", "/share/Photos", "/links",
    "/account", "/account/devices", "/account/devices/tokens", "/account/security",
    "/account/trusted", "/account/entrusted", "/account/recovery", "/account/notices",
    "/account/journal", "/account/export", "/account/closing",
)  # fmt: skip
STAFF: Final = (
    "/admin/", "/admin/deliver", "/admin/batches", "{batch}", "{held}", "/admin/reviews",
    "{review}", "/admin/certificates", "/admin/persons", "/admin/persons?q=ad",
    "/admin/persons/ada", "/admin/person-new", "/admin/issuers", "/admin/storage",
    "/admin/webhooks", "/admin/health", "/admin/journal", "/admin/journal?verb=role-grant",
    "/admin/journal.csv",
)  # fmt: skip


async def lived(data: Path, url: str) -> Recording:
    """What a day in an institution of its own, made in `data`, asked of the database at `url`."""
    opened: list[Recording] = []

    async def recorded(folder: Path, found: Settings, *, bulk: bool = False) -> Catalog:
        opened.append(Recording(await really(folder, found, bulk=bulk)))
        return opened[-1]

    really = opening.open_catalog
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "open_catalog", recorded)
        patched.setitem(EVERY_PLUGIN, "PARCHEMIN_CATALOG__URL", url)
        patched.setitem(EVERY_PLUGIN, "PARCHEMIN_WEBHOOKS__ALLOWED_NETWORKS", "127.0.0.0/8")
        async with staged(data) as stage:
            await _day(stage)
    return opened[-1]


async def _day(stage: Stage) -> None:
    running = stage.running
    async with running.reader() as nobody, running.reader("ada") as ada:
        await _look(nobody, NOBODY, stage)
        await _look(ada, OWNER, stage)
        await _tell(running, nobody, ada)
    async with running.reader("chief") as chief:
        await _look(chief, STAFF, stage)
        await _decide(running, chief, stage)
    await _programs(running)
    await _hourly(running)
    await _leave(running)


async def _look(reader: Reader, addresses: tuple[str, ...], stage: Stage) -> None:
    for address in addresses:
        told = address.format(diploma=stage.diploma, **stage.console, **stage.codes)
        answer = await reader.get(quote(told, safe="/?=&"))
        assert answer.status in (200, 302, 303, 401), (told, answer.status)


async def _tell(running: Site, nobody: Reader, ada: Reader) -> None:
    institution = running.institution
    person = await institution.persons.find("ada")
    token = await institution.feeds.make(person.id)
    await institution.contacts.set(person.id, "ada@example.org", "fr")
    assert "<feed" in await institution.feeds.read(token, "fr", "x", "https://x/")
    for wrong in range(2):
        fields = {"username": "ada", "password": f"wrong horse {wrong}"}
        assert (await nobody.post("/sign-in", fields)).status != 303
    await ada.send("/sign-out", {})


async def _decide(running: Site, chief: Reader, stage: Stage) -> None:
    institution = running.institution
    review = await anext(institution.reviews.waiting())
    await institution.reviews.accept(review.id, "known", "chief")
    async for other in institution.reviews.waiting():
        await institution.reviews.refuse(other.id, "chief")
    held = stage.console["held"].rpartition("/")[2]
    await institution.batches.cancel(held)
    await institution.webhooks.add("https://127.0.0.1:9/hook", "chief")
    known = await institution.persons.find("known")
    for act in (institution.administration.suspend, institution.administration.resume):
        await act(known.id, "chief")
    await institution.administration.set_quota(known.id, 10**8, "chief")
    token, _ = await institution.issuer_tokens.make("examens", "bureau", 30, "chief")
    assert token
    await chief.get("/admin/issuers")


async def _programs(running: Site) -> None:
    institution = running.institution
    types = institution.plugins.document_types
    row = next(iter(types["bac"].sample(1, SEED)))
    await institution.batches.submit("pix", io.BytesIO(table(types["pix"], [row])), "p.csv", "api")
    await institution.worker.work_off()
    await institution.post.once()
    identifier, token = await institution.provisioning.add_provisioner("directory")
    await institution.provisioning.provisioner(token)
    await institution.provisioning.page(1, 10)
    await institution.provisioning.following("a", 10)
    await institution.provisioning.remove_provisioner(identifier)


async def _hourly(running: Site) -> None:
    institution = running.institution
    await institution.maintenance.expire(Retention())
    await institution.entrance.forget_old()
    await institution.review_expiry.expire(90)
    await institution.recoveries.everyone()
    await institution.maintenance.check()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sums, "LIVE", 1)
        await sums.keep(institution.catalog, 10**13)
        assert (await sums.of_institution(institution.catalog)).at is not None


async def _leave(running: Site) -> None:
    """Somebody's vault is made anew, and somebody's is closed for good."""
    institution = running.institution
    second = await institution.persons.find("second")
    await institution.rekeying.by_emptying(second)
    at = await institution.administration.close(second.id, 30, "chief")
    await institution.catalog.commit(closing.destroy, second.id, at)
    assert not await institution.catalog.fetch("SELECT 1 FROM persons WHERE id = ?", (second.id,))
