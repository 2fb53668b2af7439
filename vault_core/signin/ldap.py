"""LDAP: somebody's directory password, tried by a bind (RFC 4511 section 4.2).

The entry is found first, with the server's own account, then bound to with what was typed. What
comes of it is who somebody is; it opens no vault. Needs the extra `ldap`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from vault_core.errors import AccessDenied, StoreError
from vault_core.settings.directories import Ldap
from vault_core.signin.identified import Identified

if TYPE_CHECKING:
    import bonsai

log = logging.getLogger(__name__)
NAME: Final = "ldap"
LONGEST: Final = 256
"""Characters of a username or password that is passed on."""
_AT_ONCE: Final = asyncio.Semaphore(8)
_SPECIAL: Final = {ord(char): f"\\{ord(char):02x}" for char in "\\*()\0"}


class LdapDirectory:
    """One directory; a connection for each question, so that none is stale or somebody else's."""

    def __init__(self, rules: Ldap) -> None:
        self.rules = rules

    @property
    def enabled(self) -> bool:
        """Whether the institution uses it."""
        return bool(self.rules.url and self.rules.base)

    async def check(self, username: str, password: str) -> Identified:
        """Who has that username and password there. Raises AccessDenied, StoreError."""
        name = username.strip()
        # A bind without a password is anonymous, and succeeds (RFC 4513 section 5.1.2).
        if not name or not password or max(len(name), len(password)) > LONGEST:
            raise AccessDenied
        async with _AT_ONCE:
            return await asyncio.to_thread(self._check, name, password)

    def _check(self, name: str, password: str) -> Identified:
        rules = self.rules
        found = self._ask(rules.bind_dn, rules.bind_password.get_secret_value(), name)
        if len(found) != 1:  # nobody: the same two steps, so that nobody is told
            self._bind(f"cn=nobody,{rules.base}", password).close()
            raise AccessDenied
        [entry] = found
        dn = str(entry.dn)
        self._bind(dn, password).close()
        subject = _one(entry, rules.subject_attribute)
        if not subject:
            log.error("the directory's entries have no single %s", rules.subject_attribute)
            raise StoreError("The directory does not say who this is: tell the administrator.")
        ine = _one(entry, rules.ine_attribute) if rules.ine_attribute else ""
        return Identified(NAME, f"{rules.base.casefold()}\0{subject}", "", ine)

    def everyone(self, username_attribute: str) -> list[Any]:
        """Every entry that the filter finds, in pages; slow: in a thread. Raises StoreError."""
        rules = self.rules
        wanted = [rules.subject_attribute, username_attribute, "givenName", "sn"]
        wanted += filter(None, [rules.ine_attribute])
        expression = rules.user_filter.replace("{username}", "*")
        password = rules.bind_password.get_secret_value()
        connection = self._bind(rules.bind_dn, password, own=True)
        import bonsai

        try:
            scope = bonsai.LDAPSearchScope.SUBTREE
            return list(
                connection.paged_search(rules.base, scope, expression, wanted, page_size=500)
            )
        except bonsai.errors.LDAPError as error:
            raise _unusable(error) from None
        finally:
            connection.close()

    def _ask(self, dn: str, password: str, name: str) -> list[Any]:
        rules = self.rules
        wanted = [rules.subject_attribute, *filter(None, [rules.ine_attribute])]
        expression = rules.user_filter.replace("{username}", escaped(name))
        connection = self._bind(dn, password, own=True)
        import bonsai

        try:
            return list(connection.search(
                rules.base, bonsai.LDAPSearchScope.SUBTREE, expression, wanted,
                timeout=rules.timeout, sizelimit=2,
            ))  # fmt: skip
        except bonsai.errors.SizeLimitError:
            return []  # several persons: nobody in particular
        except bonsai.errors.LDAPError as error:
            raise _unusable(error) from None
        finally:
            connection.close()

    def _bind(self, dn: str, password: str, *, own: bool = False) -> Any:
        """A connection bound as `dn`. Raises AccessDenied if that is refused, StoreError."""
        import_bonsai()
        import bonsai

        client = self._client(dn, password)
        try:
            return client.connect(timeout=self.rules.timeout)
        except (
            bonsai.errors.AuthenticationError, bonsai.errors.NoSuchObjectError,
            bonsai.errors.InvalidDN, bonsai.errors.PasswordPolicyError,
            bonsai.errors.UnwillingToPerform, bonsai.errors.InsufficientAccess,
        ) as error:  # fmt: skip
            if own:
                raise _unusable(error) from None
            raise AccessDenied from None
        except bonsai.errors.LDAPError as error:
            raise _unusable(error) from None

    def _client(self, dn: str, password: str) -> bonsai.LDAPClient:
        import bonsai

        rules = self.rules
        client = bonsai.LDAPClient(rules.url, rules.start_tls and rules.url.startswith("ldap://"))
        client.set_cert_policy("demand")
        client.set_server_chase_referrals(False)
        client.set_ignore_referrals(True)
        if rules.ca_file:
            client.set_ca_cert(rules.ca_file)
        if dn:
            client.set_credentials("SIMPLE", user=dn, password=password)
        return client


def escaped(text: str) -> str:
    """A value inside a filter (RFC 4515 section 3): it can be nothing but a value."""
    return text.translate(_SPECIAL)


def import_bonsai() -> None:
    """Raises StoreError, with what to do, where the extra is missing."""
    try:
        import bonsai  # noqa: F401
    except ImportError:
        log.error("[ldap] needs: pip install 'parchemin[ldap]'")
        raise StoreError("The directory cannot be asked: tell the administrator.") from None


def _one(entry: Any, name: str) -> str:
    """The one value of an attribute; "" where there is none or more than one."""
    values = list(entry.get(name, ()))
    if len(values) != 1:
        return ""
    [value] = values
    return value.hex() if isinstance(value, bytes) else str(value)


def _unusable(error: Exception) -> StoreError:
    log.warning("the LDAP directory cannot be used: %s", type(error).__name__)
    return StoreError("The directory does not answer: try again later.")
