"""Persons and their accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "admin.persons.search": "Identifiant (ou une partie), ou INE",
    "admin.persons.none": "Personne.",
    "admin.person.new": "Nouveau titulaire",
    "admin.person.new.lead": "Un coffre est créé, fermé ; un code d’activation, montré une fois, "
    "l’ouvre à son titulaire.",
    "admin.person.new.needed": "Seul l’identifiant est obligatoire. L’INE, ou les nom, prénoms et "
    "date de naissance, font arriver les attestations dans ce coffre.",
    "admin.person.new.many": "Toute une classe : commande parchemin person import FICHIER.csv",
    "admin.person.make": "Créer le coffre",
    "admin.person.made": "Le coffre de {username} est créé",
    "admin.person.code": "Code d’activation",
    "admin.person.code.once": "Il n’est montré que cette fois, et rien ne le garde ici. Imprimez "
    "la lettre et remettez-la en main propre.",
    "admin.person.letter": "Lettre à imprimer (PDF)",
    "admin.person.go": "Voir le compte",
    "admin.person.BadRequest": "L’identifiant ou la date ne convient pas : jusqu’à 64 lettres "
    "a-z, chiffres et . _ @ + -",
    "admin.person.PersonExists": "Cet identifiant, ou quelqu’un avec cet INE, existe déjà.",
    "admin.person.given_name": "Prénoms",
    "admin.person.family_name": "Nom de famille",
    "admin.person.birth_date": "Date de naissance",
    "admin.person.ine": "INE",
    "admin.person.open": "ouvert",
    "admin.person.suspended": "suspendu",
    "admin.person.closing": "va fermer",
    "admin.person.since": "Suspendu depuis le",
    "admin.person.closes.institution": "L’établissement ferme ce coffre le",
    "admin.person.closes.owner": "Son titulaire ferme ce coffre le",
    "admin.person.facts": "Compte",
    "admin.person.documents": "Documents",
    "admin.person.waiting": "Remises pas encore vues",
    "admin.person.sessions": "Sessions ouvertes",
    "admin.person.devices": "Appareils",
    "admin.person.roles": "Rôles",
    "admin.person.promise": "Aucun rôle ne lit un coffre. Ce que vous faites ici est inscrit au "
    "journal du titulaire.",
    "admin.person.acts": "Actes",
    "admin.person.gigabytes": "Espace autorisé, en Go",
    "admin.person.set-quota": "Changer",
    "admin.person.no-number": "Écrivez un nombre de Go, par exemple 5 ou 7,5.",
    "admin.person.suspend": "Suspendre",
    "admin.person.suspend.text": "Suspendu, le titulaire n’entre plus nulle part : pages, WebDAV, "
    "API, liens. Les remises arrivent toujours, et rien n’est perdu.",
    "admin.person.resume": "Rouvrir le compte",
    "admin.person.resume.text": "Tout ce qui ouvrait le coffre l’ouvrira de nouveau.",
    "admin.person.close": "Fermer le coffre pour toujours",
    "admin.person.close.text.one": "Le coffre sera détruit dans un jour. D’ici là, son titulaire "
    "est prévenu sur chaque page et peut tout emporter ; vous pouvez annuler.",
    "admin.person.close.text.many": "Le coffre sera détruit dans {shown} jours. D’ici là, son "
    "titulaire est prévenu sur chaque page et peut tout emporter ; vous pouvez annuler.",
    "admin.person.unconfirmed": "Ce n’est pas l’identifiant de ce titulaire. Rien n’a été changé.",
    "admin.person.yourself": "Vous ne pouvez pas suspendre votre propre compte.",
    "done.suspended": "Le compte est suspendu.",
    "done.resumed": "Le compte est rouvert.",
    "done.quota": "L’espace autorisé est changé.",
}

ENGLISH: Final[Mapping[str, str]] = {
    "admin.persons.search": "Username (or part of it), or INE",
    "admin.persons.none": "Nobody.",
    "admin.person.new": "New person",
    "admin.person.new.lead": "A vault is made, locked; an activation code, shown once, opens it "
    "to its owner.",
    "admin.person.new.needed": "Only the username is needed. The INE, or names and birth date, "
    "lead certificates into this vault.",
    "admin.person.new.many": "A whole class: the command parchemin person import FILE.csv",
    "admin.person.make": "Make the vault",
    "admin.person.made": "The vault of {username} is made",
    "admin.person.code": "Activation code",
    "admin.person.code.once": "It is shown this once, and nothing keeps it here. Print the letter "
    "and hand it over.",
    "admin.person.letter": "Letter to print (PDF)",
    "admin.person.go": "See the account",
    "admin.person.BadRequest": "The username or the date cannot be used: up to 64 letters a-z, "
    "digits and . _ @ + -",
    "admin.person.PersonExists": "That username, or somebody with that INE, exists already.",
    "admin.person.given_name": "Given names",
    "admin.person.family_name": "Family name",
    "admin.person.birth_date": "Birth date",
    "admin.person.ine": "INE",
    "admin.person.open": "open",
    "admin.person.suspended": "suspended",
    "admin.person.closing": "about to close",
    "admin.person.since": "Suspended since",
    "admin.person.closes.institution": "The institution closes this vault on",
    "admin.person.closes.owner": "Its owner closes this vault on",
    "admin.person.facts": "Account",
    "admin.person.documents": "Documents",
    "admin.person.waiting": "Deliveries not seen yet",
    "admin.person.sessions": "Open sessions",
    "admin.person.devices": "Devices",
    "admin.person.roles": "Roles",
    "admin.person.promise": "No role reads a vault. What you do here is written in the person’s "
    "own journal.",
    "admin.person.acts": "Acts",
    "admin.person.gigabytes": "Allowed space, in GB",
    "admin.person.set-quota": "Change",
    "admin.person.no-number": "Write a number of GB, such as 5 or 7.5.",
    "admin.person.suspend": "Suspend",
    "admin.person.suspend.text": "Suspended, this person comes in nowhere: pages, WebDAV, API, "
    "links. Deliveries still arrive, and nothing is lost.",
    "admin.person.resume": "Reopen the account",
    "admin.person.resume.text": "Everything that opened the vault will open it again.",
    "admin.person.close": "Close the vault for good",
    "admin.person.close.text.one": "The vault is destroyed in one day. Until then its owner is "
    "told on every page and can take everything away; you can cancel.",
    "admin.person.close.text.many": "The vault is destroyed in {shown} days. Until then its owner "
    "is told on every page and can take everything away; you can cancel.",
    "admin.person.unconfirmed": "That is not this person’s username. Nothing was changed.",
    "admin.person.yourself": "You cannot suspend your own account.",
    "done.suspended": "The account is suspended.",
    "done.resumed": "The account is open again.",
    "done.quota": "The allowed space is changed.",
}
