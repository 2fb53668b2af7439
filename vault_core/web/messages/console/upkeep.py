"""Storage and health."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "admin.storage.vaults": "Coffres",
    "admin.storage.hint": "L’espace promis peut dépasser celui du disque : surveillez l’espace "
    "occupé.",
    "admin.storage.documents": "Documents",
    "admin.storage.versions": "Versions précédentes",
    "admin.storage.trashed": "À la corbeille",
    "admin.storage.stored": "Blocs dans le stockage",
    "admin.storage.stored.bytes": "Taille du stockage",
    "admin.storage.inline": "Petits blocs dans le catalogue",
    "admin.storage.inline.bytes": "Taille des petits blocs",
    "admin.storage.orphans": "Blocs orphelins",
    "admin.storage.lacking": "Blocs manquants",
    "admin.storage.lacking.text": "Des documents nomment des blocs que le catalogue n’a pas : "
    "lancez « parchemin check », puis restaurez une sauvegarde.",
    "admin.storage.orphans.text": "Une interruption a laissé des blocs que rien ne nomme : « "
    "parchemin check --repair » les retire.",
    "admin.storage.sound": "Chaque document a son bloc, et chaque bloc son document. « parchemin "
    "check » relit aussi le stockage.",
    "admin.health.lead": "Ce que « parchemin doctor » trouve en ce moment, le pire d’abord.",
    "admin.health.good": "bon",
    "admin.health.warning": "à regarder",
    "admin.health.bad": "à réparer",
}

ENGLISH: Final[Mapping[str, str]] = {
    "admin.storage.vaults": "Vaults",
    "admin.storage.hint": "More space may be promised than the disk has: watch what is used.",
    "admin.storage.documents": "Documents",
    "admin.storage.versions": "Earlier versions",
    "admin.storage.trashed": "In the trash",
    "admin.storage.stored": "Blobs in the store",
    "admin.storage.stored.bytes": "Size of the store",
    "admin.storage.inline": "Small blobs in the catalog",
    "admin.storage.inline.bytes": "Size of small blobs",
    "admin.storage.orphans": "Orphan blobs",
    "admin.storage.lacking": "Lacking blobs",
    "admin.storage.lacking.text": "Documents name blobs that the catalog does not have: run "
    "“parchemin check”, then restore a backup.",
    "admin.storage.orphans.text": "An interruption left blobs that nothing names: “parchemin "
    "check --repair” removes them.",
    "admin.storage.sound": "Every document has its blob, and every blob its document. “parchemin "
    "check” reads the store as well.",
    "admin.health.lead": "What “parchemin doctor” finds now, the worst first.",
    "admin.health.good": "good",
    "admin.health.warning": "look at it",
    "admin.health.bad": "mend it",
}
