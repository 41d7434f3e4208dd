"""Voila's login page below a path: Voila itself serves it at the root alone, and below a path redirects for ever."""

from __future__ import annotations

from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server.utils import url_path_join


class IdentityProvider(PasswordIdentityProvider):
    """Voila's default, with its pages below the server's path."""

    def get_handlers(self) -> list[tuple[str, object]]:
        """Patterns of addresses, and what answers them."""
        return [(url_path_join(self.parent.base_url, path), handler) for path, handler in super().get_handlers()]
