"""Who gets in behind a proxy or below a path, where Voila alone refuses the proxy and has no login page."""

from __future__ import annotations

from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server.utils import url_path_join
from tornado.web import RequestHandler
from traitlets import default


class IdentityProvider(PasswordIdentityProvider):
    """Voila's default, with its pages below the server's path, a cookie of its own, and the proxy's token first."""

    @default("cookie_name")
    def _cookie_name(self) -> str:
        # By the port: the server in front, under the same host's name, has a cookie of Jupyter's usual name.
        return f"sda-{self.parent.port}"

    def get_handlers(self) -> list[tuple[str, object]]:
        """Patterns of addresses, and what answers them."""
        # Voila serves its login page at the root alone, so that a page below a path redirects for ever.
        return [(url_path_join(self.parent.base_url, path), handler) for path, handler in super().get_handlers()]

    def get_token(self, handler: RequestHandler) -> str | None:
        """The token of a request: its header's, else its address's."""
        # A proxy passes addresses on with the token of its own server in them.
        header = self.auth_header_pat.match(handler.request.headers.get("Authorization", ""))
        return header.group(2) if header else super().get_token(handler)
