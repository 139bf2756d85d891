"""``quarterday-portal-simulator``: a portal on this machine to try an exchange with."""

from __future__ import annotations

from pathlib import Path

import click

from quarterday_portal_sync.simulator.faults import Fault, NoFault

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _fault(context: click.Context, parameter: click.Parameter, told: tuple[str, ...]) -> dict[str, Fault]:
    """Faults as they are written on the command line: ``slow:share=0.1,seconds=2``."""
    found = {}
    for one in told:
        kind, _, options = one.partition(":")
        pairs = (option.partition("=") for option in options.split(",") if option)
        try:
            found[kind] = Fault.read(kind, {name: _value(value) for name, _, value in pairs})
        except NoFault as error:
            raise click.BadParameter(str(error)) from error
    return found


def _value(text: str) -> str | int | float:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def _pair(context: click.Context, parameter: click.Parameter, told: str | None) -> tuple[str, str]:
    """A client's name and secret."""
    name, _, secret = (told or "").partition(":")
    if told and not (name and secret):
        raise click.BadParameter(f"Say {parameter.opts[0]} NAME:SECRET.")
    return name, secret


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any that is free.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where records are kept.")
@click.option("--api-key", default="", metavar="KEY", help="Let in whoever sends X-Api-Key: KEY.")
@click.option("--oauth", callback=_pair, metavar="NAME:SECRET", help="Give tokens to this client at /oauth/token.")
@click.option("--token-life", type=click.IntRange(1), default=300, show_default=True, help="A token's life in seconds.")
@click.option("--tls", type=(FILE, FILE), metavar="CERTIFICATE KEY", help="Serve over TLS with these two PEM files.")
@click.option("--client-ca", type=FILE, help="With --tls: want a certificate of clients that this one signed.")
@click.option("--webhook", type=(str, str), metavar="URL SECRET", help="Tell this address of what people change here.")
@click.option(
    "--fault", "faults", multiple=True, callback=_fault, metavar="KIND:HOW", help="Like busy:every=7; again for more."
)
@click.option("--seed", type=int, default=0, help="What the faults are drawn from: the same ones for the same seed.")
def main(
    port: int,
    data: Path,
    api_key: str,
    oauth: tuple[str, str],
    token_life: int,
    tls: tuple[Path, Path] | None,
    client_ca: Path | None,
    webhook: tuple[str, str] | None,
    faults: dict[str, Fault],
    seed: int,
) -> None:
    """Serve a portal that isn't real, on this machine, until it is stopped.

    Its page for people is at /, its interface is told at /openapi.json. What tests ask of it is under /_control/.
    """
    from quarterday_portal_sync.simulator.app import make_app
    from quarterday_portal_sync.simulator.auth import Access
    from quarterday_portal_sync.simulator.faults import Faults
    from quarterday_portal_sync.simulator.running import Running
    from quarterday_portal_sync.simulator.server import serving, tls_context
    from quarterday_portal_sync.simulator.store import Store
    from quarterday_portal_sync.simulator.webhooks import Webhooks

    if not (api_key or oauth[0]):
        raise click.UsageError("Say who may use it: --api-key KEY, --oauth NAME:SECRET, or both.")
    if client_ca is not None and tls is None:
        raise click.UsageError("--client-ca asks for clients' certificates, which there are only with --tls.")
    store = Store(data)
    hooks = Webhooks(store, *webhook) if webhook else None
    access = Access(api_key, *oauth, lasts=token_life)
    app = make_app(Running(store, access, Faults(seed, faults), hooks))
    server = serving(app, port, tls_context(*tls, client_ca) if tls else None)
    click.echo(f"The portal is at {'https' if tls else 'http'}://127.0.0.1:{server.port}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("Stopped.")
    finally:
        server.server_close()
        if hooks is not None:
            hooks.stop()
        store.close()
