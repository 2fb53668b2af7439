"""The frame of the console, and its first page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "account.console": "Console de l’établissement",
    "account.console.lead": "Vous avez un rôle dans cet établissement.",
    "admin.title": "Console",
    "admin.lead": "Des nombres, jamais de contenu : personne ici ne lit un coffre.",
    "admin.nav": "Parties de la console",
    "admin.no-role": "Votre compte n’a pas le rôle que cela demande : adressez-vous à qui "
    "administre ce serveur.",
    "admin.part.overview": "Vue d’ensemble",
    "admin.part.deliver": "Remettre un fichier",
    "admin.part.batches": "Lots",
    "admin.part.reviews": "À décider",
    "admin.part.certificates": "Révoquer",
    "admin.part.persons": "Titulaires",
    "admin.part.issuers": "Émetteurs",
    "admin.part.storage": "Stockage",
    "admin.part.health": "État du serveur",
    "admin.part.journal": "Journal des actes",
    "admin.sum.persons": "Titulaires",
    "admin.sum.never": "jamais entrés dans leur coffre",
    "admin.sum.suspended": "Comptes suspendus",
    "admin.sum.closing": "Coffres qui vont fermer",
    "admin.sum.delivered": "Documents remis",
    "admin.sum.waiting": "Remis, et le coffre pas rouvert depuis",
    "admin.sum.used": "Espace occupé",
    "admin.sum.quota": "Espace promis",
    "admin.counted": "Dans un établissement de cette taille, on ne compte que de temps en temps : "
    "chiffres du",
    "admin.now": "En ce moment",
    "admin.quiet": "Aucun lot n’est en cours.",
    "sure.yes": "Oui",
    "sure.no": "Non, revenir",
    "admin.role.operator": "opérateur",
    "admin.role.administrator": "administrateur",
    "admin.role.auditor": "auditeur",
    "admin.part.webhooks": "Messages",
}

ENGLISH: Final[Mapping[str, str]] = {
    "account.console": "Institution’s console",
    "account.console.lead": "You have a role in this institution.",
    "admin.title": "Console",
    "admin.lead": "Counts, never content: nobody here reads a vault.",
    "admin.nav": "Parts of the console",
    "admin.no-role": "Your account does not have the role that this asks for: ask whoever "
    "administers this server.",
    "admin.part.overview": "Overview",
    "admin.part.deliver": "Deliver a file",
    "admin.part.batches": "Batches",
    "admin.part.reviews": "To decide",
    "admin.part.certificates": "Revoke",
    "admin.part.persons": "Persons",
    "admin.part.issuers": "Issuers",
    "admin.part.storage": "Storage",
    "admin.part.health": "Health",
    "admin.part.journal": "Record of acts",
    "admin.sum.persons": "Persons",
    "admin.sum.never": "never came into their vault",
    "admin.sum.suspended": "Suspended accounts",
    "admin.sum.closing": "Vaults about to close",
    "admin.sum.delivered": "Documents delivered",
    "admin.sum.waiting": "Delivered, and the vault not opened since",
    "admin.sum.used": "Space used",
    "admin.sum.quota": "Space promised",
    "admin.counted": "In an institution of this size things are counted from time to time: "
    "figures of",
    "admin.now": "At the moment",
    "admin.quiet": "No batch is under way.",
    "sure.yes": "Yes",
    "sure.no": "No, go back",
    "admin.role.operator": "operator",
    "admin.role.administrator": "administrator",
    "admin.role.auditor": "auditor",
    "admin.part.webhooks": "Messages",
}
