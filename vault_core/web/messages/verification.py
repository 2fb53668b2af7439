"""The sentences of the public verification pages, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "verify.title": "Vérifier une attestation",
    "verify.lead": "Sans compte et gratuitement. {institution} répond si l’attestation qu’on vous "
    "présente est authentique et toujours valable.",
    "verify.code.title": "Avec la clé de contrôle",
    "verify.code": "Clé de contrôle",
    "verify.code.hint": "13 lettres et chiffres, imprimés à côté du code QR. Le scanner, ou coller "
    "l’adresse qu’il contient, revient au même.",
    "verify.button": "Vérifier",
    "verify.scan": "Scanner avec l’appareil photo",
    "verify.scan.look": "Montrez le code QR à l’appareil photo, ou le 2D-Doc d’un diplôme.",
    "verify.scan.late": "Pas encore de code lu. Tenez-le à plat, plus près et bien éclairé, ou "
    "choisissez une photo.",
    "verify.scan.reading": "Lecture de la photo…",
    "verify.scan.nothing": "Aucun code lisible sur cette photo. Prenez-la de plus près, à la "
    "lumière.",
    "verify.scan.other": "Ce code n’est pas celui d’une attestation.",
    "verify.scan.denied": "L’appareil photo n’est pas autorisé : autorisez-le pour ce site dans le "
    "navigateur, ou choisissez une photo du code.",
    "verify.scan.none": "Aucun appareil photo n’est disponible ici : choisissez une photo du code.",
    "verify.scan.photo": "Choisir une photo",
    "verify.scan.close": "Fermer",
    "verify.file.title": "Avec le fichier",
    "verify.file": "Fichier PDF de l’attestation",
    "verify.file.hint": "Le PDF d’origine, de {limit} Mio au plus, pas un scan ni une photo. Il "
    "n’est pas conservé.",
    "verify.drop": "Vous pouvez aussi le déposer ici.",
    "verify.choose": "Choisir le fichier",
    "verify.again": "Vérifier une autre attestation",
    "verify.verdict.valid": "Valable",
    "verify.verdict.expired": "Expirée",
    "verify.verdict.replaced": "Remplacée",
    "verify.verdict.revoked": "Révoquée",
    "verify.verdict.suspended": "Suspendue",
    "verify.verdict.unproven": "État inconnu",
    "verify.verdict.refused": "Non valable",
    "verify.verdict.code": "Clé mal saisie",
    "verify.verdict.unknown-code": "Clé inconnue",
    "verify.verdict.file": "Pas une attestation",
    "verify.verdict.issuer": "Émetteur inconnu",
    "verify.verdict.damaged": "Fichier endommagé",
    "verify.verdict.early": "Pas encore valable",
    "verify.who": "Titulaire",
    "verify.born": "{gender} le {date}",
    "verify.born.in": "{gender} le {date} à {place}",
    "verify.gender.F": "née",
    "verify.gender.M": "né",
    "verify.gender.X": "né(e)",
    "verify.what": "Attestation",
    "verify.by": "Émetteur",
    "verify.awarded": "Délivrée le",
    "verify.issued": "Scellée le",
    "verify.until": "Valable jusqu’au",
    "verify.stamped": "Horodatage",
    "verify.stamped.known": "{date}, par {name}",
    "verify.stamped.unknown": "{date}, par une autorité inconnue ici qui se nomme « {name} » : "
    "cette date n’est pas prouvée",
    "verify.ended": "Depuis le",
    "verify.reason": "Motif",
    "verify.checked": "Vérifié le",
    "verify.id": "Numéro",
    "verify.at": "Auprès de {institution}, qui répond de nouveau à l’adresse",
    "verify.said": "Ce qu’elle disait",
    "verify.says": "Ce qu’elle atteste",
    "verify.compare": "Comparez ces indications au document qu’on vous présente, et le nom à la "
    "personne.",
    "verify.owner": "Son titulaire voit qu’une vérification a eu lieu, mais pas par qui.",
    "verify.empty": "Choisissez d’abord un fichier.",
    "verify.too-large": "Ce fichier dépasse {limit} Mio, ce qu’aucune attestation n’atteint : "
    "demandez le PDF d’origine.",
    "verify.landing": "Vérifier une attestation",
    "verify.offline": "Sans réseau, ou beaucoup d’attestations ?",
    "verify.offline.link": "Emportez le vérificateur : un seul fichier, qui s’ouvre dans un "
    "navigateur.",
    "offline.lead": "Cette page vérifie les attestations de {institution} sans réseau : rien de ce "
    "que vous y déposez ne quitte cet appareil.",
    "offline.valid": "Authentique et inchangée ; son émetteur ne l’avait pas révoquée.",
    "offline.for-tests": "Authentique et inchangée, mais scellée par une autorité de test : une "
    "démonstration, sans valeur légale.",
    "offline.as-of": "D’après les clés et les listes d’états de {institution}, au {date}. Ce qui "
    "a été révoqué depuis ne se voit pas ici.",
    "offline.key": "Clé de l’établissement : {key}. Comparez-la à celle qu’il publie.",
    "offline.born": "Naissance",
    "offline.paste.title": "Avec un texte",
    "offline.paste": "Texte d’un 2D-Doc scanné, attestation JSON ou preuve SD-JWT",
    "offline.scan.title": "Avec le papier",
    "offline.scan.look": "Montrez le 2D-Doc d’un diplôme à l’appareil photo.",
    "offline.scan.qr": "Un code QR se vérifie en ligne. Ici, montrez le 2D-Doc : le carré sans "
    "repères dans les coins.",
    "offline.language": "English",
    "verb.check": "Une attestation a été vérifiée par un tiers",
    "verb.correct": "Attestation corrigée par son émetteur :",
    "verb.revoke": "Un émetteur a révoqué une attestation",
}

ENGLISH: Final[Mapping[str, str]] = {
    "verify.title": "Verify a certificate",
    "verify.lead": "Free, and without an account. {institution} tells whether the certificate you "
    "are shown is authentic and still valid.",
    "verify.code.title": "By its verification code",
    "verify.code": "Verification code",
    "verify.code.hint": "13 letters and digits, printed beside the QR code. Scanning that, or "
    "pasting the address in it, does the same.",
    "verify.button": "Verify",
    "verify.scan": "Scan with the camera",
    "verify.scan.look": "Show the camera the QR code, or the 2D-Doc of a diploma.",
    "verify.scan.late": "No code has been read yet. Hold it flat, nearer and in good light, or "
    "choose a picture.",
    "verify.scan.reading": "Reading the picture…",
    "verify.scan.nothing": "No code can be read on this picture. Take it from nearer, in good "
    "light.",
    "verify.scan.other": "This code is not one of a certificate.",
    "verify.scan.denied": "The camera is not allowed: allow it for this site in the browser, or "
    "choose a picture of the code.",
    "verify.scan.none": "There is no camera here: choose a picture of the code.",
    "verify.scan.photo": "Choose a picture",
    "verify.scan.close": "Close",
    "verify.file.title": "By its file",
    "verify.file": "PDF file of the certificate",
    "verify.file.hint": "The original PDF, of at most {limit} MiB, not a scan or a photograph. It "
    "is not kept.",
    "verify.drop": "You can drop it here, too.",
    "verify.choose": "Choose the file",
    "verify.again": "Verify another certificate",
    "verify.verdict.valid": "Valid",
    "verify.verdict.expired": "Expired",
    "verify.verdict.replaced": "Replaced",
    "verify.verdict.revoked": "Revoked",
    "verify.verdict.suspended": "Suspended",
    "verify.verdict.unproven": "Status unknown",
    "verify.verdict.refused": "Not valid",
    "verify.verdict.code": "Mistyped code",
    "verify.verdict.unknown-code": "Unknown code",
    "verify.verdict.file": "Not a certificate",
    "verify.verdict.issuer": "Unknown issuer",
    "verify.verdict.damaged": "Damaged file",
    "verify.verdict.early": "Not yet valid",
    "verify.who": "Holder",
    "verify.born": "{gender} on {date}",
    "verify.born.in": "{gender} on {date} in {place}",
    "verify.gender.F": "born",
    "verify.gender.M": "born",
    "verify.gender.X": "born",
    "verify.what": "Certificate",
    "verify.by": "Issuer",
    "verify.awarded": "Awarded on",
    "verify.issued": "Sealed on",
    "verify.until": "Valid until",
    "verify.stamped": "Time stamp",
    "verify.stamped.known": "{date}, by {name}",
    "verify.stamped.unknown": "{date}, by an authority unknown here that calls itself “{name}”: "
    "this date is not proven",
    "verify.ended": "Since",
    "verify.reason": "Reason",
    "verify.checked": "Checked on",
    "verify.id": "Number",
    "verify.at": "By {institution}, which answers again at",
    "verify.said": "What it said",
    "verify.says": "What it certifies",
    "verify.compare": "Compare this with the document you are shown, and the name with the person.",
    "verify.owner": "Its holder sees that somebody checked, but not who.",
    "verify.empty": "Choose a file first.",
    "verify.too-large": "This file is larger than {limit} MiB, which no certificate is: ask for "
    "the original PDF.",
    "verify.landing": "Verify a certificate",
    "verify.offline": "No network, or many certificates?",
    "verify.offline.link": "Take the verifier with you: one file that opens in a browser.",
    "offline.lead": "This page verifies the certificates of {institution} without network: nothing "
    "that you drop here leaves this device.",
    "offline.valid": "Authentic and unaltered; its issuer had not revoked it.",
    "offline.for-tests": "Authentic and unaltered, but sealed by a test authority: a "
    "demonstration, without legal value.",
    "offline.as-of": "By the keys and status lists of {institution}, as of {date}. What was "
    "revoked since does not show here.",
    "offline.key": "The institution's key: {key}. Compare it with the one it publishes.",
    "offline.born": "Birth",
    "offline.paste.title": "By a text",
    "offline.paste": "Text of a scanned 2D-Doc, a credential as JSON, or an SD-JWT",
    "offline.scan.title": "By its paper",
    "offline.scan.look": "Show the camera the 2D-Doc of a diploma.",
    "offline.scan.qr": "A QR code is checked online. Here, show the 2D-Doc: the square without "
    "marks in its corners.",
    "offline.language": "Français",
    "verb.check": "Somebody checked a certificate",
    "verb.correct": "Certificate corrected by its issuer:",
    "verb.revoke": "An issuer revoked a certificate",
}
