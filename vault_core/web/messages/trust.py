"""The sentences about who else may open a vault, and helping its owner back in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    "slot.contact": "trusted contact",
    "slot.guardian": "guardian",
    "verb.entrusted-open": "Opened by somebody whom the vault is entrusted to",
    "verb.handed-over": "Guardian’s access ended: its owner is of age",
    "verb.recovery-asked": "Somebody asked to open the vault for its owner",
    "verb.handed-over-to": "Everything was handed over to another server",
    "verb.left": "Left the institution; the vault is kept for a while",
    "verb.returned": "Came back to the institution",
    "verb.recovery-stopped": "Opening the vault for its owner was stopped",
    "entrusted.title": "Who else can open this vault",
    "entrusted.escrow.title": "Your institution, with several people together",
    "entrusted.custody.title": "Your institution’s single sign-on",
    "entrusted.escrow": "Your institution keeps a key of this vault off its server, in several "
    "hands. It serves you if you lose every secret: the institution asks, you are told on every "
    "page and can stop it for {days} days, and then you get a code that opens your vault.",
    "entrusted.custody": "Your institution chose that its single sign-on opens this vault by "
    "itself. So its server holds a key of it, and whoever controls that server and the directory "
    "could open it. Every use stands in your journal.",
    "entrusted.nobody": "Nobody at your institution can open this vault.",
    "entrusted.journal": "Your journal says when each of these keys was made, used or removed.",
    "entrusted.go-on": "I have read this",
    "entrusted.more": "What that means",
    "trusted.title": "Trusted contacts",
    "trusted.contacts": "Who helps you back in",
    "trusted.contacts.lead.one": "Name somebody you trust who has a vault here. If you lose every "
    "secret, they ask to help; you are told on every page and can stop it for {shown} day. After "
    "that they can make a code that opens your vault.",
    "trusted.contacts.lead.many": "Name somebody you trust who has a vault here. If you lose every "
    "secret, they ask to help; you are told on every page and can stop it for {shown} days. After "
    "that they can make a code that opens your vault.",
    "trusted.username": "Their username",
    "trusted.add": "Trust this person",
    "trusted.nobody": "There is nobody of that username whom you could name.",
    "trusted.already": "They are your contact already, or you have as many as there can be.",
    "trusted.until": "until",
    "trusted.wards": "Whom you can help",
    "trusted.ready": "can be used from",
    "trusted.ask": "Ask to help",
    "trusted.make": "Make a code",
    "trusted.open": "Open the vault",
    "trusted.code": "Code for {name}",
    "trusted.code.lead": "It is shown this once. Give it to them in person: with it and their "
    "username, they choose a new password at “First visit”.",
    "recovery.banner": "Somebody asked to open this vault for you. A code can be made from",
    "recovery.banner.more": "If you did not ask for help, stop this.",
    "recovery.stop": "Stop it",
    "done.contact": "They can help you back in from now on.",
    "done.recovery-asked": "Asked: the owner is told, and can stop it.",
    "done.recovery-stopped": "It was stopped: nobody gets a code.",
}
FRENCH: Final[Mapping[str, str]] = {
    "slot.contact": "personne de confiance",
    "slot.guardian": "représentant légal",
    "verb.entrusted-open": "Ouvert par une personne ou un service à qui le coffre est confié",
    "verb.handed-over": "Fin de l’accès du représentant légal : le titulaire est majeur",
    "verb.recovery-asked": "Ouverture du coffre demandée pour son titulaire",
    "verb.handed-over-to": "Tout a été remis à un autre serveur",
    "verb.left": "Départ de l’établissement ; le coffre est gardé un temps",
    "verb.returned": "Retour dans l’établissement",
    "verb.recovery-stopped": "Ouverture du coffre pour son titulaire arrêtée",
    "entrusted.title": "Qui d’autre peut ouvrir ce coffre",
    "entrusted.escrow.title": "Votre établissement, à plusieurs",
    "entrusted.custody.title": "L’authentification unique de votre établissement",
    "entrusted.escrow": "Votre établissement garde une clé de ce coffre hors de son serveur, en "
    "plusieurs mains. Elle vous sert si vous perdez tous vos secrets : l’établissement en "
    "fait la demande, chaque page vous en avertit et vous avez {days} jours pour vous y opposer ; "
    "ensuite vous recevez un code qui ouvre votre coffre.",
    "entrusted.custody": "Votre établissement a choisi que son authentification unique ouvre ce "
    "coffre à elle seule. Son serveur en détient donc une clé, et qui maîtrise ce serveur et "
    "l’annuaire pourrait l’ouvrir. Chaque usage figure dans votre journal.",
    "entrusted.nobody": "Personne dans votre établissement ne peut ouvrir ce coffre.",
    "entrusted.journal": "Votre journal dit quand chacune de ces clés a été créée, utilisée ou "
    "retirée.",
    "entrusted.go-on": "J’ai lu",
    "entrusted.more": "Ce que cela veut dire",
    "trusted.title": "Personnes de confiance",
    "trusted.contacts": "Qui peut vous aider à rentrer",
    "trusted.contacts.lead.one": "Désignez une personne de confiance qui a un coffre ici. Si "
    "vous perdez tous vos secrets, elle demande à vous aider ; chaque page vous en avertit et vous "
    "avez {shown} jour pour vous y opposer. Ensuite elle peut créer un code qui ouvre votre "
    "coffre.",
    "trusted.contacts.lead.many": "Désignez une personne de confiance qui a un coffre ici. Si "
    "vous perdez tous vos secrets, elle demande à vous aider ; chaque page vous en avertit et vous "
    "avez {shown} jours pour vous y opposer. Ensuite elle peut créer un code qui ouvre votre "
    "coffre.",
    "trusted.username": "Son identifiant",
    "trusted.add": "Faire confiance à cette personne",
    "trusted.nobody": "Vous ne pouvez désigner personne sous cet identifiant : vérifiez-le auprès "
    "de la personne.",
    "trusted.already": "Cette personne est déjà désignée, ou vous en avez désigné autant qu’il est "
    "possible.",
    "trusted.until": "jusqu’au",
    "trusted.wards": "Les personnes que vous pouvez aider",
    "trusted.ready": "utilisable à partir du",
    "trusted.ask": "Demander à l’aider",
    "trusted.make": "Créer un code",
    "trusted.open": "Ouvrir le coffre",
    "trusted.code": "Code pour {name}",
    "trusted.code.lead": "Il n’est montré que cette fois. Remettez-le en main propre : avec son "
    "identifiant, cette personne choisira un nouveau mot de passe à « Première visite ».",
    "recovery.banner": "Quelqu’un demande à ouvrir ce coffre pour vous. Un code pourra être créé à "
    "partir du",
    "recovery.banner.more": "Si vous n’avez pas demandé d’aide, arrêtez cette demande.",
    "recovery.stop": "Arrêter la demande",
    "done.contact": "Cette personne peut désormais vous aider à rentrer.",
    "done.recovery-asked": "Demandé : le titulaire en est averti et peut l’arrêter.",
    "done.recovery-stopped": "C’est arrêté : personne n’aura de code.",
}
