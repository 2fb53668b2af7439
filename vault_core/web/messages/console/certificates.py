"""The page that revokes a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "admin.certificates.title": "Révoquer une attestation",
    "admin.certificates.lead": "Une attestation révoquée reste dans le coffre, marquée, et toute "
    "vérification le dit dès maintenant. Pour en corriger une, remettez sa ligne corrigée.",
    "admin.certificates.link": "Révoquer une attestation",
    "admin.certificates.id": "Numéro de l’attestation",
    "admin.certificates.no-id": "Ce n’est pas un numéro d’attestation (urn:uuid:…).",
    "admin.certificates.none": "Aucune attestation de ce numéro n’a été délivrée ici.",
    "admin.certificates.issued": "Scellée le",
    "admin.certificates.ended": "Depuis le",
    "admin.certificates.replaced-by": "Remplacée par",
    "admin.certificates.reason": "Pourquoi",
    "admin.certificates.revoke": "Révoquer",
    "admin.certificates.sure": "Révoquer cette attestation pour de bon ?",
    "admin.standing.valid": "valable",
    "admin.standing.expired": "expirée",
    "admin.standing.replaced": "remplacée",
    "admin.standing.revoked": "révoquée",
    "admin.standing.damaged": "illisible",
    "done.ended": "L’attestation est révoquée.",
}

ENGLISH: Final[Mapping[str, str]] = {
    "admin.certificates.title": "Revoke a certificate",
    "admin.certificates.lead": "A revoked certificate stays in the vault, marked, and every check "
    "says so from now on. To correct one, deliver its corrected row.",
    "admin.certificates.link": "Revoke a certificate",
    "admin.certificates.id": "Certificate id",
    "admin.certificates.no-id": "That is no certificate id (urn:uuid:…).",
    "admin.certificates.none": "No certificate of that id was issued here.",
    "admin.certificates.issued": "Sealed on",
    "admin.certificates.ended": "Since",
    "admin.certificates.replaced-by": "Replaced by",
    "admin.certificates.reason": "Why",
    "admin.certificates.revoke": "Revoke",
    "admin.certificates.sure": "Revoke this certificate for good?",
    "admin.standing.valid": "valid",
    "admin.standing.expired": "expired",
    "admin.standing.replaced": "replaced",
    "admin.standing.revoked": "revoked",
    "admin.standing.damaged": "unreadable",
    "done.ended": "The certificate is revoked.",
}
