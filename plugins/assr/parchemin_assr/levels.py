"""The four road-safety certificates, as data (Code de la route, articles R. 211-1 and R. 212-1)."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.api import Text


@dataclass(frozen=True, slots=True)
class Level:
    """One certificate. `youngest` is an age in years by calendar year; `opens` its use."""

    id: str
    title: Text
    subtitle: Text
    opens: Text
    youngest: int
    scored: bool = True
    class_name: str = ""


_DRIVING = Text(
    "Demandée pour se présenter au permis de conduire (personnes nées à partir de 1988) et au "
    "brevet de sécurité routière.",
    "Asked for to sit the driving test (people born from 1988 on) and the moped licence.",
)

LEVELS = (
    Level(
        "assr1",
        Text("Attestation scolaire de sécurité routière", "School road-safety certificate"),
        Text("Premier niveau (ASSR 1)", "First level (ASSR 1)"),
        Text(
            "Demandée pour le brevet de sécurité routière (catégorie AM du permis de conduire).",
            "Asked for to take the moped licence (category AM).",
        ),
        youngest=11,
        class_name="5e",
    ),
    Level(
        "assr2",
        Text("Attestation scolaire de sécurité routière", "School road-safety certificate"),
        Text("Second niveau (ASSR 2)", "Second level (ASSR 2)"),
        _DRIVING,
        youngest=13,
        class_name="3e",
    ),
    Level(
        "asr",
        Text("Attestation de sécurité routière", "Road-safety certificate"),
        Text("Hors scolarité en collège (ASR)", "For people out of lower-secondary school (ASR)"),
        _DRIVING,
        youngest=14,
    ),
    Level(
        "aer",
        Text("Attestation d’éducation à la route", "Certificate of road education"),
        Text(
            "Pour les personnes déficientes visuelles (AER)", "For visually impaired people (AER)"
        ),
        Text(
            "Atteste d’une éducation aux dangers de la route ; ne permet pas de se présenter aux "
            "épreuves du permis de conduire.",
            "Shows an education in the dangers of the road; gives no access to the driving test.",
        ),
        youngest=11,
        scored=False,
    ),
)
