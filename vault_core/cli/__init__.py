"""The `parchemin` command: `commands` lists all of it, and a folder has what belongs together.

What commands need is imported late, for the shell's sake.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from vault_core.errors import ParcheminError


def main() -> None:
    """Run the command line. A refusal is one sentence on standard error and status 2."""
    from vault_core.cli.commands import application
    from vault_core.cli.usage import Abort, UsageError, refusal

    try:
        ended = application(prog_name="parchemin", standalone_mode=False)
        sys.exit(ended if isinstance(ended, int) else 0)
    except UsageError as error:
        _refuse(refusal(error))
    except ParcheminError as error:
        _refuse(str(error))
    except (Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has enough; closing it again would only raise again.
        sys.stdout = None
        sys.exit(141)
    except OSError as error:  # a disk, a folder or a file that is not as it has to be
        where = f"{error.filename}: " if error.filename else ""
        _refuse(f"{where}{error.strerror or error}.")


def _refuse(sentence: str | None) -> NoReturn:
    if sentence is not None:
        print(f"parchemin: {sentence}", file=sys.stderr)
    sys.exit(2)
