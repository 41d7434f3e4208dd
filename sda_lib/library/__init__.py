"""Library of models: list, search, tag, rename, duplicate, delete, restore, import, export and compare."""
