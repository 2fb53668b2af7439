"""`parchemin verify LINK`: what somebody chose to show of a certificate, by link or as SD-JWT."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vault_core.cli import output
from vault_core.cli.credentials import ask
from vault_core.errors import BadRequest, PinNeeded

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.issuing.checking.disclosed import Disclosed

_NO_PROOF = {
    "share": "That link shows documents, not a certificate: open it in a browser.",
    "drop": "That link is a drop box, which shows nothing: open it in a browser.",
}


def is_link(what: str) -> bool:
    """Whether somebody was sent it: the address of a link, or what follows its `#`."""
    return "/open#" in what or what[:1] == "#" or len(what.replace("-", "")) == 30


def is_address(what: str) -> bool:
    """Whether it is what a QR code holds, and no path of a file."""
    _, found, code = what.rpartition("/verify/")
    return bool(found) and "." not in code and not what.startswith((os.sep, "."))


async def proof_of(institution: Institution, link: str, pin_from_stdin: bool) -> bytes:
    """The SD-JWT that a link shows; it counts as one use. Raises what opening a link raises."""
    from vault_core.vault.links.showing import proof_text

    try:
        token, row = await institution.visits.open(link)
    except PinNeeded:
        token, row = await institution.visits.open(link, ask("PIN of this link", pin_from_stdin))
    if row.kind in _NO_PROOF:
        raise BadRequest(_NO_PROOF[row.kind])
    return proof_text(await institution.visits.visited(token)).encode("ascii")


def show(found: Disclosed, as_json: bool) -> None:
    """The answer, for people or programs."""
    from vault_core.issuing.checking.disclosed_json import as_json as for_programs

    if as_json:
        output.show_json(for_programs(found))
        return
    output.say(f"{found.verdict.upper()}: {found.sentence('en')}")
    output.say(f"{found.title.en}, by {found.issuer.en}, issued on {found.issued_at:%Y-%m-%d}")
    for name, value in found.claims.items():
        shown = " ".join(map(str, value)) if isinstance(value, list) else value
        output.say(f"  {name.replace('_', ' ').capitalize()}: {shown}")
    for fact in found.results:
        output.say(f"  {fact.title.en}: {fact.value.en}")
    if found.hidden:
        output.say("Its owner chose what is shown; the rest is hidden.")
