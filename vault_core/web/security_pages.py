"""The table of the pages by which people come in and protect their account."""

from __future__ import annotations

from vault_core.web import (
    by_cas,
    by_ldap,
    by_oidc,
    confirming,
    passkey_entry,
    safety,
    second_factor,
    single_sign_on,
    trusted,
)
from vault_core.web.confirming import fresh
from vault_core.web.visit import Handler

PUBLIC: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/sign-in/second", second_factor.page),
    ("POST", "/sign-in/second", second_factor.use),
    ("POST", "/sign-in/passkey/ask", passkey_entry.ask),
    ("POST", "/sign-in/passkey", passkey_entry.use),
    ("GET", "/sign-in/oidc", by_oidc.begin),
    ("GET", "/sign-in/oidc/callback", by_oidc.callback),
    ("POST", "/sign-in/oidc/logout", by_oidc.logout),
    ("GET", "/sign-in/cas", by_cas.begin),
    ("GET", "/sign-in/cas/callback", by_cas.callback),
    ("POST", "/sign-in/cas/callback", by_cas.logout),
    ("GET", "/sign-in/ldap", by_ldap.page),
    ("POST", "/sign-in/ldap", by_ldap.use),
    ("POST", "/sign-in/unlock", single_sign_on.unlock),
)
MEMBERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/account/security", safety.page),
    ("GET", "/account/confirm", confirming.page),
    ("POST", "/account/confirm", confirming.use),
    ("GET", trusted.HERE, trusted.page),
    ("POST", trusted.HERE, fresh(trusted.add)),
    ("POST", f"{trusted.HERE}/remove", fresh(trusted.remove)),
    ("POST", f"{trusted.HERE}/ask", trusted.ask),
    ("POST", f"{trusted.HERE}/code", fresh(trusted.make_code)),
    ("POST", f"{trusted.HERE}/open", fresh(trusted.open_ward)),
    ("POST", "/account/recovery/stop", trusted.stop),
    ("GET", "/account/entrusted", trusted.entrusted),
    ("GET", "/account/security/totp", fresh(safety.set_up)),
    ("POST", "/account/security/totp", fresh(safety.confirm)),
    ("POST", "/account/security/browsers/forget", safety.forget_browser),
    ("POST", "/account/security/remove", fresh(safety.remove)),
    ("POST", "/account/security/passkeys/ask", fresh(safety.ask_passkey)),
    ("POST", "/account/security/passkeys", fresh(safety.add_passkey)),
)
