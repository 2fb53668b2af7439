"""The `parchemin` command. One file a group of commands; what they need is imported late."""

from __future__ import annotations

import sys

from vault_core.errors import ParcheminError


def main() -> None:
    """Run the command line. A refusal is one sentence on standard error and status 2."""
    from vault_core.cli.commands import application

    try:
        application()
    except ParcheminError as error:
        print(f"parchemin: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has enough; closing it again would only raise again.
        sys.stdout = None
        sys.exit(141)
