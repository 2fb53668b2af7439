"""Every verdict that the verification page gives, on certificates that really came to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.issuing.house import House, code, house
from tests.issuing.world import certificate

UNKNOWN = "789A-BCDE-FGHJ-Y"
MISTYPED = "789A-BCDE-FGHJ-0"


@dataclass(frozen=True)
class Verdicts:
    """A server, and by name what is checked there: a code, or a file."""

    url: str
    checked: Mapping[str, str | bytes]

    async def show(self, page: Any, name: str) -> None:
        """Have the page give that verdict; the page's `base_url` is `url`."""
        what = self.checked[name]
        if isinstance(what, str):
            await page.goto(f"/verify/{what}")
        else:
            await page.goto("/verify")
            file = {"name": "c.pdf", "mimeType": "application/pdf", "buffer": what}
            async with page.expect_navigation():
                await page.set_input_files("#file", file)
        await page.wait_for_selector("#verdict")


EXPECTED = {
    "valid": "Valid",
    "valid-short": "Valid",
    "replaced": "Replaced",
    "revoked": "Revoked",
    "expired": "Expired",
    "tampered": "Not valid",
    "foreign": "Not valid",
    "not-a-certificate": "Not valid",
    "unknown-code": "Not valid",
    "mistyped-code": "Not valid",
}
"""By name, the verdict in English."""


@asynccontextmanager
async def verdicts(folder: Path) -> AsyncIterator[Verdicts]:
    """An institution that gives all of them."""
    async with house(folder / "data", PARCHEMIN_THROTTLE__FAILURES="1000") as running:
        files = await _issued(running)
        valid = files["valid"]
        at = len(valid) // 2
        checked: dict[str, str | bytes] = {
            "valid": code(valid),
            "valid-short": files["short"],
            "replaced": files["replaced"],
            "revoked": code(files["revoked"]),
            "expired": files["expired"],
            "tampered": valid[:at] + bytes([valid[at] ^ 1]) + valid[at + 1 :],
            "foreign": certificate().pdf,
            "not-a-certificate": b"a shopping list",
            "unknown-code": UNKNOWN,
            "mistyped-code": MISTYPED,
        }
        assert checked.keys() == EXPECTED.keys()
        yield Verdicts(running.url, checked)


async def _issued(running: House) -> dict[str, bytes]:
    kinds = {
        "valid": "pix", "short": "assr2", "replaced": "bac", "revoked": "jdc", "expired": "pix",
    }  # fmt: skip
    files = {}
    for number, (name, kind) in enumerate(kinds.items()):
        row = running.row(kind, number)
        if name == "expired":
            row["awarded_on"] = "14/03/2020"
        holder = await running.holder(kind, row, name)
        await running.deliver(kind, row)
        files[name] = await running.fetch_one(holder)
        if name == "revoked":
            await running.institution.certificates.revoke(await running.newest(), "fraud")
        if name == "replaced":
            await running.deliver(kind, {**row, "average": "12,10", "grade": ""})
    return files
