"""Handing mails to the institution's mail server."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

from vault_core.errors import MailFailed, MailRefused
from vault_core.settings.notifying import Mail

SECONDS = 30.0


def is_on(settings: Mail) -> bool:
    """Whether mail is sent at all."""
    return bool(settings.host and settings.sender)


class MailServer:
    """The server that the settings name now."""

    def __init__(self, settings: Callable[[], Mail]) -> None:
        self.settings = settings

    async def send(self, mail: EmailMessage) -> None:
        """The server has it when this returns. Raises MailFailed, MailRefused."""
        import aiosmtplib
        from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

        rules = self.settings()
        try:
            await aiosmtplib.send(
                mail, hostname=rules.host, port=rules.port, timeout=SECONDS,
                use_tls=rules.tls == "tls", start_tls=rules.tls == "starttls",
                username=rules.username or None,
                password=rules.password.get_secret_value() or None,
            )  # fmt: skip
        except SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            kind = MailRefused if codes and min(codes) >= 500 else MailFailed
            raise kind(f"The mail server refused the address ({max(codes, default=0)}).") from None
        except SMTPResponseException as error:
            raise MailFailed(f"The mail server answered {error.code}.") from None
        except (SMTPException, OSError, TimeoutError) as error:
            kind_name = type(error).__name__
            raise MailFailed(f"The mail server could not be used: {kind_name}.") from None
