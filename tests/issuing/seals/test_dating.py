"""By whom a seal was dated: an authority that is known, one that is not, or nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.issuing.authorities import NOW, Authorities, authorities
from tests.issuing.seals.test_timestamps import HOUR, issued, stamps
from tests.issuing.world import make_world, world
from vault_core.issuing.certificates.verifying import check_file
from vault_core.issuing.checking.answer import as_json
from vault_core.issuing.checking.snapshot import read_snapshot, write_snapshot
from vault_core.issuing.checking.trust import Trust
from vault_core.issuing.credentials.multibase import did_key
from vault_core.issuing.seals.keys import IssuerKeys
from vault_core.issuing.seals.sealing import Sealing


@pytest.fixture(scope="module")
def keys(outside: Authorities) -> IssuerKeys:
    key = ec.generate_private_key(ec.SECP256R1())
    return world().keys.take(NOW - HOUR, key, (outside.certify("Académie", key.public_key()),))


@pytest.fixture(scope="module")
def timed(outside: Authorities, keys: IssuerKeys) -> bytes:
    return issued(keys, Sealing(None, stamps(outside)))


def trust(keys: IssuerKeys, *roots: Authorities) -> Trust:
    return replace(world().trust(keys=keys), stamp_roots=tuple(one.root for one in roots))


def test_a_known_authority_is_named(outside: Authorities, keys: IssuerKeys, timed: bytes) -> None:
    answer = check_file(timed, trust(keys, outside), NOW)
    assert answer.valid
    assert answer.dated is not None
    assert answer.dated.is_known
    assert answer.dated.authority == "Test time-stamping unit"
    assert abs(answer.dated.at - dt.datetime.now(dt.UTC)) < dt.timedelta(hours=1)
    assert as_json(answer)["timestamp"]["known"] is True


def test_an_unknown_authority_takes_nothing_from_the_seal(
    keys: IssuerKeys, timed: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with authorities(tmp_path_factory.mktemp("others"), NOW) as others:
        for roots in ((), (others,)):
            answer = check_file(timed, trust(keys, *roots), NOW)
            assert answer.valid
            assert as_json(answer)["timestamp"]["known"] is False


def test_an_authority_whose_certificate_is_for_something_else_is_unknown(
    outside: Authorities, keys: IssuerKeys, timed: bytes
) -> None:
    """The unit's own certificate as a root is enough; any other certificate of it is not."""
    seal = outside.certify("Académie", ec.generate_private_key(ec.SECP256R1()).public_key())
    known = {outside.unit: True, seal: False}
    for root, expected in known.items():
        answer = check_file(timed, replace(trust(keys), stamp_roots=(root,)), NOW)
        assert answer.dated is not None
        assert answer.dated.is_known is expected


def test_without_a_timestamp_nothing_is_said(outside: Authorities) -> None:
    answer = check_file(world().issue().pdf, trust(world().keys, outside), NOW)
    assert answer.dated is None
    assert "timestamp" not in as_json(answer)


def test_what_is_not_valid_tells_it_as_well(
    outside: Authorities, keys: IssuerKeys, timed: bytes
) -> None:
    trusting = replace(trust(keys, outside), lists={})
    answer = check_file(timed, trusting, NOW)
    assert answer.verdict == "unproven"
    assert answer.dated is not None
    assert answer.dated.is_known


def test_a_snapshot_carries_the_roots(outside: Authorities, keys: IssuerKeys) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    for known in (trust(keys, outside), make_world().trust()):
        data = write_snapshot(known, key)
        assert read_snapshot(data, did_key(key.public_key())).stamp_roots == known.stamp_roots
        assert (b"timestampRoots" in data) is bool(known.stamp_roots)
