"""What an institution can set: one annotated file, and environment variables over it.

`config/parchemin.toml` explains every setting. A wrong value is refused at start.
"""

from vault_core.settings.load import FILE_NAME, load_settings
from vault_core.settings.sections import Settings

__all__ = ["FILE_NAME", "Settings", "load_settings"]
