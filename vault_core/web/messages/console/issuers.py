"""Issuers, and the tokens and keys of their programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "admin.issuer.id": "Nom court",
    "admin.issuer.types": "Documents",
    "admin.issuer.issued": "Attestations",
    "admin.issuer.counts": "{issued} délivrées, {valid} valables",
    "admin.issuer.keys": "Clés",
    "admin.issuer.generation": "génération {number}, depuis le",
    "admin.issuer.damaged-keys": "abîmées : restaurez une sauvegarde",
    "admin.issuer.no-keys": "pas encore : elles sont faites à la première remise",
    "admin.token.title": "Jetons des programmes des émetteurs",
    "admin.token.lead": "Avec un jeton, le programme d’un émetteur remet des fichiers par l’API "
    "et les suit ; il n’ouvre aucun coffre et ne voit pas les autres émetteurs.",
    "admin.token.made": "Nouveau jeton",
    "admin.token.issuer": "Émetteur",
    "admin.token.write": "remettre et suivre",
    "admin.token.read": "suivre seulement",
    "admin.token.incomplete": "Donnez un nom au programme et une durée.",
    "admin.keys.title": "Clés des programmes des émetteurs",
    "admin.keys.lead": "Au lieu d’un jeton, le programme d’un émetteur peut signer ses requêtes "
    "(RFC 9421) : le secret ne quitte pas l’émetteur, rien ne peut être modifié ni rejoué.",
    "admin.keys.none": "Aucune clé pour l’instant.",
    "admin.keys.pem": "Clé publique (PEM)",
    "admin.keys.pem.hint": "Ed25519 ou P-256. Chez l’émetteur : openssl genpkey -algorithm ed25519 "
    "-out cle.pem, puis openssl pkey -in cle.pem -pubout.",
    "admin.keys.add": "Enregistrer la clé",
    "admin.keys.replaces": "Remplace",
    "admin.keys.replaces.none": "aucune clé : c’est un nouveau programme",
    "admin.keys.replaces.hint": "La clé remplacée reste valable sept jours ; la nouvelle reprend "
    "son émetteur, son nom et ses droits.",
    "admin.keys.used": "utilisée le",
    "admin.keys.unused": "jamais utilisée",
    "admin.keys.revoked": "révoquée",
    "admin.keys.sure": "Révoquer cette clé pour toujours ? Le programme qui signe avec elle est "
    "aussitôt refusé.",
    "admin.keys.private": "C’est une clé privée : gardez-la, et donnez sa moitié publique (openssl "
    "pkey -in cle.pem -pubout). Rien n’a été gardé.",
    "admin.keys.unreadable": "Donnez une clé publique en PEM, Ed25519 ou P-256.",
    "admin.keys.taken": "Cette clé est enregistrée, ou l’a été et a été révoquée : il en faut une "
    "nouvelle.",
    "done.keyed": "La clé est enregistrée.",
}

ENGLISH: Final[Mapping[str, str]] = {
    "admin.issuer.id": "Short name",
    "admin.issuer.types": "Documents",
    "admin.issuer.issued": "Certificates",
    "admin.issuer.counts": "{issued} issued, {valid} valid",
    "admin.issuer.keys": "Keys",
    "admin.issuer.generation": "generation {number}, since",
    "admin.issuer.damaged-keys": "damaged: restore a backup",
    "admin.issuer.no-keys": "none yet: they are made at the first delivery",
    "admin.token.title": "Tokens of issuers’ programs",
    "admin.token.lead": "With a token an issuer’s program hands files in by the API and follows "
    "them; it opens no vault, and does not see other issuers.",
    "admin.token.made": "New token",
    "admin.token.issuer": "Issuer",
    "admin.token.write": "hand in and follow",
    "admin.token.read": "follow only",
    "admin.token.incomplete": "Give the program a name, and a time.",
    "admin.keys.title": "Keys of issuers’ programs",
    "admin.keys.lead": "Instead of a token, an issuer’s program can sign its requests (RFC 9421): "
    "the secret does not leave the issuer, and nothing can be altered or sent again on the way.",
    "admin.keys.none": "No key yet.",
    "admin.keys.pem": "Public key (PEM)",
    "admin.keys.pem.hint": "Ed25519 or P-256. At the issuer’s: openssl genpkey -algorithm ed25519 "
    "-out key.pem, then openssl pkey -in key.pem -pubout.",
    "admin.keys.add": "Register the key",
    "admin.keys.replaces": "Takes the place of",
    "admin.keys.replaces.none": "no key: it is a new program",
    "admin.keys.replaces.hint": "The key that is replaced stays good for seven days; the new one "
    "takes over its issuer, its name and its rights.",
    "admin.keys.used": "used on",
    "admin.keys.unused": "never used",
    "admin.keys.revoked": "revoked",
    "admin.keys.sure": "Revoke this key for ever? The program that signs with it is refused at "
    "once.",
    "admin.keys.private": "This is a private key: keep it, and give its public half (openssl pkey "
    "-in key.pem -pubout). Nothing of it was kept.",
    "admin.keys.unreadable": "Give a public key in PEM, Ed25519 or P-256.",
    "admin.keys.taken": "This key is registered, or was and has been revoked: make a new one.",
    "done.keyed": "The key is registered.",
}
