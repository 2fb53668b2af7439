"""What the institution does to an account, as its owner is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "error.Suspended": "Ce compte est suspendu : adressez-vous à l’établissement qui tient ce "
    "serveur. Rien de ce que contient le coffre n’est perdu.",
    "error.LinkPaused": "Ce lien n’ouvre rien pour le moment : adressez-vous à la personne qui "
    "vous l’a envoyé.",
    "verb.suspended": "Compte suspendu par l’établissement",
    "verb.resumed": "Compte rouvert par l’établissement",
    "verb.quota-set": "Espace autorisé changé par l’établissement",
    "journal.group.institution": "Actes de l’établissement",
    "closing.institution": "L’établissement ferme ce coffre. Cela aura lieu le",
    "closing.institution.more": "D’ici là, tout fonctionne comme avant : emportez ce que vous "
    "voulez garder. Seul l’établissement peut annuler.",
}

ENGLISH: Final[Mapping[str, str]] = {
    "error.Suspended": "This account is suspended: ask the institution that runs this server. "
    "Nothing in the vault is lost.",
    "error.LinkPaused": "This link opens nothing for now: ask whoever sent it to you.",
    "verb.suspended": "Account suspended by the institution",
    "verb.resumed": "Account reopened by the institution",
    "verb.quota-set": "Allowed space changed by the institution",
    "journal.group.institution": "Acts of the institution",
    "closing.institution": "The institution is closing this vault. It will happen on",
    "closing.institution.more": "Until then everything works as before: take away what you want to "
    "keep. Only the institution can cancel.",
}
