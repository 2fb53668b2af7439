"""The sentences of the help page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "help.title": "Aide",
    "help.questions": "Questions",
    "help.first": "C’est ma première visite. Que faire ?",
    "help.first.text": "Votre établissement vous a remis un identifiant et un code d’activation. "
    "Tapez les deux, puis choisissez un mot de passe qui ne sert qu’ici. On vous montre alors un "
    "code de secours : recopiez-le sur papier, c’est lui qui vous rouvrira le coffre si vous "
    "oubliez le mot de passe.",
    "help.forgotten": "J’ai oublié mon mot de passe",
    "help.forgotten.text": "Votre code de secours ouvre le coffre et permet de choisir un nouveau "
    "mot de passe. Personne ne peut le faire à votre place : nous n’avons pas votre clé. Si vous "
    "avez aussi perdu ce code, une personne de confiance, que vous aurez désignée auparavant, ou "
    "l’établissement, s’il tient un dépôt de clés, peut vous aider à rentrer.",
    "help.certificates": "Où sont mes diplômes ?",
    "help.certificates.text": "Dans les attestations, et dans le dossier du même nom : ils y "
    "arrivent tout seuls quand celui qui les délivre les dépose. S’il en manque un, c’est à lui "
    "qu’il faut le demander.",
    "help.prove": "Comment prouver mon diplôme à un employeur ?",
    "help.prove.text": "Ouvrez l’attestation, choisissez « Prouver », cochez ce que vous voulez "
    "montrer et envoyez le lien. La personne voit qui l’a délivrée et si elle est toujours "
    "valable, sans compte et sans logiciel. Elle peut aussi vérifier le fichier PDF ou le code "
    "imprimé dessus.",
    "help.wrong": "Il y a une erreur sur mon diplôme",
    "help.wrong.text": "Seul celui qui l’a délivré peut le corriger. Écrivez-lui : son nom est sur "
    "l’attestation. La version corrigée arrivera dans votre coffre et remplacera l’autre, qui "
    "sera marquée comme remplacée.",
    "help.upload": "Que puis-je ranger ici ?",
    "help.upload.text": "Ce que vous voulez, jusqu’à {room} : déposez des fichiers ou des dossiers "
    "entiers sur la page. Un envoi se met en pause et reprend après une coupure. Rien de ce que "
    "vous envoyez ne remplace ce qui existe.",
    "help.deleted": "J’ai supprimé quelque chose par erreur",
    "help.deleted.text.one": "Cela reste {shown} jour dans la corbeille, d’où vous le remettez à "
    "sa place. Pour retrouver un contenu antérieur, ouvrez les versions du document.",
    "help.deleted.text.many": "Cela reste {shown} jours dans la corbeille, d’où vous le remettez à "
    "sa place. Pour retrouver un contenu antérieur, ouvrez les versions du document.",
    "help.deleted.never": "Regardez vite dans la corbeille : votre établissement ne garde pas "
    "longtemps ce qui est supprimé. Pour retrouver un contenu antérieur, ouvrez les versions du "
    "document.",
    "help.share": "Comment envoyer un document à quelqu’un ?",
    "help.share.text": "Sur la page du document ou du dossier, faites un lien : vous choisissez "
    "jusqu’à quand il est ouvert, combien de fois il sert et, si vous voulez, un code à donner à "
    "part. Une boîte de dépôt fait l’inverse : on vous y envoie un document sans rien voir du "
    "reste.",
    "help.drive": "Puis-je l’ouvrir comme un disque, sur mon ordinateur ou mon téléphone ?",
    "help.drive.text": "Oui. Faites un mot de passe d’application pour cet appareil : la page "
    "montre pas à pas comment connecter Windows, macOS, Linux, un iPhone ou un téléphone Android.",
    "help.lost": "J’ai perdu mon téléphone, ou je me suis servi d’un ordinateur partagé",
    "help.lost.text": "Fermez ses sessions dans votre compte et révoquez le mot de passe "
    "d’application de l’appareil : il n’ouvre plus rien, tout de suite.",
    "help.readers": "Qui peut lire mon coffre ?",
    "help.readers.text": "Vous. Le disque, la base de données et les sauvegardes n’en révèlent ni "
    "les noms ni les contenus. Le serveur ne l’ouvre que pendant que vous vous en servez ; il faut "
    "donc que {institution} le tienne honnêtement. Votre compte dit si quelqu’un d’autre a une "
    "clé, et le journal dit chaque accès.",
    "help.leaving": "Je quitte l’établissement. Que devient mon coffre ?",
    "help.leaving.text.one": "Emportez tout quand vous voulez, dans des formats ouverts qui se "
    "lisent sans nous. Si votre nouvel établissement a un serveur Parchemin, demandez au vôtre d’y "
    "remettre tout votre coffre. Si vous fermez le coffre, vous avez {shown} jour pour changer "
    "d’avis, puis tout est détruit.",
    "help.leaving.text.many": "Emportez tout quand vous voulez, dans des formats ouverts qui se "
    "lisent sans nous. Si votre nouvel établissement a un serveur Parchemin, demandez au vôtre d’y "
    "remettre tout votre coffre. Si vous fermez le coffre, vous avez {shown} jours pour changer "
    "d’avis, puis tout est détruit.",
    "help.person": "Je n’ai pas trouvé. À qui demander ?",
    "help.person.text": "Demandez à l’établissement qui tient ce serveur, {institution}. Ne donnez "
    "jamais votre mot de passe ni votre code de secours : personne n’en a besoin pour vous aider.",
}

ENGLISH: Final[Mapping[str, str]] = {
    "help.title": "Help",
    "help.questions": "Questions",
    "help.first": "This is my first visit. What do I do?",
    "help.first.text": "Your institution gave you a username and an activation code. Type both, "
    "then choose a password that you use nowhere else. You are then shown a recovery code: copy "
    "it on paper, for it lets you back in if you forget the password.",
    "help.forgotten": "I forgot my password",
    "help.forgotten.text": "Your recovery code opens the vault and lets you choose a new "
    "password. Nobody can do that for you: we do not have your key. If that code is lost as "
    "well, a trusted contact whom you named before, or the institution where it keeps an escrow, "
    "can help you back in.",
    "help.certificates": "Where are my diplomas?",
    "help.certificates.text": "Among your certificates, and in the folder of that name: they "
    "arrive by themselves when whoever awards them delivers them. If one is missing, ask them "
    "for it.",
    "help.prove": "How do I prove my diploma to an employer?",
    "help.prove.text": "Open the certificate, choose “Prove it”, tick what you want to show and "
    "send the link. Whoever opens it sees who issued it and whether it is still valid, without "
    "an account and without a program. They can also check the PDF file, or the code printed on "
    "it.",
    "help.wrong": "There is a mistake on my diploma",
    "help.wrong.text": "Only whoever issued it can correct it. Write to them: their name is on "
    "the certificate. The corrected one will arrive in your vault and replace the other, which "
    "is marked as replaced.",
    "help.upload": "What may I keep here?",
    "help.upload.text": "Whatever you like, up to {room}: drop files or whole folders on the "
    "page. An upload can be paused, and goes on after a lost connection. Nothing that you upload "
    "replaces what is there.",
    "help.deleted": "I deleted something by mistake",
    "help.deleted.text.one": "It stays in the trash for {shown} day, and you put it back from "
    "there. To find an earlier content, open the versions of the document.",
    "help.deleted.text.many": "It stays in the trash for {shown} days, and you put it back from "
    "there. To find an earlier content, open the versions of the document.",
    "help.deleted.never": "Look into the trash soon: your institution does not keep for long "
    "what is deleted. To find an earlier content, open the versions of the document.",
    "help.share": "How do I send a document to somebody?",
    "help.share.text": "On the page of the document or folder, make a link: you choose until "
    "when it is open, how often it can be used and, if you like, a PIN to send separately. A "
    "drop box does the opposite: people send you a document and see nothing else.",
    "help.drive": "Can I open it like a disk, on my computer or phone?",
    "help.drive.text": "Yes. Make an app password for that device: the page shows step by step "
    "how to connect Windows, macOS, Linux, an iPhone or an Android phone.",
    "help.lost": "I lost my phone, or used a shared computer",
    "help.lost.text": "End its sessions in your account and revoke the device’s app password: it "
    "opens nothing any more, at once.",
    "help.readers": "Who can read my vault?",
    "help.readers.text": "You. The disk, the database and the backups reveal neither names nor "
    "contents. The server opens it only while you use it, so {institution} has to run it "
    "honestly. Your account says whether somebody else has a key, and the journal tells every "
    "access.",
    "help.leaving": "I am leaving. What becomes of my vault?",
    "help.leaving.text.one": "Take everything away whenever you like, in open formats that can "
    "be read without us. If your new institution has a Parchemin server, ask yours to hand your "
    "whole vault over to it. If you close the vault you have {shown} day to change your mind; then "
    "all of it is destroyed.",
    "help.leaving.text.many": "Take everything away whenever you like, in open formats that can "
    "be read without us. If your new institution has a Parchemin server, ask yours to hand your "
    "whole vault over to it. If you close the vault you have {shown} days to change your mind; "
    "then all of it is destroyed.",
    "help.person": "I did not find it. Whom do I ask?",
    "help.person.text": "Ask the institution that runs this server, {institution}. Never give away "
    "your password or your recovery code: nobody needs them to help you.",
}
