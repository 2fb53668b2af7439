"""Every fault for which a certificate is refused: its name and its sentence in each language."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from vault_core.api import Language, Text
from vault_core.errors import CertificateRefused, ParcheminError
from vault_core.fields import date_en, date_fr


def _words(fr: str, en: str) -> Text:
    """Both sentences; the French one with its own apostrophes, its colons kept to their words."""
    return Text(fr.replace("'", "’").replace(" :", "\u00a0:"), en)


class Fault(Enum):
    """What can be wrong with a certificate; `{…}` is filled in from the details."""

    NOT_A_PDF = _words(
        "Ce fichier n'est pas un PDF : demandez le PDF d'origine.",
        "This file is not a PDF: ask for the original PDF.",
    )
    TOO_LARGE = _words(
        "Ce PDF dépasse {limit} Mio, la taille qu'a au plus une attestation : demandez le PDF "
        "d'origine.",
        "This PDF is larger than {limit} MiB, which is what a certificate has at most: ask for the "
        "original PDF.",
    )
    DAMAGED = _words(
        "Le PDF est illisible : demandez qu'on vous le renvoie.",
        "The PDF cannot be read: ask for it once more.",
    )
    CUT = _words(
        "Le fichier a été coupé, sa fin manque : demandez qu'on vous le renvoie.",
        "The file was cut, its end is missing: ask for it once more.",
    )
    NO_SEAL = _words(
        "Ce PDF ne porte aucun cachet d'émetteur : demandez le PDF d'origine, pas une copie.",
        "This PDF carries no issuer's seal: ask for the original PDF, not a copy.",
    )
    MANY_SEALS = _words(
        "Le PDF porte plus que le seul cachet de son émetteur : demandez le PDF d'origine.",
        "The PDF carries more than the one seal of its issuer: ask for the original PDF.",
    )
    SEAL_FORM = _words(
        "Le cachet n'a pas la forme des cachets d'émetteur : demandez le PDF d'origine.",
        "The seal is not of the form that issuers' seals have: ask for the original PDF.",
    )
    NOT_COVERED = _words(
        "Le cachet ne couvre pas tout le fichier : demandez le PDF d'origine.",
        "The seal does not cover the whole file: ask for the original PDF.",
    )
    ADDED = _words(
        "Quelque chose a été ajouté au fichier après son cachet : demandez le PDF d'origine.",
        "Something was added to the file after it was sealed: ask for the original PDF.",
    )
    ALTERED = _words(
        "Le fichier a été modifié après la pose du cachet : demandez le PDF d'origine.",
        "The file was altered after it was sealed: ask for the original PDF.",
    )
    SEAL_FORGED = _words(
        "Le cachet n'a pas été posé avec la clé qu'il désigne : demandez le PDF d'origine.",
        "The seal was not made by the key it names: ask for the original PDF.",
    )
    STAMP_ALTERED = _words(
        "L'horodatage du fichier a été modifié : demandez le PDF d'origine.",
        "The file's timestamp was altered: ask for the original PDF.",
    )
    STAMP = _words(
        "L'horodatage du fichier est celui d'un autre document : demandez le PDF d'origine.",
        "The file's timestamp is that of another document: ask for the original PDF.",
    )
    FOREIGN_SEAL = _words(
        "Le cachet n'est d'aucun émetteur reconnu ici ({name}) : vérifiez auprès de qui l'a posé.",
        "The seal is not of any issuer known here ({name}): verify it where it was made.",
    )
    SEAL_PERIOD = _words(
        "Le cachet a été posé hors de la période de sa clé : interrogez l'émetteur.",
        "The seal was made outside the period of its key: ask the issuer.",
    )
    NO_CREDENTIAL = _words(
        "Le PDF ne contient pas l'attestation lisible par machine : demandez le PDF d'origine.",
        "The PDF does not contain the machine-readable credential: ask for the original PDF.",
    )
    CREDENTIAL_FORM = _words(
        "L'attestation lisible par machine est mal formée ({what}) : demandez l'originale.",
        "The machine-readable credential is malformed ({what}): ask for the original.",
    )
    PROOF_FORM = _words(
        "La preuve de l'attestation n'a pas la forme prévue : demandez l'originale.",
        "The credential's proof is not of the expected form: ask for the original.",
    )
    CREDENTIAL_ALTERED = _words(
        "L'attestation lisible par machine a été modifiée après sa preuve : demandez l'originale.",
        "The machine-readable credential was altered after it was proved: ask for the original.",
    )
    FOREIGN_ISSUER = _words(
        "L'attestation n'est d'aucun émetteur reconnu ici ({name}) : vérifiez auprès de qui l'a "
        "délivrée.",
        "The credential is not of any issuer known here ({name}): verify it where it was issued.",
    )
    KEY_PERIOD = _words(
        "La preuve a été faite hors de la période de sa clé : interrogez l'émetteur.",
        "The proof was made outside the period of its key: ask the issuer.",
    )
    RECORD_HASH = _words(
        "L'empreinte ne correspond pas aux faits attestés : demandez l'originale.",
        "The record hash does not fit the facts that are asserted: ask for the original.",
    )
    MISMATCH = _words(
        "La page et l'attestation jointe diffèrent : demandez le PDF d'origine.",
        "The page and the attached credential differ: ask for the original PDF.",
    )
    NOT_YET = _words(
        "L'attestation n'est valable qu'à partir du {date} : vérifiez-la de nouveau ce jour-là.",
        "The certificate is valid only from {date}: verify it again on that day.",
    )
    EXPIRED = _words(
        "L'attestation a expiré le {date} : demandez s'il y en a une plus récente.",
        "The certificate expired on {date}: ask whether there is a newer one.",
    )
    SUSPENDED = _words(
        "L'attestation est suspendue par son émetteur : vérifiez-la de nouveau plus tard.",
        "The certificate is suspended by its issuer: verify it again later.",
    )
    REPLACED = _words(
        "L'attestation a été remplacée par son émetteur : demandez la nouvelle.",
        "The certificate was replaced by its issuer: ask for the new one.",
    )
    REVOKED = _words(
        "L'attestation a été révoquée par son émetteur : ne vous y fiez plus.",
        "The certificate was revoked by its issuer: rely on it no more.",
    )
    NO_STATUS = _words(
        "L'état de l'attestation ne peut être établi, sa liste d'états manque ou est illisible : "
        "vérifiez-la de nouveau plus tard.",
        "The certificate's status cannot be told, its status list is missing or unreadable: verify "
        "it again later.",
    )
    CODE_FORM = _words(
        "Une clé de contrôle a 13 lettres et chiffres : regardez encore le document.",
        "A verification code has 13 letters and digits: look at the document again.",
    )
    CODE_TYPO = _words(
        "La clé de contrôle contient une faute de frappe : comparez-la au document.",
        "The verification code has a typing error: compare it with the document.",
    )
    CODE_UNKNOWN = _words(
        "Aucune attestation n'a cette clé de contrôle : comparez-la au document.",
        "No certificate has this verification code: compare it with the document.",
    )
    CODE_RECORD = _words(
        "La fiche de vérification a été modifiée : vérifiez le fichier de l'attestation.",
        "The verification record was altered: verify the certificate's file.",
    )
    TWODDOC_FORM = _words(
        "Le 2D-Doc n'a pas la forme prévue ({what}) : scannez-le de nouveau.",
        "The 2D-Doc is not of the expected form ({what}): scan it again.",
    )
    TWODDOC_ALTERED = _words(
        "Le 2D-Doc a été modifié, sa signature ne lui correspond pas : vérifiez la clé de "
        "contrôle.",
        "The 2D-Doc was altered, its signature does not fit its content: check the verification "
        "code.",
    )
    TWODDOC_FOREIGN = _words(
        "Le 2D-Doc n'est d'aucun émetteur reconnu ici ({name}) : vérifiez auprès de qui l'a fait.",
        "The 2D-Doc is not of any issuer known here ({name}): verify it where it was made.",
    )
    SNAPSHOT_FORM = _words(
        "Le fichier de confiance n'a pas la forme prévue : téléchargez-le de nouveau.",
        "The trust snapshot is not of the expected form: download it again.",
    )
    SNAPSHOT_FORGED = _words(
        "Le fichier de confiance n'est pas signé par l'établissement attendu : téléchargez-le de "
        "nouveau auprès de lui.",
        "The trust snapshot is not signed by the expected institution: download it again from "
        "there.",
    )


def refused(fault: Fault, **details: str) -> CertificateRefused:
    """The error to raise for `fault`; its message is the English sentence."""
    return CertificateRefused(fault.name.lower(), fault.value.en.format(**details), details)


def sentence(error: ParcheminError, language: Language) -> str:
    """The error's sentence in `language`; for errors that are no known fault, its message."""
    if not isinstance(error, CertificateRefused):
        return str(error)
    template = Fault[error.fault.upper()].value[language]
    return template.format(
        **{name: _said(name, text, language) for name, text in error.details.items()}
    )


def _said(name: str, text: str, language: Language) -> str:
    """A detail as people say it: days in words."""
    if name != "date":
        return text
    day = dt.date.fromisoformat(text)
    return date_fr(day) if language == "fr" else date_en(day)
