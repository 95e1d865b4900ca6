"""`piped init`: a project to begin with."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

__all__ = ["command"]

# Which template becomes which file; NAME is the name of the project.
FILES = {
    "app.yaml.txt": "app.yaml",
    "processors.py.txt": "NAME_bundle/processors.py",
    "bundle.py.txt": "NAME_bundle/__init__.py",
    "test_processors.py.txt": "tests/test_processors.py",
    "README.md.txt": "README.md",
    "gitignore.txt": ".gitignore",
}


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    r"""Make a project in FOLDER: a commented configuration, a bundle with a processor, a test.

    What is there already is left as it is.

    \b
    Example:
      piped init hello && cd hello && piped run app.yaml
    """
    name = "".join(c if c.isalnum() else "_" for c in folder.resolve().name.lower()).strip("_")
    name = f"app_{name}" if not name.isidentifier() else name
    templates = files("piped.cli") / "templates"
    for template, target in FILES.items():
        text = (templates / template).read_text().replace("NAME", name)
        _write(folder / target.replace("NAME", name), text)
    click.echo(f"\nNow: cd {folder} && piped run app.yaml")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x") as file:
            file.write(text)
    except FileExistsError:
        click.echo(f"  {path} is there already")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None
    else:
        click.echo(f"  {path}")
