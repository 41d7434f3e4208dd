"""Login behind a proxy or below a path, where Voila alone refuses the proxy and has no login page."""

from typing import cast

from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from tornado.web import RequestHandler
from traitlets import default


class IdentityProvider(PasswordIdentityProvider):
    """Voila's default provider, with pages below the server's path, its own cookie, and the proxy's token first.

    The cookie is for this site alone, and no script can read it. The login form sets no password, which Jupyter would
    write into the current folder.
    """

    @default("cookie_options")
    def _cookie_options(self) -> dict[str, object]:
        return {"httponly": True, "samesite": "Strict"}

    @default("allow_password_change")
    def _no_password_change(self) -> bool:
        return False

    @property
    def logout_available(self) -> bool:
        """Whether there is a page for logging out; Voila has no template of it, and no link to it."""
        return False

    @property
    def _server(self) -> ServerApp:
        return cast("ServerApp", self.parent)

    @default("cookie_name")
    def _cookie_name(self) -> str:
        # Named by the port: a Jupyter server in front, on the same host name, uses Jupyter's default cookie name.
        return f"sda-{self._server.port}"

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return URL patterns and their handlers."""
        # Voila serves its login page at the root only, so a page below a path would redirect for ever.
        return [(url_path_join(self._server.base_url, path), handler) for path, handler in super().get_handlers()]

    def get_token(self, handler: RequestHandler) -> str | None:
        """Return the token of a request: from its header, else from its URL."""
        # A proxy forwards URLs that carry its own server's token.
        header = self.auth_header_pat.match(handler.request.headers.get("Authorization", ""))
        return header.group(2) if header else super().get_token(handler)
