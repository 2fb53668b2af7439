"""Reasons as they are stored: in both languages, where they are known in both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from vault_core.api import Reason, said

DAMAGED: Final = Reason(
    "ce qui est gardé de cette ligne est endommagé : lancez « parchemin check », restaurez une "
    "sauvegarde ou remettez la ligne",
    "what is stored of this row is damaged: run 'parchemin check', restore a backup, or deliver "
    "the row again",
)
CERTIFICATE_DAMAGED: Final = Reason(
    "ce qui est gardé de l'attestation de ce fait est endommagé : lancez « parchemin check », "
    "restaurez une sauvegarde",
    "what is stored of this fact's certificate is damaged: run 'parchemin check', restore a backup",
)


def packed(reasons: Iterable[str]) -> list[str | list[str]]:
    """As JSON has them: French and English side by side, or the one text there is."""
    return [[one.fr, str(one)] if isinstance(one, Reason) else one for one in reasons]


def joined(reasons: Sequence[str], by: str = " ; ") -> Reason:
    """Several reasons as one, in both languages."""
    english = (";" if by == " ; " else by).join(map(str, reasons))
    return Reason(by.join(said(one, "fr") for one in reasons), english)


def unpacked(stored: Sequence[Any]) -> tuple[str, ...]:
    """What `packed` was given."""
    return tuple(one if isinstance(one, str) else Reason(one[0], one[1]) for one in stored)
