"""The four road-safety certificates, as data.

Code de la route, articles R. 211-1 and R. 211-2; Code de l'éducation, D. 312-43 to D. 312-47-1.
"""

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
    class_name: str = ""


_DRIVING = Text(
    "Demandée aux personnes nées à partir de 1988 pour le brevet de sécurité routière et, avant "
    "21 ans, pour une première catégorie du permis de conduire.",
    "Asked of people born from 1988 on for the moped licence and, before the age of 21, for a "
    "first category of the driving licence.",
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
            "Épreuve adaptée aux piétons et aux passagers ; ne permet pas de se présenter au "
            "permis de conduire.",
            "A test for pedestrians and passengers; gives no access to the driving test.",
        ),
        youngest=11,
    ),
)
