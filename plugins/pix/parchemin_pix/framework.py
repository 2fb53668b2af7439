"""The framework of digital skills that Pix certifies: 5 domains, 16 competences (CRCN)."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.api import Text


@dataclass(frozen=True, slots=True)
class Competence:
    """One competence: `code` as the framework numbers it (`1.1`)."""

    code: str
    title: Text

    @property
    def fact(self) -> str:
        """Its name in `Record.facts`, where its level stands: `level_1_1`."""
        return "level_" + self.code.replace(".", "_")


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain and its competences, in the framework's order."""

    title: Text
    competences: tuple[Competence, ...]


DOMAINS = (
    Domain(
        Text("Informations et données", "Information and data"),
        (
            Competence(
                "1.1",
                Text(
                    "Mener une recherche et une veille d’information", "Searching for information"
                ),
            ),
            Competence("1.2", Text("Gérer des données", "Managing data")),
            Competence("1.3", Text("Traiter des données", "Processing data")),
        ),
    ),
    Domain(
        Text("Communication et collaboration", "Communication and collaboration"),
        (
            Competence("2.1", Text("Interagir", "Interacting")),
            Competence("2.2", Text("Partager et publier", "Sharing and publishing")),
            Competence("2.3", Text("Collaborer", "Collaborating")),
            Competence(
                "2.4", Text("S’insérer dans le monde numérique", "Taking one’s digital place")
            ),
        ),
    ),
    Domain(
        Text("Création de contenu", "Content creation"),
        (
            Competence("3.1", Text("Développer des documents textuels", "Text documents")),
            Competence("3.2", Text("Développer des documents multimédia", "Multimedia documents")),
            Competence("3.3", Text("Adapter les documents à leur finalité", "Adapting documents")),
            Competence("3.4", Text("Programmer", "Programming")),
        ),
    ),
    Domain(
        Text("Protection et sécurité", "Protection and security"),
        (
            Competence("4.1", Text("Sécuriser l’environnement numérique", "Securing devices")),
            Competence(
                "4.2",
                Text("Protéger les données personnelles et la vie privée", "Protecting privacy"),
            ),
            Competence(
                "4.3",
                Text(
                    "Protéger la santé, le bien-être et l’environnement", "Health and environment"
                ),
            ),
        ),
    ),
    Domain(
        Text("Environnement numérique", "Digital environment"),
        (
            Competence("5.1", Text("Résoudre des problèmes techniques", "Solving problems")),
            Competence(
                "5.2", Text("Construire un environnement numérique", "Building one’s setup")
            ),
        ),
    ),
)
COMPETENCES = tuple(one for domain in DOMAINS for one in domain.competences)
CAPS = {5: 640, 6: 768, 7: 895, 8: 1024}
"""Highest level that could be reached when the session was held, to the highest score.

Eight pix a level in 16 competences; but 895, not 896, at level 7: `MAX_REACHABLE_SCORE` of Pix's
own published program (1024pix/pix, `api/src/shared/constants.js`).
"""
CURRENT_LEVEL = 7
