"""Sentences of the account's pages: closing, taking everything away, the journal, devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "closing.title": "Fermer le coffre pour toujours",
    "closing.lead.one": "Le coffre se fermera dans un jour. D’ici là, vous pouvez annuler.",
    "closing.lead.many": "Le coffre se fermera dans {shown} jours. D’ici là, tout fonctionne comme "
    "avant, chaque page vous le rappelle, et vous pouvez annuler.",
    "closing.goes": "Au terme, toutes les clés du coffre sont détruites, et avec elles chaque "
    "document, chaque version, la corbeille, le journal, les liens et les appareils connectés. "
    "Personne ne pourra revenir en arrière.",
    "closing.stays": "Les attestations que vous avez en dehors du coffre restent vérifiables : "
    "leurs émetteurs en gardent la preuve.",
    "closing.first": "Emportez d’abord ce que vous voulez garder.",
    "closing.username": "Pour confirmer, écrivez votre identifiant : {username}",
    "closing.unconfirmed": "Ce n’est pas votre identifiant. Rien n’a été changé.",
    "closing.button": "Fermer le coffre pour toujours",
    "closing.until": "Vous avez demandé la fermeture du coffre. Elle aura lieu le",
    "closing.until.more": "Tout ce qu’il contient sera alors détruit.",
    "closing.cancel": "Garder le coffre ouvert",
    "closing.banner": "Ce coffre sera fermé pour toujours le",
    "closing.change": "Annuler ou en savoir plus",
    "done.closing": "C’est noté : le délai a commencé.",
    "done.not-closing": "Le coffre reste ouvert.",
    "verb.closing-asked": "Fermeture du coffre demandée",
    "verb.closing-cancelled": "Fermeture du coffre annulée",
    "leaving.what": "Que voulez-vous emporter ?",
    "leaving.kind.plain": "Tous les documents, lisibles",
    "leaving.kind.plain.text": "Une archive zip avec chaque document tel qu’il est, un index et "
    "le journal en JSON.",
    "leaving.kind.sealed": "Tous les documents, chiffrés, avec la clé",
    "leaving.kind.sealed.text": "Une archive zip avec chaque document sous forme de fichier age, "
    "un index, et la clé qui les ouvre.",
    "leaving.kind.key": "La clé seule",
    "leaving.kind.key.text": "L’identité age du coffre, pour ouvrir des fichiers déjà emportés.",
    "leaving.how": "Ouvrir sans Parchemin",
    "leaving.readme": "Tous les documents de ce coffre, tels qu'ils sont, sous documents/.\n"
    "index.json : chemins, types, dates (millisecondes depuis 1970), tailles, empreintes SHA-256.\n"
    "journal.json : le journal des accès, le plus récent d'abord.\n",
    "journal.since": "Depuis le",
    "journal.until": "Jusqu’au",
    "journal.export-json": "Exporter (JSON)",
    "kind.past": "Versions précédentes et corbeille",
    "devices.qr": "Code QR du mot de passe d’application",
    "devices.qr.lead": "Un téléphone peut le lire : il contient ce mot de passe, rien d’autre.",
    "devices.hide": "Quand c’est fait, quittez cette page : le mot de passe n’y reviendra pas.",
    "devices.copy.one": "Copier : {what}",
}

ENGLISH: Final[Mapping[str, str]] = {
    "closing.title": "Close the vault for good",
    "closing.lead.one": "The vault will close in one day. You can cancel until then.",
    "closing.lead.many": "The vault will close in {shown} days. Until then everything works as "
    "before, every page reminds you, and you can cancel.",
    "closing.goes": "At the end all keys of the vault are destroyed, and with them every document, "
    "every version, the trash, the journal, links and connected devices. Nobody can bring them "
    "back.",
    "closing.stays": "Certificates that you have outside of the vault can still be verified: their "
    "issuers keep the proof.",
    "closing.first": "Take away first what you want to keep.",
    "closing.username": "To confirm, write your username: {username}",
    "closing.unconfirmed": "This is not your username. Nothing was changed.",
    "closing.button": "Close the vault for good",
    "closing.until": "You asked to close the vault. It will happen on",
    "closing.until.more": "Everything in it will be destroyed then.",
    "closing.cancel": "Keep the vault open",
    "closing.banner": "This vault will be closed for good on",
    "closing.change": "Cancel or learn more",
    "done.closing": "Noted: the waiting time has begun.",
    "done.not-closing": "The vault stays open.",
    "verb.closing-asked": "Closing of the vault asked for",
    "verb.closing-cancelled": "Closing of the vault cancelled",
    "leaving.what": "What do you want to take away?",
    "leaving.kind.plain": "All documents, readable",
    "leaving.kind.plain.text": "A zip archive with every document as it is, an index, and the "
    "journal as JSON.",
    "leaving.kind.sealed": "All documents, encrypted, with the key",
    "leaving.kind.sealed.text": "A zip archive with every document as an age file, an index, and "
    "the key that opens them.",
    "leaving.kind.key": "The key alone",
    "leaving.kind.key.text": "The vault’s age identity, to open files taken away earlier.",
    "leaving.how": "Opening without Parchemin",
    "leaving.readme": "Every document of this vault, as it is, under documents/.\n"
    "index.json: paths, types, times (milliseconds since 1970), sizes, SHA-256 digests.\n"
    "journal.json: the journal of accesses, the newest entry first.\n",
    "journal.since": "From",
    "journal.until": "To",
    "journal.export-json": "Export (JSON)",
    "kind.past": "Earlier versions and trash",
    "devices.qr": "QR code of the app password",
    "devices.qr.lead": "A phone can read it: it holds this password and nothing else.",
    "devices.hide": "When you are done, leave this page: the password will not come back.",
    "devices.copy.one": "Copy: {what}",
}
