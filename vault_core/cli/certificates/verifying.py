"""`parchemin verify` and `parchemin snapshot`: checking certificates, here or far from here."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vault_core.cli import output
from vault_core.cli.certificates import proving
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside
from vault_core.errors import BadRequest

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.issuing.checking.answer import Answer
    from vault_core.issuing.checking.disclosed import Disclosed


def verify(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE|CODE|LINK",
            help="A PDF, a credential, an SD-JWT; a code; a QR code's address; a proof's link.",
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            envvar="PARCHEMIN_DATA",
            help="The institution's data directory.",
            show_default=False,
        ),
    ] = None,
    offline: Annotated[
        Path | None,
        typer.Option(
            metavar="SNAPSHOT",
            exists=True,
            dir_okay=False,
            help="Verify by a trust snapshot, without the institution.",
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The institution's key that the snapshot must be from."),
    ] = None,
    pin_stdin: Annotated[
        bool, typer.Option("--pin-stdin", help="Read the PIN of a link from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Verify a certificate.

    A link is one of this institution, made under “Prove it”: opening it counts as one use, which
    its owner sees. Ends with status 0 if it is valid, 1 if it is not, 2 if that cannot be told.
    """
    if offline is not None:
        answer = _offline(what, offline, key)
    elif data is not None:
        answer = _at_institution(what, data, pin_stdin)
    else:
        raise BadRequest("Say where to verify: --data DIR, or --offline SNAPSHOT.")
    show(answer, as_json)
    if answer.verdict != "valid":
        raise typer.Exit(1)


def _at_institution(what: str, data: Path, pin_stdin: bool) -> Answer | Disclosed:
    found = _file(what)

    async def work(institution: Institution) -> Answer | Disclosed:
        from vault_core.issuing.certificates.verifying import check_disclosure, is_disclosure

        if found is None and proving.is_link(what):
            proof = await proving.proof_of(institution, what, pin_stdin)
            trust = await institution.trusting.trust()
            return check_disclosure(proof, trust, dt.datetime.now(dt.UTC))
        if found is None:
            return await institution.verifier.check_code(what)
        if is_disclosure(found):
            return await institution.verifier.check_disclosure(found)
        return await institution.verifier.check_data(found)

    return inside(data, work)


def _offline(what: str, snapshot: Path, key: str | None) -> Answer | Disclosed:
    from vault_core.issuing.certificates.verifying import (
        check_disclosure,
        check_file,
        is_disclosure,
    )
    from vault_core.issuing.checking.snapshot import read_snapshot, signer_of

    found = _file(what)
    if found is None:
        raise BadRequest("Codes and links are checked by the institution; offline takes a file.")
    signed = snapshot.read_bytes()
    signer = key or signer_of(signed)
    if key is None:
        output.complain(f"The snapshot is signed by {signer}: compare it with the institution's.")
    trust = read_snapshot(signed, signer)
    check = check_disclosure if is_disclosure(found) else check_file
    return check(found, trust, dt.datetime.now(dt.UTC))


def _file(what: str) -> bytes | None:
    """The file of that name; None for what looks like a code or a link. Raises BadRequest."""
    if Path(what).is_file():
        return Path(what).read_bytes()
    if proving.is_address(what) or proving.is_link(what):
        return None
    if "://" in what:
        raise BadRequest(
            "That address is no certificate's: it has /verify/ and a code, or is a proof's link, "
            "whole, with what follows its #. In a shell, put it in quotation marks."
        )
    if "." in what or os.sep in what:
        raise BadRequest(f"There is no file '{what}'.")
    return None


def show(answer: Answer | Disclosed, as_json: bool) -> None:
    """The answer, for people or programs."""
    from vault_core.issuing.certificates.lifecycle import REASONS
    from vault_core.issuing.checking.answer import Answer
    from vault_core.issuing.checking.answer import as_json as for_programs

    if not isinstance(answer, Answer):
        proving.show(answer, as_json)
        return
    if as_json:
        output.show_json(for_programs(answer))
        return
    output.say(f"{'VALID' if answer.valid else answer.verdict.upper()}: {answer.sentence('en')}")
    claims, subject = answer.claims, answer.subject
    if claims is None or subject is None:
        return
    name = " ".join((*subject.given_names, subject.family_name))
    output.say(f"{claims.title.en}: {name}, born {subject.birth_date.isoformat()}")
    if answer.issuer is not None:
        day = f", awarded on {claims.awarded_on.isoformat()}" if claims.awarded_on else ""
        output.say(f"by {answer.issuer.en}{day}")
    if answer.ended_at is not None:
        why = f", {REASONS[answer.reason].en}" if answer.reason in REASONS else ""
        output.say(f"{answer.verdict} on {answer.ended_at:%Y-%m-%d}{why}")
    for fact in answer.facts:
        output.say(f"  {fact.title.en}: {fact.value.en}")
    if answer.dated is not None:
        who = (
            answer.dated.authority
            if answer.dated.is_known
            else (
                f"an unknown time-stamping authority, which calls itself {answer.dated.authority}"
            )
        )
        output.say(f"dated {answer.dated.at:%Y-%m-%d %H:%M} UTC by {who}")
    if answer.status_at is not None:
        output.say(f"status of {answer.status_at:%Y-%m-%d %H:%M} UTC")


def snapshot(
    data: Data,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="The JSON file to write.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="The verifier to write, for browsers."),
    ] = None,
) -> None:
    """Write a trust snapshot.

    It holds the issuers' public keys and status lists, signed by the institution: with it
    certificates are verified anywhere, without network. As HTML it is a verifier that needs
    nothing but a browser.
    """

    async def work(institution: Institution) -> tuple[bytes, str]:
        return await institution.trusting.snapshot(), institution.trusting.institution_key

    if to is None and html is None:
        raise BadRequest("Say what to write: --to FILE, --html FILE, or both.")
    signed, key = inside(data, work)
    if to is not None:
        _write(to, signed)
    if html is not None:
        from vault_core.web.offline import page

        _write(html, page(signed, key))
    output.say(f"signed by {key}")


def _write(path: Path, content: bytes) -> None:
    """The whole file or none."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)
    output.say(f"{path}: {output.size(len(content))}")
