"""An escrow key in several hands."""

from __future__ import annotations

import itertools
import os

import pytest

from vault_core.crypto.keys import IdentityKind, generate_identity
from vault_core.crypto.shares import combine, split
from vault_core.errors import BadRequest


@pytest.mark.parametrize("kind", ["mlkem768x25519", "x25519"])
def test_any_that_are_enough_give_it_back_and_fewer_do_not(kind: IdentityKind) -> None:
    identity = generate_identity(kind, os.urandom)
    shares = split(identity, 3, 5)
    assert len(set(shares)) == 5
    for some in itertools.combinations(shares, 3):
        assert str(combine(some)) == str(identity)
    for few in itertools.combinations(shares, 2):
        with pytest.raises(BadRequest):
            combine(few)


def test_shares_that_do_not_go_together() -> None:
    one, other = (split(generate_identity("x25519", os.urandom), 2, 2) for _ in range(2))
    words = one[0].split()
    mistyped = " ".join([*words[:-1], "academic" if words[-1] != "academic" else "acid"])
    for wrong in ([one[0], other[1]], [one[0], one[0]], [mistyped, one[1]], ["", ""], []):
        with pytest.raises(BadRequest) as refusal:
            combine(wrong)
        assert words[3] not in str(refusal.value)


def test_people_type_capitals_and_line_ends() -> None:
    identity = generate_identity("x25519", os.urandom)
    one, two = split(identity, 2, 2)
    assert str(combine([one.upper(), "\n".join(two.split())])) == str(identity)
