"""What mails and feeds say, in each language: who delivered, and how many; nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vault_core.api import Language

TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "fr": {
        "subject.one": "Un document est arrivé dans votre coffre",
        "subject.many": "{count} documents sont arrivés dans votre coffre",
        "hello": "Bonjour,",
        "arrived": "Dans votre coffre ({institution}) :",
        "of.one": "- un document de « {issuer} »",
        "of.many": "- {count} documents de « {issuer} »",
        "where": "Pour les voir, allez sur {url} comme vous en avez l’habitude.",
        "never": "Ce message ne dit pas ce qu’ils contiennent, et nous ne demanderons jamais votre "
        "mot de passe.",
        "stop": "Ne plus recevoir ces messages : {url}",
        "confirm.subject": "Est-ce bien votre adresse ?",
        "confirm.text": "Quelqu’un, sans doute vous, veut être prévenu à cette adresse quand un "
        "document arrive dans le coffre de {username} ({institution}).",
        "confirm.do": "Pour accepter : {url}",
        "confirm.ignore": "Sinon, ne faites rien : rien d’autre ne vous sera envoyé.",
        "recovery.subject": "Quelqu’un demande à ouvrir votre coffre",
        "recovery.text": "Quelqu’un demande à ouvrir pour vous votre coffre ({institution}). Un "
        "code qui l’ouvre pourra être créé à partir du {date}.",
        "recovery.stop": "Si vous n’avez pas demandé d’aide, allez sur {url} comme vous en avez "
        "l’habitude, et arrêtez cette demande : chaque page l’annonce.",
        "recovery.yours": "Si c’est vous qui l’avez demandé, vous n’avez rien à faire.",
        "test.subject": "Essai de Parchemin",
        "test.text": "Ce serveur sait envoyer des messages.",
        "feed.title": "Arrivées dans le coffre · {institution}",
        "feed.one": "Un document de « {issuer} »",
        "feed.many": "{count} documents de « {issuer} »",
    },
    "en": {
        "subject.one": "A document arrived in your vault",
        "subject.many": "{count} documents arrived in your vault",
        "hello": "Hello,",
        "arrived": "In your vault at {institution}:",
        "of.one": "- a document from “{issuer}”",
        "of.many": "- {count} documents from “{issuer}”",
        "where": "To see them, go to {url} as you usually do.",
        "never": "This message does not say what they are, and we will never ask for your "
        "password.",
        "stop": "Receive no more of these messages: {url}",
        "confirm.subject": "Is this your address?",
        "confirm.text": "Somebody, probably you, wants to be told at this address when a document "
        "arrives in the vault of {username} at {institution}.",
        "confirm.do": "To accept: {url}",
        "confirm.ignore": "If not, do nothing: nothing else will be sent to you.",
        "recovery.subject": "Somebody asks to open your vault",
        "recovery.text": "Somebody asks to open your vault at {institution} for you. A code that "
        "opens it can be made from {date} on.",
        "recovery.stop": "If you did not ask for help, go to {url} as you usually do, and stop "
        "it: every page tells you of it.",
        "recovery.yours": "If it was you who asked, there is nothing to do.",
        "test.subject": "A test of Parchemin",
        "test.text": "This server can send mail.",
        "feed.title": "Arrivals in the vault · {institution}",
        "feed.one": "A document from “{issuer}”",
        "feed.many": "{count} documents from “{issuer}”",
    },
}


def said(language: Language, key: str, **values: object) -> str:
    """The sentence of that key."""
    return TEXTS[language][key].format(**values)


def counted(language: Language, key: str, count: int, **values: object) -> str:
    """The sentence for that many."""
    return said(language, f"{key}.{'one' if count == 1 else 'many'}", count=count, **values)
