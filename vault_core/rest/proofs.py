"""“Prove it”: links that show chosen facts of a certificate under its issuer's signature."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from vault_core.errors import BadRequest, NodeNotFound, TooLarge
from vault_core.issuing.credentials.proving import CHOSEN, facts, prove
from vault_core.issuing.credentials.selective import RESULT, Disclosure
from vault_core.rest.call import Answer, Call
from vault_core.rest.links import Days, Label, Pin, SharedLink, made
from vault_core.rest.nodes import at
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input, Output
from vault_core.vault.links.link import DAY, Terms


class Fact(Output):
    """One fact of a certificate that can be shown, or left out."""

    name: Annotated[str, Field(description="By which `createProof` is told to show it.")]
    value: Annotated[
        Any, Field(description="As its issuer signed it: a text, a list of names, or `title` and"
                               " `value` in French and English.")
    ]  # fmt: skip
    about: Annotated[str, Field(description="`person` or `certificate`.")]
    usual: Annotated[bool, Field(description="Whether the pages show it where nothing is chosen.")]


class Facts(Output):
    """All that can be shown; kind, issuer, dates of validity and status are shown always."""

    items: Annotated[
        list[Fact], Field(description="Empty for a certificate of before this was possible.")
    ]


class NewProof(Input):
    """What is shown of which certificate, for how long, how often."""

    document: Annotated[Id, Field(description="The certificate.")]
    show: Annotated[
        list[Annotated[str, Field(max_length=200)]],
        Field(min_length=1, max_length=256, description="Names of `listFacts`; no other is shown."),
    ]
    label: Label = ""
    days: Days = 30
    pin: Pin = ""
    checks: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="How many; null: as many as one likes.")
    ] = None


class ProofsApi:
    """Proofs."""

    @operation("GET", "/api/v1/certificates/{document}/facts", needs="certificates:read")
    async def list_facts(self, call: Call, document: Id) -> Facts:
        """The facts of a certificate that a proof can show."""
        _, node = await at(call.vault, document)
        return Facts(items=[_fact(one) for one in await facts(call.vault, node)])

    @operation("POST", "/api/v1/proofs", needs="links:write", status=201, once=True,
               errors=(BadRequest, NodeNotFound, TooLarge))  # fmt: skip
    async def create_proof(self, call: Call, body: NewProof) -> Answer[SharedLink]:
        """Make a link that proves facts of a certificate.

        Who opens it (`openLink`, `showLink`, or `https://server/open#code`) sees the chosen facts,
        verified at that moment. It is listed and revoked with the other links.
        """
        now = call.vault.actor().at
        _, node = await at(call.vault, body.document)
        terms = Terms(body.label, body.pin, now + body.days * DAY, body.checks)
        return made(await prove(call.vault, node, frozenset(body.show), terms), now)


def _fact(one: Disclosure) -> Fact:
    about = "certificate" if one.name.startswith(RESULT) or one.name == "awarded_on" else "person"
    return Fact(name=one.name, value=one.value, about=about, usual=one.name in CHOSEN)
