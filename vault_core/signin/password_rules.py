"""What a chosen password must be: long, and not among those that everybody guesses first.

No rule asks for kinds of characters (NIST SP 800-63B section 5.1.1.2). Whether it is guessed early
is estimated by zxcvbn, which knows the 30,000 most common passwords of known breaches, words,
names, keyboard runs, dates and repetitions, and needs no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

Weakness = Literal["", "short", "long", "simple", "common"]

SHORTEST: Final = 12
LONGEST: Final = 256
_ESTIMATED: Final = 72
"""Characters that are estimated: zxcvbn takes no more, and what is longer is no weaker."""
GUESSES: Final = 10**8
"""Guesses below which a password is refused."""
_FRENCH: Final = (
    "motdepasse", "azerty", "azertyuiop", "qsdfghjklm", "wxcvbn", "bonjour", "soleil", "doudou",
    "chouchou", "loulou", "coucou", "jetaime", "marseille", "chocolat", "princesse", "nicolas",
    "camille", "papillon", "football", "lycee", "college", "diplome", "parchemin", "coffre",
)  # fmt: skip
"""Stems that zxcvbn's lists, made of English breaches, rank too low."""


def weakness(password: str, about: Sequence[str]) -> Weakness:
    """What is wrong with a password, "" if nothing is; takes up to 0.1 s: run it in a thread.

    `about` is what others know of its owner: username, names, the institution.
    """
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if len(set(password)) < 5:
        return "simple"
    import zxcvbn  # late: its lists take 80 ms to load

    told = [word for text in about for word in (text, *text.split()) if len(word) > 2]
    found = zxcvbn.zxcvbn(password[:_ESTIMATED], user_inputs=[*told, *_FRENCH])
    return "common" if found["guesses"] < GUESSES else ""
