"""The command line as a whole: every group, in the order in which `--help` lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from vault_core.cli.certificates import certificates, verifying
from vault_core.cli.copies import copying, moving
from vault_core.cli.deliveries import batches, delivering, receipts, reviews
from vault_core.cli.demonstration import demonstration
from vault_core.cli.examination import checking, doctor
from vault_core.cli.institution import notifying, serving, setting_up
from vault_core.cli.issuers import issuers, request_keys, tokens
from vault_core.cli.people import letters, persons, provisioners, roles, standing, syncing
from vault_core.cli.plugins import plugins
from vault_core.cli.vaults import app_passwords, escrow, exporting, handing_over

application = typer.Typer(
    help="An encrypted document vault for every student.",
    no_args_is_help=True,
    # A traceback with local variables would print passwords.
    pretty_exceptions_enable=False,
    add_completion=False,
    # Plain help: the decorated one takes 0.15 s to import.
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("parchemin"))
        raise typer.Exit


@application.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """An encrypted document vault for every student."""


application.command()(setting_up.init)
application.command()(serving.serve)

application.add_typer(persons.group, name="person")
persons.group.command("new-code")(letters.new_code)
persons.group.command("sync-ldap")(syncing.sync_ldap)
persons.group.command()(standing.show)
persons.group.command()(standing.suspend)
persons.group.command()(standing.resume)
persons.group.command()(standing.quota)
persons.group.command()(standing.close)
persons.group.command()(standing.keep)
application.add_typer(roles.group, name="role")
application.add_typer(app_passwords.group, name="app-password")

application.add_typer(issuers.group, name="issuer")
issuers.group.command("token-add")(tokens.add)
issuers.group.command("tokens")(tokens.listing)
issuers.group.command("token-revoke")(tokens.revoke)
issuers.group.command("request-key-add")(request_keys.add)
issuers.group.command("request-keys")(request_keys.listing)
issuers.group.command("request-key-rotate")(request_keys.rotate)
issuers.group.command("request-key-revoke")(request_keys.revoke)

application.add_typer(escrow.group, name="escrow")
application.add_typer(provisioners.group, name="provisioner")

application.command()(delivering.deliver)
application.add_typer(batches.group, name="batch")
batches.group.command()(receipts.receipt)
application.add_typer(reviews.group, name="review")
application.add_typer(letters.group, name="letters")
application.add_typer(receipts.group, name="receipt")

application.add_typer(certificates.group, name="certificate")
application.add_typer(notifying.webhooks, name="webhook")
application.add_typer(notifying.outbox, name="outbox")
application.command("mail-test")(notifying.mail_test)
application.command()(verifying.verify)
application.command()(verifying.snapshot)

application.command()(exporting.export)
application.command()(handing_over.hand_over)
application.command()(handing_over.check_hand_over)

application.command()(checking.check)
application.command()(copying.backup)
application.command()(copying.restore)
application.command()(moving.migrate)

application.add_typer(plugins.group, name="plugin")
application.command()(doctor.doctor)
application.command()(demonstration.demo)
