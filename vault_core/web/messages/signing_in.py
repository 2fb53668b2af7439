"""The sentences about signing in and protecting an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    "second.title": "One more step",
    "second.lead": "Your password is right. Now the code that your application shows.",
    "second.code": "Code",
    "second.back": "Start again",
    "second.hint": "Six digits. If you lost your telephone, type your recovery code instead.",
    "second.refused": "That code is wrong, late, or was used already: wait for the next one.",
    "password.long": "Choose a password of at most {count} characters.",
    "password.common": "That password is among those that guessers try first: choose other words.",
    "confirm.title": "Is it you?",
    "confirm.lead": "What comes next opens or undoes much, so prove once more who you are.",
    "confirm.password": "Password",
    "confirm.recovery": "Recovery code",
    "confirm.hint": "Your recovery code works as well.",
    "confirm.code": "Code of your application",
    "confirm.button": "Go on",
    "confirm.refused": "That is not right: try again.",
    "safety.title": "Account security",
    "safety.lead": "What opens your vault, and what a stranger who has your password still lacks.",
    "safety.back": "Back to security",
    "safety.passkeys": "Passkeys",
    "safety.passkeys.lead": "A passkey on your telephone, computer or security key signs you in "
    "and "
    "opens the vault with one touch. It cannot be guessed, and no false site can ask for it.",
    "safety.totp": "Code application",
    "safety.totp.lead": "After your password, an application on your telephone shows a code that "
    "changes every thirty seconds.",
    "safety.others": "Password and recovery code",
    "safety.browsers": "Browsers of single sign-on",
    "safety.browsers.lead": "In these, your institution’s single sign-on opens the vault.",
    "safety.remove": "Remove",
    "safety.remove.one": "Remove {label}",
    "totp.title": "Set up a code application",
    "totp.replace": "Set up another application",
    "totp.lead": "Scan this picture with the application, then type the code that it shows.",
    "totp.picture": "QR code for the application; the same secret is written below",
    "totp.by-hand": "Or type this secret into it:",
    "totp.label": "Name",
    "totp.label.example": "Telephone",
    "totp.code": "Code that it shows",
    "totp.button": "Ask for codes from now on",
    "totp.wrong": "That code is wrong. Check that the telephone’s clock is right, and try the "
    "next one.",
    "passkey.use": "Sign in with a passkey",
    "passkey.add": "Add a passkey",
    "passkey.label": "Name of the passkey",
    "passkey.label.example": "This device",
    "passkey.failed": "The passkey was not used. Try again, or choose another way.",
    "passkey.script": "Passkeys need JavaScript.",
    "passkey.no-prf": "does not open the vault",
    "passkey.opens-nothing": "This passkey says who you are, but it cannot open a vault: sign in "
    "with "
    "your password.",
    "done.proved": "It is you. Do again what you were about to do.",
    "done.factor": "From now on a code is asked for after your password.",
    "done.passkey": "The passkey is there: next time, one touch is enough.",
    "error.FactorNeeded": "The password is right. Now the second factor.",
    "error.ProofNeeded": "Prove again that it is you, then retry.",
    "verb.factor-add": "Second factor or passkey added",
    "verb.factor-remove": "Second factor or passkey removed",
    "sso.title": "Open your vault on this device",
    "sso.lead": "Your institution says who you are; only a secret of yours opens the vault. Type "
    "it "
    "once: this browser then remembers.",
    "sso.unknown": "Your institution’s account is not linked to a vault yet. Type your vault’s "
    "username and a secret of yours once: from then on they are linked.",
    "sso.secret": "Vault’s password, activation code or recovery code",
    "sso.code.hint": "Only if you set up a code application and typed the password.",
    "sso.button": "Open the vault",
    "sso.button.sign-in": "Single sign-on",
    "sso.refused": "Your institution did not confirm who you are. Start again from the sign-in "
    "page.",
    "sso.wrong-secret": "That opens no vault of this account: try again.",
    "ldap.title": "Sign in with your institution’s account",
    "ldap.lead": "The username and password of your institution. They say who you are; your vault "
    "opens by a secret of yours.",
    "ldap.username": "Username at the institution",
    "ldap.password": "Password at the institution",
    "ldap.refused": "Your institution’s directory does not know this username with this password.",
    "ldap.other": "Sign in another way",
    "verb.link": "Account of the institution linked",
    "slot.pending": "sign-in waiting for its second factor",
    "slot.device": "device of single sign-on",
}
FRENCH: Final[Mapping[str, str]] = {
    "second.title": "Encore une étape",
    "second.lead": "Votre mot de passe est juste. Il reste le code affiché par votre application.",
    "second.code": "Code",
    "second.back": "Recommencer",
    "second.hint": "Six chiffres. Téléphone perdu ? Saisissez votre code de secours à la place.",
    "second.refused": "Ce code est faux, périmé ou a déjà servi : attendez le suivant.",
    "password.long": "Choisissez un mot de passe de {count} caractères au plus.",
    "password.common": "Ce mot de passe fait partie de ceux que l’on essaie en premier : "
    "choisissez "
    "d’autres mots.",
    "confirm.title": "Est-ce bien vous ?",
    "confirm.lead": "La suite ouvre ou défait beaucoup : prouvez encore une fois qui vous êtes.",
    "confirm.password": "Mot de passe",
    "confirm.recovery": "Code de secours",
    "confirm.hint": "Votre code de secours convient aussi.",
    "confirm.code": "Code de votre application",
    "confirm.button": "Continuer",
    "confirm.refused": "Ce n’est pas cela : réessayez.",
    "safety.title": "Sécurité du compte",
    "safety.lead": "Ce qui ouvre votre coffre, et ce qui manque encore à qui aurait votre mot de "
    "passe.",
    "safety.back": "Retour à la sécurité",
    "safety.passkeys": "Clés d’accès",
    "safety.passkeys.lead": "Une clé d’accès sur votre téléphone, votre ordinateur ou une clé de "
    "sécurité vous identifie et ouvre le coffre d’un seul geste. Elle ne se devine pas, et aucun "
    "faux "
    "site ne peut la demander.",
    "safety.totp": "Application de codes",
    "safety.totp.lead": "Après votre mot de passe, une application de votre téléphone affiche un "
    "code "
    "qui change toutes les trente secondes.",
    "safety.others": "Mot de passe et code de secours",
    "safety.browsers": "Navigateurs de l’authentification unique",
    "safety.browsers.lead": "L’authentification unique de votre établissement y ouvre le coffre.",
    "safety.remove": "Retirer",
    "safety.remove.one": "Retirer {label}",
    "totp.title": "Installer une application de codes",
    "totp.replace": "Installer une autre application",
    "totp.lead": "Scannez cette image avec l’application, puis saisissez le code qu’elle affiche.",
    "totp.picture": "Code QR pour l’application ; le même secret est écrit dessous",
    "totp.by-hand": "Ou recopiez-y ce secret :",
    "totp.label": "Nom",
    "totp.label.example": "Téléphone",
    "totp.code": "Code affiché",
    "totp.button": "Demander un code désormais",
    "totp.wrong": "Ce code est faux. Vérifiez l’heure du téléphone, puis essayez le suivant.",
    "passkey.use": "Utiliser une clé d’accès",
    "passkey.add": "Ajouter une clé d’accès",
    "passkey.label": "Nom de la clé d’accès",
    "passkey.label.example": "Cet appareil",
    "passkey.failed": "La clé d’accès n’a pas servi. Réessayez, ou choisissez un autre moyen.",
    "passkey.script": "Les clés d’accès demandent JavaScript.",
    "passkey.no-prf": "n’ouvre pas le coffre",
    "passkey.opens-nothing": "Cette clé d’accès dit qui vous êtes mais ne peut pas ouvrir un "
    "coffre : "
    "connectez-vous avec votre mot de passe.",
    "done.proved": "C’est bien vous. Refaites ce que vous alliez faire.",
    "done.factor": "Un code sera désormais demandé après votre mot de passe.",
    "done.passkey": "La clé d’accès est là : la prochaine fois, un geste suffira.",
    "error.FactorNeeded": "Le mot de passe est juste. Il reste le second facteur.",
    "error.ProofNeeded": "Prouvez encore une fois que c’est vous, puis réessayez.",
    "verb.factor-add": "Second facteur ou clé d’accès ajouté",
    "verb.factor-remove": "Second facteur ou clé d’accès retiré",
    "sso.title": "Ouvrir votre coffre sur cet appareil",
    "sso.lead": "Votre établissement dit qui vous êtes ; seul un secret à vous ouvre le coffre. "
    "Saisissez-le une fois : ce navigateur s’en souviendra.",
    "sso.unknown": "Le compte de votre établissement n’est pas encore relié à un coffre. "
    "Saisissez une "
    "fois l’identifiant du coffre et un secret à vous : ils seront reliés.",
    "sso.secret": "Mot de passe du coffre, code d’activation ou de secours",
    "sso.code.hint": "Seulement si vous avez une application de codes et saisissez le mot de "
    "passe.",
    "sso.button": "Ouvrir le coffre",
    "sso.button.sign-in": "Authentification unique",
    "sso.refused": "Votre établissement n’a pas confirmé qui vous êtes. Reprenez à la page de "
    "connexion.",
    "sso.wrong-secret": "Cela n’ouvre aucun coffre de ce compte : réessayez.",
    "ldap.title": "Se connecter avec le compte de l’établissement",
    "ldap.lead": "L’identifiant et le mot de passe de votre établissement. Ils disent qui vous "
    "êtes ; votre coffre s’ouvre par un secret à vous.",
    "ldap.username": "Identifiant dans l’établissement",
    "ldap.password": "Mot de passe dans l’établissement",
    "ldap.refused": "L’annuaire de l’établissement ne connaît pas cet identifiant avec ce mot de "
    "passe.",
    "ldap.other": "Se connecter autrement",
    "verb.link": "Compte de l’établissement relié",
    "slot.pending": "connexion en attente du second facteur",
    "slot.device": "appareil de l’authentification unique",
}
