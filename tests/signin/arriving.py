"""What tests of every kind of directory do in the browser."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.web.site import PASSWORD, Answer, Reader, Site, site
from vault_core.settings.load import override
from vault_core.vault.persons.person import Facts

INE = "123456789AB"
CONTENT = b"bit for bit"


@asynccontextmanager
async def site_of_ada(data: Path) -> AsyncIterator[Site]:
    """A site with ada, whose INE is known."""
    async with site(data) as found:
        facts = Facts("Ada", "Durand", dt.date(2007, 3, 14), INE)
        await found.institution.persons.add("ada", facts, PASSWORD)
        yield found


def set_up(running: Site, section: str, rules: dict[str, object]) -> None:
    """Change settings as a changed file does."""
    settings = override(running.institution.settings, section, rules)
    running.institution.reconfigure(settings)


async def opens(reader: Reader, answer: Answer) -> bool:
    """Whether the answer leads into ada's vault, with what `known` put there."""
    if answer.headers.get("Location") != "/account":
        return False
    return (await reader.get("/download/a.txt")).body == CONTENT


async def known(reader: Reader, page: Answer) -> None:
    """With the page that asks for a secret: this browser gets a slot, the vault a document.

    Nobody is signed in at the end.
    """
    await unlock(reader, page, secret=PASSWORD)
    await reader.upload("/", "a.txt", CONTENT)
    await reader.send("/sign-out", {})


async def unlock(reader: Reader, page: Answer, **fields: str) -> Answer:
    """Answer the question for a secret of the owner's."""
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert page.status == 200
    assert ticket
    return await reader.post("/sign-in/unlock", {"ticket": ticket[1], **fields})
