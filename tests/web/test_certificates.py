"""The gallery: newest first, what was not opened yet stands out, and how each stands."""

from __future__ import annotations

import io
import re
from pathlib import Path

from tests.browser.furnished import furnish
from tests.web.site import site
from vault_core.cli.demonstration.institution import SEED, table


def marks(page: str) -> list[str]:
    """The classes of each certificate's card."""
    return re.findall(r'<li class="(certificate[^"]*)"', page)


async def test_a_certificate_is_unread_until_it_is_opened(tmp_path: Path) -> None:
    async with site(tmp_path / "data") as running:
        vault = await furnish(running, opened=False)
        async with running.reader("ada") as reader:
            told = "Une nouvelle attestation attend d’être lue."
            assert told in await reader.text("/files/")
            assert told not in await reader.text("/files/Attestations/")
            page = await reader.text("/certificates")
            assert marks(page) == ["certificate unread"]
            assert "Nouveau" in page
            assert told in page
            assert "Valable" in page
            href = re.search(r'href="/download(/Attestations/[^"]+)"', page)
            assert href is not None
            await reader.get("/files" + href[1])  # its page alone does not read the document
            await reader.get("/view" + href[1])
            page = await reader.text("/certificates")
            assert marks(page) == ["certificate"]
            assert "attend d’être lue" not in page
            assert "attend d’être lue" not in await reader.text("/files/")
        del vault


async def test_a_certificate_that_ended_says_so(tmp_path: Path) -> None:
    async with site(tmp_path / "data") as running:
        vault = await furnish(running)
        (node,) = [n for _, n in await vault.walk((), 1000) if n.origin is not None]
        assert node.origin is not None
        await running.institution.certificates.revoke(node.origin.certificate, "error")
        async with running.reader("ada") as reader:
            page = await reader.text("/certificates")
            document = re.search(r'<h2><a href="(/files/[^"]+)"', page)
            assert document is not None
            told = await reader.text(document[1])
        assert marks(page) == ["certificate ended"]
        assert "Révoquée le" in page
        assert "/prove/" not in page
        assert "Révoquée le" in told


async def test_the_gallery_shows_one_state_alone(tmp_path: Path) -> None:
    async with site(tmp_path / "data") as running:
        vault = await furnish(running)
        types = running.institution.plugins.document_types
        row = next(iter(types["bac"].sample(1, SEED)))
        await running.institution.deliveries.deliver("dnb", io.BytesIO(table(types["dnb"], [row])))
        await vault.refresh()
        nodes = [n for _, n in await vault.walk((), 1000) if n.origin is not None]
        (brevet,) = [n for n in nodes if n.origin is not None and n.origin.type == "dnb"]
        assert brevet.origin is not None
        await running.institution.certificates.revoke(brevet.origin.certificate, "error")
        async with running.reader("ada") as reader:
            assert len(marks(await reader.text("/certificates"))) == 2
            revoked = await reader.text("/certificates?state=revoked")
            assert marks(revoked) == ["certificate unread ended"]
            valid = await reader.text("/certificates?state=valid")
            assert marks(valid) == ["certificate"]
            assert len(marks(await reader.text("/certificates?state=nonsense"))) == 2
