"""What a bearer token may be made for: a token does what its scopes say, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

from vault_core.api import Text

Scope = Literal[
    "documents:read",
    "documents:write",
    "certificates:read",
    "journal:read",
    "account:read",
    "account:write",
    "links:read",
    "links:write",
    "deliveries:read",
    "deliveries:write",
]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
TITLES: Final[Mapping[Scope, Text]] = MappingProxyType(
    {
        "documents:read": Text("lister, chercher et lire", "list, search and read"),
        "documents:write": Text("déposer, modifier, supprimer", "upload, change and delete"),
        "certificates:read": Text("lire les attestations", "read certificates"),
        "journal:read": Text("lire le journal", "read the journal"),
        "account:read": Text("voir le compte et ses accès", "see the account and its devices"),
        "account:write": Text(
            "révoquer des accès ; avec le mot de passe, changer les secrets et fermer le coffre",
            "revoke devices; with the password, change secrets and close the vault",
        ),
        "links:read": Text("voir les liens de partage", "see share links"),
        "links:write": Text(
            "faire et révoquer des liens, preuves comprises", "make and revoke links and proofs"
        ),
        "deliveries:read": Text(
            "suivre les remises d'un émetteur", "follow an issuer's deliveries"
        ),
        "deliveries:write": Text("remettre pour un émetteur", "deliver for an issuer"),
    }
)
"""In one line each, for whoever makes a token. The last two help only whom the institution gave
a role: a scope narrows what its person may do, and never adds to it."""


def known(names: Iterable[str]) -> frozenset[Scope]:
    """Those of the names that are scopes; others, of an older or newer release, open nothing."""
    wanted = set(names)
    return frozenset(scope for scope in SCOPES if scope in wanted)
