"""Accounts read from a whole LDAP directory: made, renamed, and let go when they are not there.

An entry is known by its stable attribute, then by its INE, then by its username.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from vault_core.errors import BadRequest, ParcheminError
from vault_core.settings.directories import Ldap
from vault_core.signin.ldap import LdapDirectory
from vault_core.signin.provisioning import Provisioning, Wanted
from vault_core.vault.persons.person import Facts, username

COMMAND: Final = "command"
_MARK: Final = "ldap:"
_PAGE: Final = 500


@dataclass(slots=True)
class Synced:
    """What was done, or would be."""

    added: int = 0
    changed: int = 0
    same: int = 0
    gone: list[str] = field(default_factory=list)
    """Usernames of those that are no longer in the directory."""
    let_go: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)


async def sync(
    directory: LdapDirectory, provisioning: Provisioning, username_attribute: str, let_go: int,
    progress: Callable[[int], None] | None = None,
) -> Synced:  # fmt: skip
    """Bring every account up to the directory.

    At most `let_go` accounts that are gone are let go; if there are more, none is: a directory that
    answers half is not one that half of its people left. Raises BadRequest, StoreError.
    """
    if not directory.enabled:
        raise BadRequest("There is no directory: set [ldap] url and base.")
    entries = await asyncio.to_thread(directory.everyone, username_attribute)
    done, seen = Synced(), set[str]()
    for number, entry in enumerate(entries, 1):
        try:
            wanted = described(directory.rules, username_attribute, entry)
            seen.add(wanted.external)
            _count(done, await provisioning.bring_up(wanted, COMMAND))
        except ParcheminError as error:
            name = next(iter(entry.get(username_attribute, ())), "?")
            done.refused.append({"username": str(name), "reason": str(error)})
        if progress is not None:
            progress(number)
    gone = [account async for account in _gone(provisioning, seen)] if entries else []
    done.gone = [account.person.username for account in gone]
    if 0 < len(gone) <= let_go:
        for account in gone:
            wanted = Wanted(account.person.username, account.person.facts, False, account.external)
            await provisioning.change(account, wanted, COMMAND)
            done.let_go += 1
    return done


def described(rules: Ldap, username_attribute: str, entry: Any) -> Wanted:
    """An entry as an account. Raises BadRequest."""

    def one(name: str) -> str:
        values = list(entry.get(name, ())) if name else []
        return str(values[0]).strip()[:200] if len(values) == 1 else ""

    subject = one(rules.subject_attribute)
    if not subject:
        raise BadRequest(f"The entry has no single {rules.subject_attribute}.")
    facts = Facts(one("givenName"), one("sn"), None, one(rules.ine_attribute))
    return Wanted(username(one(username_attribute)), facts, True, f"{_MARK}{subject}")


def _count(done: Synced, what: str) -> None:
    if what == "added":
        done.added += 1
    elif what == "changed":
        done.changed += 1
    else:
        done.same += 1


async def _gone(provisioning: Provisioning, seen: Iterable[str]) -> Any:
    known, start = set(seen), 0
    while True:
        total, page = await provisioning.page(start, _PAGE)
        for account in page:
            ours = account.active and account.external.startswith(_MARK)
            if ours and account.external not in known:
                yield account
        start += len(page)
        if not page or start >= total:
            return
