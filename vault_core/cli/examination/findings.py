"""One thing that `parchemin doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from vault_core.api import Reason, said

Verdict = Literal["good", "warning", "bad"]
NO_ANSWER: Final = Reason("pas de réponse à temps", "no answer in time")
_FRENCH: Final = {
    "data": "données",
    "settings": "réglages",
    "open files": "fichiers ouverts",
    "privacy": "confidentialité",
    "space": "place",
    "file system": "système de fichiers",
    "plugins": "greffons",
    "media types": "types de fichiers",
    "listening": "écoute",
    "catalog": "catalogue",
    "blob store": "stockage des blocs",
    "disk": "disque",
    "institution's key": "clé de l’établissement",
    "clock": "horloge",
    "public_url": "adresse publique",
    "backups": "sauvegardes",
    "workers": "processus",
    "TLS certificate": "certificat TLS",
    "seal certificates": "certificats des cachets",
    "checks": "examens",
}
"""What is looked at; names that are the same in both languages are left out."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What it is about, how it stands, and one sentence that says what to do."""

    about: str
    verdict: Verdict
    sentence: str

    def facts(self) -> dict[str, object]:
        """For programs: in English, and below `fr` in French, for pages."""
        french = {
            "about": _FRENCH.get(self.about, self.about),
            "sentence": said(self.sentence, "fr"),
        }
        return {
            "about": self.about, "verdict": self.verdict, "sentence": str(self.sentence),
            "fr": french,
        }  # fmt: skip
