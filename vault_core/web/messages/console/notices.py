"""How a person is told of documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "notices.title": "Notifications",
    "notices.lead": "Quand un document arrive, vous pouvez en être prévenu : on vous dit de qui "
    "il vient, jamais ce qu’il est.",
    "notices.mail": "Par courriel",
    "notices.off": "Ce serveur n’envoie pas de courriel.",
    "notices.confirmed": "confirmée",
    "notices.stopped": "plus de courriel",
    "notices.waiting": "à confirmer",
    "notices.waiting.text": "Un message vous y attend : ouvrez son lien pour confirmer. Rien "
    "d’autre n’y est envoyé d’ici là.",
    "notices.stop": "Ne plus écrire",
    "notices.resume": "Écrire de nouveau",
    "notices.forget": "Oublier l’adresse",
    "notices.address": "Votre adresse",
    "notices.other": "Une autre adresse",
    "notices.daily": "Un message par jour au plus.",
    "notices.hint": "Le serveur garde l’adresse chiffrée, mais il peut la lire, pour écrire "
    "pendant que votre coffre est fermé.",
    "notices.save": "Être prévenu ici",
    "notices.no-address": "Ce n’est pas une adresse telle que ada@example.org.",
    "notices.feed": "Par un flux Atom",
    "notices.feed.lead": "Un lecteur de flux voit les émetteurs et les nombres, rien d’autre. "
    "L’adresse du flux est secrète.",
    "notices.feed.once": "L’adresse n’est montrée que cette fois :",
    "notices.feed.make": "Créer un flux",
    "notices.feed.again": "Une nouvelle adresse",
    "notices.feed.end": "Arrêter le flux",
    "mail.confirm.title": "Confirmer cette adresse",
    "mail.confirm.text": "Vous serez prévenu ici quand un document arrive dans votre coffre.",
    "mail.confirm.button": "C’est mon adresse",
    "mail.confirm.done": "C’est confirmé.",
    "mail.stop.title": "Ne plus recevoir ces messages",
    "mail.stop.text": "Vos documents continuent d’arriver dans votre coffre.",
    "mail.stop.button": "Ne plus m’écrire",
    "mail.stop.done": "C’est fait : plus aucun message. Vous pouvez changer d’avis sur la page de "
    "votre compte.",
    "done.asked": "Un message est parti à cette adresse : ouvrez son lien pour confirmer.",
    "done.mail": "On vous écrira de nouveau.",
    "done.no-mail": "On ne vous écrira plus.",
}

ENGLISH: Final[Mapping[str, str]] = {
    "notices.title": "Notifications",
    "notices.lead": "When a document arrives you can be told: by whom it comes, never what it is.",
    "notices.mail": "By mail",
    "notices.off": "This server sends no mail.",
    "notices.confirmed": "confirmed",
    "notices.stopped": "no mail",
    "notices.waiting": "to be confirmed",
    "notices.waiting.text": "A message waits there: open its link to confirm. Nothing else is "
    "sent there until then.",
    "notices.stop": "Write no more",
    "notices.resume": "Write again",
    "notices.forget": "Forget the address",
    "notices.address": "Your address",
    "notices.other": "Another address",
    "notices.daily": "One message a day at most.",
    "notices.hint": "The server keeps the address encrypted, and can read it, to write while your "
    "vault is closed.",
    "notices.save": "Be told here",
    "notices.no-address": "That is no address such as ada@example.org.",
    "notices.feed": "By an Atom feed",
    "notices.feed.lead": "A feed reader sees issuers and counts, nothing else. The feed’s address "
    "is secret.",
    "notices.feed.once": "The address is shown this once:",
    "notices.feed.make": "Make a feed",
    "notices.feed.again": "A new address",
    "notices.feed.end": "End the feed",
    "mail.confirm.title": "Confirm this address",
    "mail.confirm.text": "You will be told here when a document arrives in your vault.",
    "mail.confirm.button": "It is my address",
    "mail.confirm.done": "Confirmed.",
    "mail.stop.title": "Receive no more of these messages",
    "mail.stop.text": "Your documents go on arriving in your vault.",
    "mail.stop.button": "Write to me no more",
    "mail.stop.done": "Done: no more messages. You can change your mind on your account’s page.",
    "done.asked": "A message is on its way to that address: open its link to confirm.",
    "done.mail": "You will be written to again.",
    "done.no-mail": "You will be written to no more.",
}
