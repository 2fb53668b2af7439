"""`parchemin issuer request-key-…`: keys that issuers' programs sign their requests with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.issuing.programs.request_keys import RequestKey

ACTOR = "command"
Issuer = Annotated[str, typer.Argument(metavar="ISSUER", help="As `issuer list` prints it.")]
Pem = Annotated[
    Path,
    typer.Argument(metavar="FILE.pem", exists=True, dir_okay=False, help="The public half."),
]
Key = Annotated[str, typer.Argument(metavar="KEY", help="As `issuer request-keys` prints it.")]
Days = Annotated[int, typer.Option(help="How long it is good for.")]


def add(
    issuer: Issuer,
    file: Pem,
    data: Data,
    label: Annotated[str, typer.Option(help="Which program signs with it.")],
    days: Days = 366,
    read_only: Annotated[bool, typer.Option("--read-only", help="It hands nothing in.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let an issuer's program sign its requests.

    By RFC 9421; it may what a token of that issuer may. The private half never leaves the
    issuer: make the pair there, with `openssl genpkey -algorithm ed25519 -out key.pem`, and take
    here what `openssl pkey -in key.pem -pubout` prints. Ed25519 and P-256 are taken.
    """

    async def work(institution: Institution) -> dict[str, Any]:
        key = await institution.request_keys.register(
            issuer, label, _content(file), days, ACTOR, writes=not read_only
        )
        return _facts(key)

    output.show_facts(inside(data, work), as_json)


def listing(data: Data, as_json: AsJson = False) -> None:
    """List the keys that programs sign with.

    When a key was used last tells whether it can be revoked.
    """

    async def work(institution: Institution) -> list[dict[str, Any]]:
        return [_facts(key) for key in await institution.request_keys.everything()]

    columns = ("key", "issuer", "label", "algorithm", "may", "until", "last_used", "state")
    empty = "There is no key: parchemin issuer request-key-add ISSUER FILE.pem --label NAME."
    output.show_table(columns, inside(data, work), as_json, empty)


def rotate(
    key: Key,
    file: Pem,
    data: Data,
    days: Days = 366,
    overlap: Annotated[int, typer.Option(help="Days that the old key stays good.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Register the successor of a key.

    It has the same issuer, name and rights; both are good until the overlap is over.
    """

    async def work(institution: Institution) -> dict[str, Any]:
        return _facts(
            await institution.request_keys.rotate(key, _content(file), days, overlap, ACTOR)
        )

    output.show_facts(inside(data, work), as_json)


def revoke(key: Key, data: Data, as_json: AsJson = False) -> None:
    """End a key, at once and for ever.

    Nobody can register it again.
    """
    inside(data, lambda institution: institution.request_keys.revoke(key, ACTOR))
    output.show_facts({"revoked": key}, as_json)


def _content(file: Path) -> bytes:
    from vault_core.issuing.programs.request_keys import LARGEST

    with file.open("rb") as source:
        return source.read(LARGEST + 1)


def _facts(key: RequestKey) -> dict[str, Any]:
    return {
        "key": key.id, "issuer": key.issuer, "label": key.label, "algorithm": key.algorithm,
        "may": "hand in" if key.writes else "look", "until": output.day(key.expires_at),
        "last_used": output.day(key.used_at) if key.used_at is not None else "never",
        "state": key.state,
    }  # fmt: skip
