"""Libraries that only some need: imported when used, named with their extra where they are missing."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from evidence.checks import Problem, TableError


def import_extra(name: str, extra: str) -> ModuleType:
    """Import a library that an extra of the distribution brings.

    Raises
    ------
    TableError
        Where it is not installed, with the command that installs it.

    Examples
    --------
    >>> import_extra("no_such_library", "web")
    Traceback (most recent call last):
    ...
    evidence.checks.TableError: no_such_library: is not installed; run: pip install 'evidence-review-notebooks[web]'.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise TableError([Problem(name, f"is not installed; {say_install(extra)}")]) from error


def say_install(extra: str) -> str:
    """Say the command that installs an extra, of a clone and of a wheel alike."""
    return f"run: pip install 'evidence-review-notebooks[{extra}]'"
