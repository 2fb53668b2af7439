"""The review queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "admin.reviews.lead": "Aucune règle n’a pu dire de qui parlent ces lignes. Rien n’est remis "
    "sans votre décision.",
    "admin.reviews.wait.one": "{shown} ligne attend une décision",
    "admin.reviews.wait.many": "{shown} lignes attendent une décision",
    "admin.reviews.until": "oubliée le",
    "admin.reviews.days.one": "Chacune est oubliée après {shown} jour sans décision, et refusée.",
    "admin.reviews.days.many": "Chacune est oubliée après {shown} jours sans décision, et refusée.",
    "admin.reviews.soon": "la première est oubliée le",
    "admin.reviews.none": "Rien n’attend de décision.",
    "admin.review.title": "De qui parle cette ligne ?",
    "admin.review.side": "La ligne et les titulaires possibles, champ par champ",
    "admin.review.row": "Ce que dit la ligne",
    "admin.review.whom": "Décision",
    "admin.review.to": "Remettre à {username}",
    "admin.review.other": "Remettre à quelqu’un d’autre, dont voici l’identifiant :",
    "admin.review.somebody": "Remettre au titulaire dont voici l’identifiant :",
    "admin.review.letters": "Pour créer d’ici le coffre de quelqu’un de nouveau : commande "
    "parchemin letters new-key, puis réglage issuing.letters_recipient.",
    "admin.review.new": "C’est quelqu’un de nouveau : créer un coffre et une lettre",
    "admin.review.refuse": "Ne remettre à personne",
    "admin.review.careful": "En cas de doute, ne remettez à personne et demandez à l’émetteur : "
    "une attestation remise ne se reprend pas.",
    "admin.review.decide": "Décider",
    "admin.review.choose": "Choisissez l’une des décisions proposées.",
    "admin.field.ine": "INE",
    "admin.field.family_name": "Nom de famille",
    "admin.field.given_names": "Prénoms",
    "admin.field.birth_date": "Date de naissance",
    "admin.agreement.same": "identique",
    "admin.agreement.similar": "proche",
    "admin.agreement.differs": "différent",
    "admin.agreement.missing": "absent",
    "done.decided": "C’est décidé.",
}

ENGLISH: Final[Mapping[str, str]] = {
    "admin.reviews.lead": "No rule could tell whom these rows are about. Nothing is delivered "
    "without your decision.",
    "admin.reviews.wait.one": "{shown} row waits for a decision",
    "admin.reviews.wait.many": "{shown} rows wait for a decision",
    "admin.reviews.until": "forgotten on",
    "admin.reviews.days.one": "Each is forgotten after {shown} day without a decision, and "
    "refused.",
    "admin.reviews.days.many": "Each is forgotten after {shown} days without a decision, and "
    "refused.",
    "admin.reviews.soon": "the first is forgotten on",
    "admin.reviews.none": "Nothing waits for a decision.",
    "admin.review.title": "Whom is this row about?",
    "admin.review.side": "The row and who may be meant, field by field",
    "admin.review.row": "What the row says",
    "admin.review.whom": "Decision",
    "admin.review.to": "Deliver to {username}",
    "admin.review.other": "Deliver to somebody else, whose username is:",
    "admin.review.somebody": "Deliver to the person whose username is:",
    "admin.review.letters": "To make a vault for somebody new from here: the command parchemin "
    "letters new-key, then the setting issuing.letters_recipient.",
    "admin.review.new": "It is somebody new: make a vault and a letter",
    "admin.review.refuse": "Deliver to nobody",
    "admin.review.careful": "When in doubt deliver to nobody and ask the issuer: what was "
    "delivered cannot be taken back.",
    "admin.review.decide": "Decide",
    "admin.review.choose": "Choose one of the decisions.",
    "admin.field.ine": "INE",
    "admin.field.family_name": "Family name",
    "admin.field.given_names": "Given names",
    "admin.field.birth_date": "Birth date",
    "admin.agreement.same": "the same",
    "admin.agreement.similar": "similar",
    "admin.agreement.differs": "different",
    "admin.agreement.missing": "missing",
    "done.decided": "Decided.",
}
