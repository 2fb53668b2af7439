"""The sentences around the reference of the HTTP API; what it lists speaks English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "reference.title": "L’API HTTP",
    "reference.lead": "Tout ce que font les pages, pour les programmes. Version {version}.",
    "reference.english": "Les descriptions viennent du code du serveur, elles sont en anglais. "
    "Pour les programmes, la même chose :",
    "reference.contents": "Sommaire",
    "reference.start": "Pour commencer",
    "reference.start.token": "Un programme envoie un jeton, fait depuis une session et limité "
    "par ses droits : il fait ce qu’ils disent, rien de plus. Les exemples sont des commandes "
    "de shell ; elles attendent l’adresse du serveur et le jeton :",
    "reference.start.cookie": "Ce qu’aucun jeton ne peut faire se fait depuis une session, "
    "dont COOKIE est le cookie (sans « __Host- » en http) :",
    "reference.start.errors": "Une erreur est du problem+json (RFC 9457). L’identifiant de "
    "quelqu’un d’autre répond 404, comme s’il n’existait pas. Un membre ou un paramètre "
    "inconnu est refusé. Les listes viennent par pages : next de l’une est cursor de la "
    "suivante. Heures : RFC 3339, en UTC. Tailles : octets.",
    "reference.scopes": "Droits d’un jeton",
    "reference.scope": "Droit",
    "reference.may": "Permet de",
    "reference.who": "Qui peut appeler :",
    "reference.who.public": "tout le monde",
    "reference.who.session": "une session seulement, prouvée il y a peu",
    "reference.who.token": "un jeton avec le droit",
    "reference.who.or": "ou une session",
    "reference.role": "si la personne a le rôle",
    "reference.parameters": "Paramètres",
    "reference.body": "Corps de la requête",
    "reference.answers": "Réponses",
    "reference.errors": "Erreurs",
    "reference.example": "Exemple",
    "reference.example.of": "Exemple : {name}",
    "reference.name": "Nom",
    "reference.kind": "Type",
    "reference.meaning": "Sens",
    "reference.status": "État",
    "reference.required": "obligatoire",
    "reference.place.path": "dans le chemin",
    "reference.place.query": "dans la requête",
    "reference.place.header": "en-tête",
    "reference.models": "Objets",
    "reference.top": "Retour au sommaire",
    "reference.link": "Référence de l’API HTTP",
}

ENGLISH: Final[Mapping[str, str]] = {
    "reference.title": "The HTTP API",
    "reference.lead": "Everything that the pages do, for programs. Version {version}.",
    "reference.english": "The descriptions come from the server's code. For programs, the same:",
    "reference.contents": "Contents",
    "reference.start": "Getting started",
    "reference.start.token": "A program sends a token, which is made from a session and has "
    "scopes: it does what they say, and nothing else. The examples are shell commands; they "
    "expect the server's address and the token:",
    "reference.start.cookie": "What no token may do is done from a session, whose cookie is "
    "COOKIE (without “__Host-” on http):",
    "reference.start.errors": "An error is problem+json (RFC 9457). Another person's id is "
    "answered with 404, as one that does not exist. An unknown member or parameter is refused. "
    "Lists come in pages: next of one is cursor of the following. Times are RFC 3339 in UTC, "
    "sizes bytes.",
    "reference.scopes": "Scopes of a token",
    "reference.scope": "Scope",
    "reference.may": "May",
    "reference.who": "Who may call:",
    "reference.who.public": "everybody",
    "reference.who.session": "a session only, proved a short while ago",
    "reference.who.token": "a token with the scope",
    "reference.who.or": "or a session",
    "reference.role": "if the person has the role",
    "reference.parameters": "Parameters",
    "reference.body": "Request body",
    "reference.answers": "Answers",
    "reference.errors": "Errors",
    "reference.example": "Example",
    "reference.example.of": "Example: {name}",
    "reference.name": "Name",
    "reference.kind": "Type",
    "reference.meaning": "Meaning",
    "reference.status": "Status",
    "reference.required": "required",
    "reference.place.path": "in the path",
    "reference.place.query": "in the query",
    "reference.place.header": "header",
    "reference.models": "Objects",
    "reference.top": "Back to the contents",
    "reference.link": "Reference of the HTTP API",
}
