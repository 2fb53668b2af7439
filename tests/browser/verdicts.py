"""Every verdict that the verification page gives, on certificates that really came to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.issuing.authorities import Authorities, authorities
from tests.issuing.checking.test_verification import with_attachment
from tests.issuing.house import House, code, credential, house
from tests.issuing.symbols.test_paper import decoded
from tests.issuing.world import certificate

UNKNOWN = "789A-BCDE-FGHJ-Y"
MISTYPED = "789A-BCDE-FGHJ-0"
FAILURES: Final = 200
"""Of one address, before it has to wait."""


@dataclass(frozen=True)
class Verdicts:
    """A server, and by name what is checked there: a code, or a file."""

    url: str
    checked: Mapping[str, str | bytes]

    async def throttle(self, page: Any) -> None:
        """Have it guess until it has to wait; nothing is answered after that."""
        for _ in range(FAILURES + 1):
            answer = await page.request.get(f"/verify/{UNKNOWN}")
            if answer.status == 429:
                break
        await page.goto(f"/verify/{UNKNOWN}")
        await page.wait_for_selector("h1")

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
    "stamped": "Valid",
    "stamped-unknown": "Valid",
    "archived": "Valid",
    "paper": "Valid",
    "tampered": "Not valid",
    "swapped": "Not valid",
    "cut": "Damaged file",
    "foreign": "Unknown issuer",
    "not-a-certificate": "Not a certificate",
    "unknown-code": "Unknown code",
    "mistyped-code": "Mistyped code",
}
"""By name, the verdict in English."""


@asynccontextmanager
async def verdicts(folder: Path) -> AsyncIterator[Verdicts]:
    """An institution that gives all of them."""
    data = folder / "data"
    timed = await _timed(data, folder)
    throttle = {"PARCHEMIN_THROTTLE__FAILURES": str(FAILURES)}
    async with house(data, PARCHEMIN_TIMESTAMPS__ROOTS="known.pem", **throttle) as running:
        files = timed | await _issued(running, folder)
        valid = files["valid"]
        at = len(valid) // 2
        checked: dict[str, str | bytes] = {
            "valid": code(valid),
            "valid-short": files["short"],
            "replaced": files["replaced"],
            "revoked": code(files["revoked"]),
            "expired": files["expired"],
            "stamped": files["stamped"],
            "stamped-unknown": files["stamped-unknown"],
            "archived": files["archived"],
            "paper": files["paper"],
            "tampered": valid[:at] + bytes([valid[at] ^ 1]) + valid[at + 1 :],
            "swapped": with_attachment(valid, credential(files["short"])),
            "cut": valid[:-20],
            "foreign": certificate().pdf,
            "not-a-certificate": b"a shopping list",
            "unknown-code": UNKNOWN,
            "mistyped-code": MISTYPED,
        }
        assert checked.keys() == EXPECTED.keys()
        yield Verdicts(running.url, checked)


async def _timed(data: Path, folder: Path) -> dict[str, bytes]:
    """Certificates whose seals were timed: by an authority that is known later, and by another."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    files = {}
    for name, kind in (("known", "stamped"), ("unknown", "stamped-unknown")):
        (folder / name).mkdir()
        with authorities(folder / name, now) as outside:
            files[kind] = await _by(outside, data, kind, long_term=False)
            if name == "known":
                files["archived"] = await _by(outside, data, "archived", long_term=True)
        (data / f"{name}.pem").write_bytes((folder / name / "root.pem").read_bytes())
    return files


async def _by(outside: Authorities, data: Path, holder: str, *, long_term: bool) -> bytes:
    """One certificate that the authority timed."""
    settings = {
        "PARCHEMIN_TIMESTAMPS__URL": f"{outside.url}/tsa",
        "PARCHEMIN_TIMESTAMPS__ROOTS": str(outside.folder / "root.pem"),
        "PARCHEMIN_TIMESTAMPS__LONG_TERM": str(long_term).lower(),
    }
    async with house(data, **settings) as running:
        row = running.row("assr1", len(holder))
        person = await running.holder("assr1", row, holder)
        await running.deliver("assr1", row)
        return await running.fetch_one(person)


async def _issued(running: House, folder: Path) -> dict[str, bytes]:
    kinds = {
        "valid": "pix", "short": "assr2", "replaced": "bac", "revoked": "jdc", "expired": "pix",
        "paper": "dnb",
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
        if name == "paper":
            files[name] = decoded(files[name], folder)["Data Matrix"].encode()
    return files
