"""The command line."""

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def sanhuan() -> None:
    """三环 Sanhuan: the sales operations platform."""


def main() -> None:
    """Run the command line."""
    app()
