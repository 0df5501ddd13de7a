"""How long work reports how far it is, and how it is cancelled."""

from typing import Protocol


class Progress(Protocol):
    """Called now and then by long work; raises `Cancelled` in the worker when the user wants to stop."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Report that `done` of `total` units of `what` are finished; `total` 0 means unknown."""


def no_progress(what: str, done: int, total: int) -> None:
    """Report nothing: the default of every `progress` parameter."""
