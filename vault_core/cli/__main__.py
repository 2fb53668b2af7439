"""`python -m vault_core.cli` is `parchemin`."""

from vault_core.cli import main

main()
