"""Opening a vault by each kind of credential, and what opens nothing."""

from __future__ import annotations

import os

import pytest

from tests.vault.workers import Clock, Worker, pieces
from vault_core.crypto import codes
from vault_core.errors import AccessDenied, Forbidden, NodeNotFound, TooManyAttempts
from vault_core.vault.keys import keyslots
from vault_core.vault.persons.person import Facts
from vault_core.vault.vault import Vault


async def test_an_activation_code_opens_and_a_password_takes_over(first: Worker) -> None:
    code = await first.add("ada")
    vault = await first.vaults.open_by_code("activation", "ada", code)
    await keyslots.set_password(vault, "correct horse")
    opened = await first.vaults.open_password("ada", "correct horse")
    assert opened.slot_kind == "password"
    assert opened.opened is vault.opened, "one open vault for all credentials"


@pytest.mark.parametrize("spelled", ["ADA", " ada ", "Ada"])
async def test_a_username_is_the_same_however_it_is_spelled(first: Worker, spelled: str) -> None:
    await first.persons.add("ada", Facts(), "a password")
    assert (await first.vaults.open_password(spelled, "a password")).username == "ada"


async def test_a_password_is_the_same_in_every_unicode_form(first: Worker) -> None:
    await first.persons.add("ada", Facts(), "\u00e9t\u00e9 2026")
    assert await first.vaults.open_password("ada", "e\u0301te\u0301 2026")


async def test_every_code_opens_as_its_own_kind_only(first: Worker, vault: Vault) -> None:
    recovery = codes.new_recovery_code(os.urandom)
    await keyslots.replace_kind(vault, "recovery", codes.parse_code(recovery))
    assert (await first.vaults.open_by_code("recovery", "ada", recovery)).slot_kind == "recovery"
    for kind in ("app-password", "activation"):
        with pytest.raises(AccessDenied):
            await first.vaults.open_by_code(kind, "ada", recovery)


async def test_a_session_opens_without_a_name(first: Worker, vault: Vault) -> None:
    session = codes.new_session_token(os.urandom)
    await keyslots.add(vault, "session", codes.parse_session_token(session), "browser")
    assert (await first.vaults.open_session(session)).username == "ada"
    with pytest.raises(AccessDenied):
        await first.vaults.open_session(codes.new_session_token(os.urandom))


