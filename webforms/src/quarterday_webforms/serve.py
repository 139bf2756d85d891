"""``quarterday serve``: the pages, on gunicorn."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from quarterday.services import logs
from quarterday_webforms.app import create_app
from quarterday_webforms.screens import to_mount
from quarterday_webforms.site import open_site
from quarterday_webforms.turns import Worker

COLLECT_AFTER = 10_000
"""How many objects a process makes before it looks for those nobody uses; a page makes some thousands."""
WORKERS, THREADS = 2, 4
"""Processes, and how many requests each works on at once; see docs/explanation/performance.md for what was measured."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 for everywhere.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=WORKERS, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option(
    "--proxies",
    default=0,
    show_default=True,
    type=click.IntRange(0, 5),
    help="How many proxies stand before it; X-Forwarded-For, -Proto, -Host and -Prefix of so many are believed.",
)
def serve(host: str, port: int, workers: int, proxies: int) -> None:
    """Serve the pages for suppliers and the council, until it is stopped (Ctrl-C, or a TERM signal)."""
    open_site().uow.engine.dispose()  # what is wrong with the settings is said now, once, and not by each process
    counted = tempfile.mkdtemp(prefix="quarterday-counted-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counted
    try:
        Server(
            lambda: create_app(open_site(), proxies=proxies, offered=to_mount()),
            bind=f"{host}:{port}",
            workers=workers,
            forwarded_allow_ips="*" if proxies else "127.0.0.1",
            child_exit=lambda server, worker: multiprocess.mark_process_dead(worker.pid),  # type: ignore[no-untyped-call]
        ).run()
    finally:
        shutil.rmtree(counted, ignore_errors=True)


def _collect_seldom() -> None:
    """Let the collector of unused objects look at a page's own only, and not after every few hundred of them.

    What the process made at its start stays; looking through it again and again took a tenth of a page's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn as we run it: ``make`` makes the app of one process, ``said`` are settings in gunicorn's own words."""

    def __init__(self, make: Callable[[], Flask], **said: Any) -> None:
        self._make, self._said = make, said
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's own choice."""
        settings = {
            "workers": WORKERS,
            "worker_class": Worker,
            "threads": THREADS,
            "graceful_timeout": 30,
            "timeout": 60,
            "max_requests": 20_000,
            "max_requests_jitter": 2_000,
            "limit_request_line": 4094,
            "control_socket_disable": True,  # it would lie in the home folder of whoever runs this
            "post_fork": lambda server, worker: logs.begin(as_json=True, also=["gunicorn.error"]),
            "post_worker_init": lambda worker: _collect_seldom(),
            **self._said,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The app of one process, with its own connections."""
        return self._make()
