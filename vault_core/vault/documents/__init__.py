"""An opened vault and every change of it: written, moved, locked, deleted, delivered into it."""