WRONG = {
    "another's name": ("bob", "{token}"),
    "no such name": ("nobody", "{token}"),
    "no name": ("", "{token}"),
    "a hostile name": ("../ada", "{token}"),
    "cut": ("ada", "{token}"[:-1] + "}"),
    "nothing": ("ada", ""),
    "a word": ("ada", "password"),
    "the main password": ("ada", "the main password"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_is_no_app_password_opens_nothing(
    first: Worker, vault: Vault, token: str, case: str
) -> None:
    await first.add("bob")
    await keyslots.set_password(vault, "the main password")
    name, secret = WRONG[case]
    secret = token[:-1] if case == "cut" else secret.format(token=token)
    with pytest.raises(AccessDenied):
        await first.vaults.open_app_password(name, secret)


async def test_an_app_password_is_no_main_password(first: Worker, token: str) -> None:
    with pytest.raises(AccessDenied):
        await first.vaults.open_password("ada", token)


@pytest.mark.parametrize("in_memory", [True, False])
async def test_an_expired_slot_opens_nothing(
    first: Worker, vault: Vault, clock: Clock, in_memory: bool
) -> None:
    session = codes.new_session_token(os.urandom)
    secret = codes.parse_session_token(session)
    await keyslots.add(vault, "session", secret, "", int(clock() * 1000) + 60_000)
    if in_memory:
        await first.vaults.open_session(session)
    clock.offset += 61
    with pytest.raises(AccessDenied):
        await first.vaults.open_session(session)


async def test_a_revoked_slot_is_closed_at_its_next_request(
    first: Worker, second: Worker, vault: Vault, same: Vault, token: str
) -> None:
    """Revoked in one process, refused in the other, where the vault is still in memory."""
    await keyslots.revoke(vault, same.slot_id)
    with pytest.raises(AccessDenied):
        await (await second.vaults.open_app_password("ada", token)).refresh()
    with pytest.raises(AccessDenied):
        await (await first.vaults.open_app_password("ada", token)).refresh()


async def test_a_change_under_way_fails_when_its_slot_is_revoked(vault: Vault, same: Vault) -> None:
    """What the second process checked before is void: it looks again, and finds itself locked."""
    await keyslots.revoke(vault, same.slot_id)
    with pytest.raises(AccessDenied):
        await same.write(("late.txt",), pieces(b"late"))


async def test_the_last_way_in_is_kept(first: Worker) -> None:
    vault = await first.vaults.open_by_code("activation", "ada", await first.add("ada"))
    await keyslots.add_app_password(vault, "phone")
    with pytest.raises(Forbidden, match="last way"):
        await keyslots.revoke(vault, vault.slot_id)
    await keyslots.set_password(vault, "a password")
    await keyslots.revoke(vault, vault.slot_id)
    kinds = {slot.kind for slot in await keyslots.listing(vault)}
    assert kinds == {"app-password", "password"}


async def test_slots_are_listed_with_their_labels(vault: Vault) -> None:
    await keyslots.add_app_password(vault, "Téléphone")
    assert [slot.label for slot in await keyslots.listing(vault)] == ["", "a device", "Téléphone"]
    with pytest.raises(NodeNotFound):
        await keyslots.revoke(vault, bytes(16))  # type: ignore[arg-type]


async def test_a_new_password_replaces_the_old_one(first: Worker) -> None:
    await first.persons.add("ada", Facts(), "old password")
    vault = await first.vaults.open_password("ada", "old password")
    await keyslots.set_password(vault, "new password")
    assert await first.vaults.open_password("ada", "new password")
    with pytest.raises(AccessDenied):
        await first.vaults.open_password("ada", "old password")


async def _guess(worker: Worker, times: int, name: str = "ada{}", address: str = "") -> None:
    if worker.clock.stopped_at is None:  # no attempt is given back meanwhile
        worker.clock.stop()
    for number in range(times):
        with pytest.raises(AccessDenied):
            await worker.vaults.open_app_password(name.format(number), "wrong", address)


async def test_guessing_is_slowed_and_forgotten_again(
    first: Worker, token: str, clock: Clock
) -> None:
    clock.offset += 1000
    first.vaults.forget_idle()  # an open vault lets its owner in without looking
    await _guess(first, 10, "ada", "192.0.2.1")
    with pytest.raises(TooManyAttempts) as refused:
        await first.vaults.open_app_password("ada", token, "192.0.2.1")
    assert 0 < refused.value.retry_after <= 62
    assert await first.vaults.open_app_password("ada", token, "192.0.2.2"), "the owner elsewhere"
    clock.offset += refused.value.retry_after
    await _guess(first, 1, "ada", "192.0.2.1")


async def test_guessing_many_names_from_one_address_is_slowed(first: Worker) -> None:
    await _guess(first, 100, "person{}", "192.0.2.1")
    with pytest.raises(TooManyAttempts):
        await first.vaults.open_app_password("another", "wrong", "192.0.2.1")


async def test_passwords_and_codes_are_counted_together(first: Worker) -> None:
    await first.add("ada")
    first.clock.stop()
    for _ in range(4):
        with pytest.raises(AccessDenied):
            await first.vaults.open_by_code("activation", "ada", "wrong", "192.0.2.1")
        with pytest.raises(AccessDenied):
            await first.vaults.open_password("ada", "wrong", "192.0.2.1")
    await _guess(first, 2, "ada", "192.0.2.1")
    with pytest.raises(TooManyAttempts):
        await first.vaults.open_app_password("ada", "wrong", "192.0.2.1")


async def test_every_process_slows_a_guessing_address(
    first: Worker, second: Worker, token: str
) -> None:
    await _guess(first, 6, "ada", "192.0.2.1")
    await _guess(second, 4, "ada", "192.0.2.1")
    for worker in (first, second):
        with pytest.raises(TooManyAttempts):
            await worker.vaults.open_app_password("ada", "wrong", "192.0.2.1")
        assert await worker.vaults.open_app_password("ada", token, "192.0.2.2"), "elsewhere"


async def test_no_address_stands_in_the_catalog(first: Worker) -> None:
    await _guess(first, 1, "ada", "192.0.2.1")
    rows = await first.catalog.fetch("SELECT account FROM guesses")
    assert [len(row[0]) for row in rows] == [32, 32]


async def test_the_owner_takes_back_what_they_mistyped(first: Worker, token: str) -> None:
    first.vaults.idle_seconds = -1
    for _ in range(3):
        await _guess(first, 9, "ada", "192.0.2.1")
        first.vaults.forget_idle()  # an open vault lets its owner in without looking
        assert await first.vaults.open_app_password("ada", token, "192.0.2.1")


async def test_an_idle_vault_is_forgotten(first: Worker, vault: Vault, clock: Clock) -> None:
    assert first.vaults.opened_count == 1
    clock.offset += first.vaults.idle_seconds - 1
    first.vaults.forget_idle()
    assert first.vaults.opened_count == 1
    clock.offset += 2
    first.vaults.forget_idle()
    assert first.vaults.opened_count == 0


async def test_a_revoked_credential_keeps_nothing_in_memory(
    first: Worker, same: Vault, token: str, clock: Clock
) -> None:
    """A client that goes on asking with a revoked app password does not keep the keys here."""
    vault = await first.open("ada", token)
    session = codes.new_session_token(os.urandom)
    await keyslots.add(vault, "session", codes.parse_session_token(session), "")
    clock.offset += 10_000
    first.vaults.forget_idle()
    await first.open("ada", token)
    await keyslots.revoke(same, vault.slot_id)
    for _ in range(2):
        with pytest.raises(AccessDenied):
            await (await first.vaults.open_app_password("ada", token)).refresh()
        first.vaults.forget_idle()
        assert first.vaults.opened_count == 0


async def test_a_vault_in_use_is_not_forgotten(first: Worker, token: str, clock: Clock) -> None:
    for _ in range(4):
        clock.offset += first.vaults.idle_seconds / 2
        await first.open("ada", token)
        first.vaults.forget_idle()
        assert first.vaults.opened_count == 1


async def test_a_forgotten_vault_opens_again_as_it_was(
    first: Worker, vault: Vault, token: str, clock: Clock
) -> None:
    await vault.write(("a.txt",), pieces(b"hello"))
    clock.offset += 10_000
    first.vaults.forget_idle()
    again = await first.open("ada", token)
    assert again.opened is not vault.opened
    assert (await again.find(("a.txt",))).size == 5
