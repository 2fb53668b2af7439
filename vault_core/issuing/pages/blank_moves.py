"""How lines of a page move when texts on it grow, told from two settings of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vault_core.issuing.pages.blank import Moving, Shares, Unfit

TOLERANCE = 0.02
"""Points."""
_SHARES = (0, -0.5, -1)
"""Of its growth, what a line begins further left: set to the left, in the middle, to the right."""


def explained(moving: Sequence[Moving], moved: Sequence[float]) -> list[Moving]:
    """With what each line moves. Raises Unfit if that cannot be told, or in two ways."""
    shares: dict[int, Shares] = {}
    growth = [one.widest - one.width for one in moving]
    for at in sorted(range(len(moving)), key=lambda at: moving[at].run.x):
        beside = [
            other
            for other, one in enumerate(moving)
            if one.opening is not None and abs(one.run.y - moving[at].run.y) < TOLERANCE
        ]
        fits = [
            one
            for one in _ways(moving, at, beside, shares)
            if abs(sum(share * growth[other] for share, other in one) - moved[at]) < TOLERANCE
        ]
        fewest = min(map(len, fits), default=0)
        simplest = {one for one in fits if len(one) == fewest}
        if len(simplest) != 1:
            raise Unfit
        shares[at] = simplest.pop()
    return [replace(one, shares=shares[at]) for at, one in enumerate(moving)]


def _ways(
    moving: Sequence[Moving], at: int, beside: Sequence[int], known: Mapping[int, Shares]
) -> Iterator[Shares]:
    """How a line can move: with its own growth, with that of the next one, or after another."""
    x = moving[at].run.x
    later = [other for other in beside if moving[other].run.x > x]
    near = ([at] if at in beside else []) + later[:1]
    for shares in itertools.product(_SHARES, repeat=len(near)):
        yield tuple((share, other) for share, other in zip(shares, near, strict=True) if share)
    earlier = [other for other in beside if moving[other].run.x < x]
    if earlier:
        last = max(earlier, key=lambda other: moving[other].run.x)
        yield (*known[last], (1, last))
