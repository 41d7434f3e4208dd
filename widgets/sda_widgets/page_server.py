"""Page server: Voila with fewer doors. It serves one notebook, the files of the page, and nothing else of this machine.

Voila alone serves pictures of the notebook's folder without a login, follows links in it, lets an address choose the
template, and answers odd paths with errors of its own.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import shutil
import unicodedata
from typing import Any
from urllib.parse import unquote

from jupyter_server.base.handlers import AuthenticatedFileHandler
from jupyter_server.utils import url_path_join
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import IOLoop
from tornado.routing import Matcher, Rule
from tornado.web import HTTPError, RequestHandler, authenticated
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import AllowListFileHandler, TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.utils import get_voila_labextensions_path

from sda_lib.scratch import scratch_folder
from sda_widgets import page_scripts
from sda_widgets.page_scripts import PageScripts
from sda_widgets.serve import GUESTS

# Environment variables that hold the token; the kernels, and the trainings that they start, do not inherit them.
TOKENS = ("JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE", "SDA_TOKEN")
# Largest body of a request in bytes: only the login form has one; files come through the page's own connection.
MOST_BODY = 100_000
# How often a path can be percent-encoded and is still looked at.
MOST_DECODED = 4
# Longest time that a page waits for another one to end, and between two looks, in seconds.
WAIT, POLL = 5.0, 0.1
FULL = "All pages for guests are in use. Try again in some minutes.\n"
REFUSED = "This address is not valid. Open the link that sda studio has printed.\n"


class PageServer(Voila):
    """Voila's application with the settings and handlers that the workbench needs."""

    name = "voila"  # so that the configuration files of Voila apply

    def init_settings(self) -> dict[str, Any]:
        """Return tornado's settings. The token is taken out of the environment."""
        settings: dict[str, Any] = super().init_settings()
        token = self.identity_provider.token  # read from the environment only now
        for name in TOKENS:
            os.environ.pop(name, None)
        self.kernel_manager.start_kernel = _without(token, self.kernel_manager.start_kernel)
        return {
            **settings,
            "compress_response": True,  # scripts are 6 MB, and 2 MB compressed
            # Without a token a page of another server could reach this one under a name of its own (DNS rebinding).
            "allow_remote_access": bool(token),
            "xsrf_cookie_kwargs": {"samesite": "Strict", "path": self.base_url},
            "headers": {"Referrer-Policy": "no-referrer"},  # addresses can contain the token
        }

    def init_handlers(self) -> list[Any]:
        """Return the handlers: odd paths are refused first, pictures of the notebook's folder need a login."""
        checked = [_checked(one) for one in super().init_handlers()]
        bundle = page_scripts.Bundle(page_scripts.parts(self.static_paths, get_voila_labextensions_path()))
        served = {"bundle": bundle, "name": bundle.name}
        scripts = (url_path_join(self.server_url, r"/voila/sda-scripts/(.*)"), PageScripts, served)
        self.voila_configuration.page_config_hook = functools.partial(_with_scripts, bundle.name)
        GuestPage.most = self.kernel_manager.most_pages = int(os.environ.get(GUESTS) or 0)
        return [Rule(OddPath(), Refused), scripts, *checked]

    def listen(self) -> None:
        """Listen on the port until the end; bodies of requests are bounded. `sda studio` prints the one address."""
        self.log.addFilter(names_no_address)
        self.app.listen = functools.partial(self.app.listen, max_body_size=MOST_BODY)
        if self.notebook_path:
            served = os.path.relpath(self.notebook_path, self.root_dir)
            IOLoop.current().add_callback(self.kernel_manager.make_spare, None, os.path.dirname(served))
        super().listen()

    def start(self) -> None:
        """Serve until the end. The kernels' connection files lie in a folder that later servers can identify."""
        folder = scratch_folder("sda-page")
        self.connection_dir_root = str(folder)
        try:
            super().start()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class NotebookFiles(AuthenticatedFileHandler, AllowListFileHandler):
    """Pictures below the notebook's folder, for those who are logged in; links that lead out are not followed."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        real, real_root = os.path.realpath(absolute_path), os.path.realpath(root)
        if os.path.commonpath([real, real_root]) != real_root:
            raise HTTPError(404)
        found: str = super().validate_absolute_path(root, absolute_path)
        return found


class TemplateFiles(TemplateStaticFileHandler):
    """Files of page templates; addresses of none are not found, where Voila's handler fails."""

    def parse_url_path(self, path: str) -> str:
        try:
            return str(super().parse_url_path(path))
        except (AssertionError, ValueError) as error:
            raise HTTPError(404) from error


class KernelShutdown(VoilaShutdownKernelHandler):
    """Ends the kernel of a page that is closed; one that has died before is no error."""

    @authenticated
    async def post(self, kernel_id: str) -> None:
        if kernel_id in self.kernel_manager:
            await super().post(kernel_id)
        else:
            self.set_status(204)
            self.finish()


class GuestPage(TornadoVoilaHandler):
    """The page; where it is served to guests, only some at once."""

    most = 0  # pages of guests at once; 0: no limit

    @authenticated
    async def get(self, path: str | None = None) -> None:
        if await self._has_room():
            await super().get(path)
        else:
            self.set_status(503)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(FULL)

    async def _has_room(self) -> bool:
        """Return whether one more page may be open; a page that is reloaded takes a moment to end."""
        for _ in range(round(WAIT / POLL)):
            if not self.most or self.kernel_manager.page_count < self.most:
                return True
            await asyncio.sleep(POLL)
        return False


class OddPath(Matcher):
    """Matches requests whose path no page of SDA asks for."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return {} if is_odd(request.path or "") else None


REPLACED = {
    AllowListFileHandler: NotebookFiles,
    TemplateStaticFileHandler: TemplateFiles,
    VoilaShutdownKernelHandler: KernelShutdown,
    TornadoVoilaHandler: GuestPage,
}


class Refused(RequestHandler):
    """Answers every method with one sentence."""

    def prepare(self) -> None:
        self.set_status(400)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(REFUSED)


def names_no_address(record: logging.LogRecord) -> bool:
    """Return whether a line of the log is other than Voila's, which names an address without the token."""
    return not record.getMessage().startswith("Voilà is running at")


def is_odd(path: str) -> bool:
    """Return whether a path of a URL has steps upwards, backslashes or control characters, however they are encoded."""
    for _ in range(MOST_DECODED):
        plain = unicodedata.normalize("NFKC", path)  # for example full-width dots
        if any(not char.isprintable() or char == "\\" for char in plain) or ".." in plain.split("/"):
            return True
        try:
            decoded = unquote(path, errors="strict")
        except UnicodeDecodeError:
            return True
        if decoded == path:
            return False
        path = decoded
    return True


def _with_scripts(name: str, config: dict[str, Any], **about: Any) -> dict[str, Any]:
    """Return a page's settings with the address of its scripts, which the template loads."""
    return {**config, "sdaScripts": url_path_join(about["base_url"], "voila/sda-scripts", name)}


def _checked(handler: Any) -> Any:
    """Return a handler of Voila's, or the one that takes its place."""
    pattern, kind, *options = handler
    return (pattern, REPLACED.get(kind, kind), *options)


def _without(token: str, start: Any) -> Any:
    """Return the function that starts kernels with an environment in which the token, part of addresses, is empty."""

    @functools.wraps(start)
    def start_kernel(*args: Any, env: dict[str, str] | None = None, **options: Any) -> Any:
        known = {name: value.replace(token, "") if token else value for name, value in (env or {}).items()}
        return start(*args, env=known or None, **options)

    return start_kernel
