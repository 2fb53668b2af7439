"""`parchemin webhook`, `outbox` and `mail-test`: telling persons and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution

webhooks = typer.Typer(
    help="Tell the institution's programs.", no_args_is_help=True, rich_markup_mode=None
)
outbox = typer.Typer(
    help="See what is on its way.", no_args_is_help=True, rich_markup_mode=None
)  # fmt: skip
ACTOR = "command"


@webhooks.command("add")
def add_webhook(url: str, data: Data, as_json: AsJson = False) -> None:
    """Tell a program when batches end.

    Prints the secret that its calls are signed with (Standard Webhooks); it is not shown again.
    """

    async def work(institution: Institution) -> dict[str, Any]:
        made, secret = await institution.webhooks.add(url, ACTOR)
        act = institution.roles.act(ACTOR, "webhook-add", None, webhook=made.id)
        await institution.roles.record(act)
        return {"webhook": made.id, "url": made.url, "secret": secret}

    output.show_facts(inside(data, work), as_json)


@webhooks.command("list")
def list_webhooks(data: Data, as_json: AsJson = False) -> None:
    """List the webhooks, without secrets."""

    async def work(institution: Institution) -> list[dict[str, Any]]:
        return [
            {"webhook": one.id, "url": one.url or "damaged", "since": output.moment(one.created_at)}
            for one in await institution.webhooks.everything()
        ]

    empty = "There is no webhook: parchemin webhook add URL."
    output.show_table(("webhook", "url", "since"), inside(data, work), as_json, empty)


@webhooks.command("remove")
def remove_webhook(
    webhook: Annotated[str, typer.Argument(metavar="WEBHOOK", help="As `webhook list` has it.")],
    data: Data,
) -> None:
    """Tell a program nothing any more."""

    async def work(institution: Institution) -> None:
        await institution.webhooks.remove(webhook)
        act = institution.roles.act(ACTOR, "webhook-remove", None, webhook=webhook)
        await institution.roles.record(act)

    inside(data, work)
    output.say("Removed.")


@outbox.command("list")
def list_outbox(data: Data, as_json: AsJson = False) -> None:
    """List mails and calls that wait.

    Those that were given up are kept for a month. Never to whom, nor what they say.
    """

    async def work(institution: Institution) -> list[dict[str, Any]]:
        return [
            {
                "way": one.way,
                "since": output.moment(one.created_at),
                "tries": one.tries,
                "next": "given up" if one.is_given_up else output.moment(one.next_at),
                "reason": one.reason,
            }
            for one in await institution.post.waiting()
        ]

    columns = ("way", "since", "tries", "next", "reason")
    output.show_table(columns, inside(data, work), as_json, "Everything has left.")


@outbox.command("retry")
def retry_outbox(data: Data, as_json: AsJson = False) -> None:
    """Try again what was given up."""
    count = inside(data, lambda institution: institution.post.retry())
    output.tell(f"{count} will be tried again by the server.", {"again": count}, as_json)


@outbox.command("send")
def send_outbox(data: Data) -> None:
    """Send what is due, once, without a server."""
    inside(data, lambda institution: institution.post.once())
    output.say("Done: 'parchemin outbox list' says what is left.")


def mail_test(address: str, data: Data) -> None:
    """Send one mail, to try the settings."""

    async def work(institution: Institution) -> None:
        from vault_core.errors import SettingsError
        from vault_core.notifying.letters import trial

        if not institution.post.sends_mail:
            raise SettingsError("Mail is off: set mail.host and mail.sender in parchemin.toml.")
        mark = f"test-{institution.vaults.services.random(8).hex()}"
        language = institution.settings.institution.languages[0]
        await institution.post.send(trial(address, language), mark)

    inside(data, work)
    output.say("The mail server took it.")
