"""Webhooks and the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "admin.webhooks.lead": "Un webhook dit à un programme de l’établissement qu’un lot est "
    "terminé ou annulé : des nombres, signés, jamais de contenu.",
    "admin.webhooks.secret": "Secret du webhook",
    "admin.webhooks.once": "Il n’est montré que cette fois. Le programme vérifie chaque appel "
    "avec lui (Standard Webhooks).",
    "admin.webhooks.list": "Webhooks",
    "admin.webhooks.since": "depuis le",
    "admin.webhooks.damaged": "Abîmé : retirez-le et ajoutez-le de nouveau",
    "admin.webhooks.none": "Aucun webhook.",
    "admin.webhooks.try": "Essayer",
    "admin.webhooks.remove": "Retirer",
    "admin.webhooks.remove.one": "Retirer {url}",
    "admin.webhooks.url": "Adresse",
    "admin.webhooks.hint": "https, à une adresse publique ; les réglages peuvent permettre un "
    "réseau interne.",
    "admin.webhooks.add": "Ajouter",
    "admin.outbox": "En partance",
    "admin.outbox.lead": "Chaque message est réessayé, de plus en plus tard, pendant trois jours.",
    "admin.outbox.off": "Aucun serveur de courriel n’est réglé : [mail] dans parchemin.toml.",
    "admin.outbox.mail": "courriel à un titulaire",
    "admin.outbox.webhook": "appel d’un webhook",
    "admin.outbox.given-up": "abandonné",
    "admin.outbox.next": "réessai le",
    "admin.outbox.retry": "Réessayer ce qui est abandonné",
    "admin.outbox.empty": "Tout est parti.",
}

ENGLISH: Final[Mapping[str, str]] = {
    "admin.webhooks.lead": "A webhook tells a program of the institution that a batch is done or "
    "cancelled: counts, signed, never content.",
    "admin.webhooks.secret": "The webhook’s secret",
    "admin.webhooks.once": "It is shown this once. The program checks every call with it "
    "(Standard Webhooks).",
    "admin.webhooks.list": "Webhooks",
    "admin.webhooks.since": "since",
    "admin.webhooks.damaged": "Damaged: remove it and add it again",
    "admin.webhooks.none": "No webhook.",
    "admin.webhooks.try": "Try",
    "admin.webhooks.remove": "Remove",
    "admin.webhooks.remove.one": "Remove {url}",
    "admin.webhooks.url": "Address",
    "admin.webhooks.hint": "https, at a public address; the settings can allow a network of yours.",
    "admin.webhooks.add": "Add",
    "admin.outbox": "On its way",
    "admin.outbox.lead": "Each message is tried again, later each time, for three days.",
    "admin.outbox.off": "No mail server is set: [mail] in parchemin.toml.",
    "admin.outbox.mail": "mail to a person",
    "admin.outbox.webhook": "call of a webhook",
    "admin.outbox.given-up": "given up",
    "admin.outbox.next": "tried again on",
    "admin.outbox.retry": "Try again what was given up",
    "admin.outbox.empty": "Everything has left.",
}
