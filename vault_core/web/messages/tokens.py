"""The sentences of the page on which a program gets its token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "tokens.title": "Jetons pour les programmes",
    "tokens.path": "Chemin",
    "tokens.lead": "Un programme appelle le coffre avec un jeton : il ne fait que ce que vous "
    "cochez, et seulement jusqu’à son expiration.",
    "tokens.link": "Un programme plutôt qu’un appareil ?",
    "tokens.new": "Nouveau jeton",
    "tokens.label": "Nom du programme",
    "tokens.label.hint": "Par exemple « sauvegarde du dimanche » : c’est ainsi que vous le "
    "reconnaîtrez dans la liste.",
    "tokens.scopes": "Ce qu’il peut faire",
    "tokens.days": "Valable pendant",
    "tokens.days.count": "{count} jours",
    "tokens.make": "Créer le jeton",
    "tokens.made": "Jeton pour « {label} »",
    "tokens.once": "Il n’est montré que cette fois. Gardez-le comme un mot de passe : qui l’a peut "
    "ce qu’il peut.",
    "tokens.try": "Pour l’essayer, s’il peut voir le compte (TOKEN est le jeton) :",
    "tokens.choose": "Cochez au moins une chose que le programme peut faire.",
    "tokens.name-it": "Donnez un nom au programme.",
    "tokens.list": "Jetons",
    "tokens.none": "Aucun jeton pour l’instant.",
    "tokens.until": "jusqu’au",
    "tokens.expired": "expiré",
    "slot.token": "jeton",
}

ENGLISH: Final[Mapping[str, str]] = {
    "tokens.title": "Tokens for programs",
    "tokens.path": "Path",
    "tokens.lead": "A program calls the vault with a token: it does only what you tick, and only "
    "until it expires.",
    "tokens.link": "A program rather than a device?",
    "tokens.new": "New token",
    "tokens.label": "Name of the program",
    "tokens.label.hint": "For example “Sunday backup”: this is how you will know it in the list.",
    "tokens.scopes": "What it may do",
    "tokens.days": "Valid for",
    "tokens.days.count": "{count} days",
    "tokens.make": "Make the token",
    "tokens.made": "Token for “{label}”",
    "tokens.once": "It is shown this once. Keep it as you keep a password: whoever has it can do "
    "what it can.",
    "tokens.try": "To try it, if it may see the account (TOKEN is the token):",
    "tokens.choose": "Tick at least one thing that the program may do.",
    "tokens.name-it": "Give the program a name.",
    "tokens.list": "Tokens",
    "tokens.none": "No token yet.",
    "tokens.until": "until",
    "tokens.expired": "expired",
    "slot.token": "token",
}
