"""`parchemin issuer`: who delivers what, and the keys that seal it, here or in an HSM."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside, settings_of

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.issuing.certificates.register import Desk
    from vault_core.issuing.seals.hsm import Hsm

group = typer.Typer(help="See who delivers, and what.", no_args_is_help=True, rich_markup_mode=None)
Issuer = Annotated[str, typer.Argument(metavar="ISSUER", help="As `issuer list` prints it.")]
Label = Annotated[str, typer.Argument(metavar="LABEL", help="The key's label in the HSM.")]


@group.command("list")
def list_issuers(data: Data, as_json: AsJson = False) -> None:
    """List who delivers what."""
    from vault_core.issuing.input.own_documents import with_own_documents
    from vault_core.plugins import load_plugins

    plugins = with_own_documents(load_plugins(settings_of(data).plugins.enabled))
    rows = [
        {
            "type": type_id,
            "title": document_type.title.en,
            "issuer": plugins.issuer_of(type_id).id,
            "issuer_name": plugins.issuer_of(type_id).name.en,
            "plugin": plugins.origins[type_id],
        }
        for type_id, document_type in sorted(plugins.document_types.items())
    ]
    columns = ("type", "title", "issuer", "issuer_name", "plugin")
    empty = "No enabled plugin delivers documents: see [plugins] enabled in the settings."
    output.show_table(columns, rows, as_json, empty)


@group.command("rotate-keys")
def rotate_keys(
    issuer: Issuer,
    data: Data,
    as_json: AsJson = False,
) -> None:
    """Give an issuer new keys.

    The old ones are kept: what they signed stays valid.
    """

    async def work(institution: Institution) -> Desk:
        return await institution.register.rotate(issuer)

    generation = inside(data, work).generation
    facts = {"issuer": issuer, "generation": generation.number, "since": generation.since}
    output.show_facts(facts, as_json)


@group.command("import-key")
def import_key(
    issuer: Issuer,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.pem", exists=True, dir_okay=False, help="Key and certificates, as PEM."
        ),
    ],
    data: Data,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="The key's password is read from there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Seal with the institution's own certificate.

    What was sealed before stays valid. The key is kept encrypted under the institution's key:
    delete the file.
    """
    from vault_core.issuing.seals.own_certificates import LARGEST, read_own_certificate

    with file.open("rb") as source:
        content = source.read(LARGEST + 1)
    password = sys.stdin.buffer.readline().rstrip(b"\r\n") if password_stdin else None
    own = read_own_certificate(content, password, dt.datetime.now(dt.UTC))

    async def work(institution: Institution) -> Desk:
        return await institution.register.take_own(issuer, own)

    output.show_facts(_facts(inside(data, work)), as_json)


@group.command("hsm-request")
def hsm_request(
    issuer: Issuer,
    label: Label,
    data: Data,
    make: Annotated[bool, typer.Option("--make", help="Make the key first.")] = False,
) -> None:
    """Ask for a certificate of an HSM key.

    Prints the request (PKCS #10, PEM) for the authority that is to certify the issuer's seals.
    """
    from vault_core.issuing.seals.signing_request import signing_request
    from vault_core.plugins import load_plugins

    settings = settings_of(data)
    known = load_plugins(settings.plugins.enabled).issuer(issuer)
    hsm = _hsm(data)
    if make:
        hsm.make_key(label)
    sys.stdout.write(
        signing_request(known.name.fr, known.country, hsm.public_key(label), hsm.signing(label))
    )


@group.command("use-hsm")
def use_hsm(
    issuer: Issuer,
    label: Label,
    data: Data,
    certificates: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Its certificates, as PEM; without: a test seal."
        ),
    ] = None,
    make: Annotated[bool, typer.Option("--make", help="Make the key first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Seal with a key in the HSM.

    The settings name it. What was sealed before stays valid; the key never leaves the HSM.
    """
    from vault_core.issuing.seals.own_certificates import LARGEST, read_chain

    hsm = _hsm(data)
    if make:
        hsm.make_key(label)
    key = hsm.public_key(label)
    hsm.signing(label)  # raises if the private half is missing
    content = b""
    if certificates is not None:
        with certificates.open("rb") as source:
            content = source.read(LARGEST + 1)
    chain = read_chain(content, key, dt.datetime.now(dt.UTC)) if certificates else ()

    async def work(institution: Institution) -> Desk:
        return await institution.register.take_hsm(issuer, label, key, chain)

    output.show_facts(_facts(inside(data, work)), as_json)


def _hsm(data: Path) -> Hsm:
    """The configured one. Raises SettingsError if there is none."""
    from vault_core.app.sealing import hsm_of
    from vault_core.errors import SettingsError

    hsm = hsm_of(settings_of(data))
    if hsm is None:
        raise SettingsError("No HSM is configured: set [hsm] library, token and pin.")
    return hsm


def _facts(desk: Desk) -> dict[str, object]:
    generation = desk.generation
    certificate = generation.seal_chain[0]
    return {
        "issuer": desk.issuer.id,
        "generation": generation.number,
        "since": generation.since,
        "certificate": certificate.subject.rfc4514_string(),
        "valid_until": certificate.not_valid_after_utc,
    }
