"""Several sounds mixed into one."""
