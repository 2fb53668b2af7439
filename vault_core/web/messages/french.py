"""Les phrases des pages, en français."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, str]] = {
    # -- cadre ------------------------------------------------------------------------------
    "frame.skip": "Aller au contenu",
    "frame.nav": "Navigation principale",
    "frame.sign-out": "Se déconnecter",
    "frame.promise": "Le serveur n’ouvre un coffre que pour la personne qui le demande.",
    "nav.files": "Documents",
    "nav.certificates": "Attestations",
    "nav.devices": "Appareils",
    "nav.account": "Compte",
    "copy.button": "Copier",
    "copy.done": "Copié",
    "print.button": "Imprimer",
    "cancel": "Annuler",
    "back.account": "Retour au compte",
    "back.files": "Retour aux documents",
    # -- accueil ----------------------------------------------------------------------------
    "landing.title": "Vos diplômes, à vous, pour la vie.",
    "landing.lead": "{institution} garde pour vous un coffre chiffré. Vos diplômes et "
    "attestations y arrivent tout seuls ; vous y rangez aussi ce que vous voulez.",
    "landing.first": "Première visite ?",
    "landing.certificates": "Certifiés à la source",
    "landing.certificates.text": "Le bac, le certificat de JDC, l’ASSR, le B2i, Pix : déposés "
    "par qui les délivre, avec son cachet. Personne ne peut en changer un octet.",
    "landing.private": "Fermé à clé",
    "landing.private.text": "Ni les disques, ni les sauvegardes, ni la base de données ne "
    "révèlent le contenu ou le nom d’un document. La clé naît de votre mot de passe.",
    "landing.everywhere": "Partout avec vous",
    "landing.everywhere.text": "Dans le navigateur, ou comme un dossier réseau sur votre "
    "ordinateur et votre téléphone. Et tout s’exporte, dans des formats ouverts.",
    # -- entrer -----------------------------------------------------------------------------
    "sign-in.title": "Se connecter",
    "sign-in.username": "Identifiant",
    "sign-in.password": "Mot de passe",
    "sign-in.button": "Ouvrir mon coffre",
    "sign-in.forgotten": "Mot de passe oublié ?",
    "sign-in.refused": "Cet identifiant et ce mot de passe n’ouvrent aucun coffre. Vérifiez les "
    "deux, puis réessayez.",
    "activation.title": "Première visite",
    "activation.lead": "Prenez le code d’activation imprimé qui vous a été remis, et choisissez "
    "votre mot de passe.",
    "activation.code": "Code d’activation",
    "activation.button": "Activer mon coffre",
    "activation.refused": "Ce code ne va pas avec cet identifiant, ou il a déjà servi. "
    "Comparez-le avec l’original.",
    "recovery.title": "Mot de passe oublié",
    "recovery.lead": "Votre code de secours ouvre le coffre. Choisissez ensuite un nouveau mot "
    "de passe ; toutes les sessions ouvertes seront fermées.",
    "recovery.code": "Code de secours",
    "recovery.button": "Changer le mot de passe",
    "recovery.refused": "Ce code de secours ne va pas avec cet identifiant. Comparez-le avec "
    "l’original.",
    "code.hint": "Majuscules, espaces et tirets n’ont pas d’importance.",
    "code.back": "J’ai déjà un mot de passe",
    "password.title": "Changer le mot de passe",
    "password.lead": "Les autres sessions ouvertes seront fermées. Les mots de passe "
    "d’application restent valables.",
    "password.present": "Mot de passe actuel",
    "password.new": "Nouveau mot de passe",
    "password.again": "Le même, encore une fois",
    "password.hint": "12 caractères au moins : une phrase convient très bien. Personne ne peut "
    "le réinitialiser à votre place.",
    "password.button": "Enregistrer",
    "password.short": "Le mot de passe doit avoir au moins {count} caractères.",
    "password.simple": "Ce mot de passe est trop facile à deviner, ou trop long.",
    "password.differs": "Les deux mots de passe ne sont pas les mêmes.",
    "password.wrong": "Le mot de passe actuel n’est pas le bon.",
    "recovery-code.title": "Votre code de secours",
    "recovery-code.lead": "Si vous oubliez votre mot de passe, ce code est le seul moyen de "
    "rouvrir le coffre. Copiez-le sur papier ou imprimez-le, et gardez-le chez vous.",
    "recovery-code.replaces": "Il remplacera votre code actuel, qui n’ouvrira plus rien.",
    "recovery-code.last": "Les quatre derniers caractères du code",
    "recovery-code.last.hint": "Recopiez-les depuis votre papier : le code ne sera valable "
    "qu’ensuite.",
    "recovery-code.button": "C’est noté",
    "recovery-code.later": "Plus tard",
    "recovery-code.mistyped": "Ce ne sont pas les quatre derniers caractères : comparez votre "
    "copie avec le code.",
    "recovery-code.missing": "Vous n’avez pas de code de secours. Sans lui, un mot de passe "
    "oublié ferme le coffre pour toujours.",
    "recovery-code.make": "En créer un",
    # -- ce qui vient d’être fait -----------------------------------------------------------
    "done.activated": "Votre coffre est ouvert. Il reste une chose à faire :",
    "done.copied": "Copié.",
    "done.deleted": "Déplacé dans la corbeille.",
    "done.folder": "Le dossier est créé.",
    "done.moved": "Déplacé.",
    "done.password": "Le mot de passe est changé.",
    "done.recovery": "Le code de secours est valable. Gardez-le en lieu sûr.",
    "done.renamed": "Renommé.",
    "done.restored": "Restauré.",
    "done.restored-version": "Cette version est de nouveau la version actuelle.",
    "done.purged": "Supprimé définitivement.",
    "done.revoked": "Révoqué : il n’ouvre plus rien.",
    "done.signed-out": "Vous êtes déconnecté. Le coffre est refermé.",
    "done.uploaded": "Déposé dans le coffre.",
    # -- erreurs ----------------------------------------------------------------------------
    "error.title": "Ça n’a pas marché",
    "error.404.title": "Introuvable",
    "error.code": "Code {code}",
    "error.home": "Revenir à l’accueil",
    "error.unexpected": "Cette demande n’a pas de réponse ici.",
    "error.AccessDenied": "Connectez-vous d’abord.",
    "error.NodeNotFound": "Il n’y a rien à cette adresse. Le document a peut-être été déplacé ou "
    "supprimé.",
    "error.ParentNotFound": "Le dossier qui devrait le contenir n’existe plus.",
    "error.NodeExists": "Il y a déjà quelque chose de ce nom ici. Choisissez-en un autre.",
    "error.PreconditionFailed": "Il y a déjà quelque chose de ce nom ici. Rien n’a été changé.",
    "error.NotAFolder": "Ce n’est pas un dossier.",
    "error.IsAFolder": "Il y a déjà un dossier de ce nom ici.",
    "error.InvalidName": "Ce nom n’est pas possible. Évitez « / », les caractères invisibles et "
    "les noms de plus de 255 octets.",
    "error.Forbidden": "Ce n’est pas permis.",
    "error.FormExpired": "Ce formulaire vient d’une autre session. Revenez en arrière, rechargez "
    "la page, puis réessayez.",
    "error.IssuedContent": "Un document délivré ne se modifie pas. Copiez-le, puis modifiez la "
    "copie.",
    "error.Locked": "Un autre programme est en train de le modifier. Réessayez plus tard.",
    "error.Conflict": "Il vient d’être modifié ailleurs. Rechargez la page, puis réessayez.",
    "error.QuotaExceeded": "Le coffre est plein. Supprimez des documents ou videz la corbeille.",
    "error.StoreFull": "Le serveur n’a plus de place. Rien n’a été enregistré ; prévenez "
    "l’établissement.",
    "error.TooLarge": "C’est plus grand que ce que ce serveur accepte.",
    "error.TooManyAttempts": "Trop de tentatives. Attendez quelques minutes, puis réessayez.",
    "error.BadRequest": "La demande n’est pas compréhensible.",
    "error.CorruptCiphertext": "Le contenu stocké est abîmé : il n’a pas été montré. Prévenez "
    "l’établissement.",
    "error.BlobNotFound": "Le contenu stocké manque. Prévenez l’établissement.",
    "error.StoreError": "Le stockage ne répond pas. Rien n’a été perdu : réessayez dans un "
    "instant.",
    "error.ParcheminError": "Le serveur n’a pas pu répondre. Réessayez dans un instant.",
}
