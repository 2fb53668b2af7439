"""The levels of B2i and C2i, with their domains, as data."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.api import Text

B2I_DOMAINS = (
    Text("S’approprier un environnement informatique", "Using a computing environment"),
    Text("Adopter une attitude responsable", "Acting responsibly"),
    Text("Créer, produire, traiter des données", "Creating and processing data"),
    Text("S’informer, se documenter", "Finding information"),
    Text("Communiquer, échanger", "Communicating and exchanging"),
)
C2I_DOMAINS = (
    Text("Environnement numérique évolutif", "A changing digital environment"),
    Text("Responsabilité à l’ère du numérique", "Responsibility in the digital age"),
    Text("Produire et diffuser des documents", "Producing and publishing documents"),
    Text("Rechercher l’information", "Searching for information"),
    Text("Travailler en réseau, collaborer", "Working and collaborating online"),
)
TRADES = (
    Text("Enseignant", "Teaching"),
    Text("Métiers du droit", "Law"),
    Text("Métiers de la santé", "Health"),
    Text("Métiers de l’ingénieur", "Engineering"),
    Text("Environnement et aménagement durables", "Environment and sustainable planning"),
    Text("Fonctions d’organisation et de communication", "Organisation and communication"),
)
"""What a C2i of level 2 is for."""


@dataclass(frozen=True, slots=True)
class Level:
    """One certificate: all of its domains must be validated, each on a date.

    `first_year` is when it was first given; one without domains names a trade instead.
    """

    id: str
    title: Text
    subtitle: Text
    domains: tuple[Text, ...]
    youngest: int
    first_year: int


_B2I = Text("Brevet informatique et internet", "Computer and internet certificate")
_C2I = Text("Certificat informatique et internet", "Higher computer and internet certificate")

LEVELS = (
    Level("b2i-ecole", _B2I, Text("Niveau école", "Primary school"), B2I_DOMAINS, 8, 2001),
    Level(
        "b2i-college",
        _B2I,
        Text("Niveau collège", "Lower-secondary school"),
        B2I_DOMAINS,
        11,
        2001,
    ),
    Level("b2i-lycee", _B2I, Text("Niveau lycée", "Upper-secondary school"), B2I_DOMAINS, 14, 2002),
    Level("c2i-1", _C2I, Text("Niveau 1", "Level 1"), C2I_DOMAINS, 16, 2002),
    Level("c2i-2", _C2I, Text("Niveau 2", "Level 2"), (), 18, 2004),
)
