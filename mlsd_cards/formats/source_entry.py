"""Typed access to the entries of a deck source, with errors that say file, line and what was expected."""

import re
from datetime import date
from pathlib import Path
from typing import NoReturn

from mlsd_cards.formats.source_yaml import Items, SourceError, Table, Text, Tree

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?")
_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_EMPTY = ("", "~", "null")


class Entry:
    """A mapping of a deck source; remembers which keys were read, so that `finish` finds the unknown ones."""

    def __init__(self, tree: Tree, path: Path, what: str, rule: str = "form"):
        self.path = path
        self.what = what
        self.rule = rule  # the lint rule that faults found from now on break
        self.line = tree.line
        if not isinstance(tree, Table):
            self.fail(f"{what} must be a mapping of key and value")
        self._values = tree.values
        self._read: set[str] = set()

    def fail(self, message: str, line: int = 0) -> NoReturn:
        """Raise `SourceError` of kind `inconsistent` at `line`, else at the entry's first line."""
        raise SourceError(
            "inconsistent",
            f"{message}.",
            path=self.path,
            line=line or self.line,
            item=self.what,
            rule=self.rule,
        )

    def line_of(self, key: str) -> int:
        """Return the line of a key's value, or of the entry where the key is absent."""
        found = self._values.get(key)
        return found.line if found is not None else self.line

    def lines(self) -> dict[str, int]:
        """Return the line of each key's value."""
        return {key: value.line for key, value in self._values.items()}

    def has(self, key: str) -> bool:
        """Whether the key has a value that is not empty."""
        return self._get(key) is not None

    def text(self, key: str) -> str:
        """Return the text of a key that must be there and not be empty."""
        if value := self.optional(key):
            return value
        self.fail(f"{self.what} needs `{key}`, a text")

    def optional(self, key: str) -> str:
        """Return the text of a key, empty where it is absent."""
        value = self._get(key)
        if value is None:
            return ""
        if not isinstance(value, Text):
            self.fail(f"`{key}` of {self.what} must be a text", value.line)
        return value.value.strip()

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        """Return the text of a key that must be one of `allowed`."""
        value = self.text(key)
        if value not in allowed:
            self.fail(
                f"`{key}` of {self.what} must be one of {', '.join(allowed)}, not {value}", self.line_of(key)
            )
        return value

    def whole(self, key: str) -> int:
        """Return the whole number of a key that must be there."""
        value = self.text(key)
        if not re.fullmatch(r"\d{1,9}", value):
            self.fail(f"`{key}` of {self.what} must be a whole number, not {value}", self.line_of(key))
        return int(value)

    def number(self, key: str) -> float:
        """Return the number of a key that must be there."""
        value = self.text(key)
        if not _NUMBER.fullmatch(value):
            self.fail(f"`{key}` of {self.what} must be a number, not {value}", self.line_of(key))
        return float(value)

    def percent(self, key: str) -> float:
        """Return the fraction that a text such as `10%` names."""
        value = self.text(key)
        if not value.endswith("%") or not _NUMBER.fullmatch(value[:-1].strip()):
            self.fail(
                f"`{key}` of {self.what} must be a percentage such as 10%, not {value}", self.line_of(key)
            )
        return float(value[:-1]) / 100

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false, `default` where the key is absent."""
        value = self.optional(key)
        if value not in ("", "true", "false"):
            self.fail(f"`{key}` of {self.what} must be true or false, not {value}", self.line_of(key))
        return value == "true" if value else default

    def day(self, key: str) -> date | None:
        """Return the date of a key; a month such as 2026-11 means its first day."""
        value = self.optional(key)
        if not value:
            return None
        if found := _DATE.fullmatch(value):
            try:
                return date(int(found[1]), int(found[2]), int(found[3] or 1))
            except ValueError:
                pass
        self.fail(f"`{key}` of {self.what} must be a date such as 2026-11-30, not {value}", self.line_of(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list, empty where the key is absent."""
        found: list[str] = []
        for item in self.trees(key):
            if not isinstance(item, Text) or not item.value.strip():
                self.fail(f"`{key}` of {self.what} must be a list of texts", item.line)
            found.append(item.value.strip())
        return tuple(found)

    def joined(self, key: str) -> str:
        """Return a text, or the texts of a list joined by commas; empty where the key is absent."""
        return ", ".join(self.texts(key)) if isinstance(self._get(key), Items) else self.optional(key)

    def entries(self, key: str) -> list["Entry"]:
        """Return the mappings of a list, empty where the key is absent."""
        return [
            Entry(item, self.path, f"an item of `{key}` of {self.what}", self.rule)
            for item in self.trees(key)
        ]

    def entry(self, key: str) -> "Entry | None":
        """Return the mapping of a key."""
        value = self._get(key)
        return None if value is None else Entry(value, self.path, f"`{key}` of {self.what}", self.rule)

    def trees(self, key: str) -> list[Tree]:
        """Return the items of a list as they are, empty where the key is absent."""
        value = self._get(key)
        if value is None:
            return []
        if not isinstance(value, Items):
            self.fail(f"`{key}` of {self.what} must be a list", value.line)
        return value.values

    def children(self) -> list[tuple[str, Tree]]:
        """Return every key with its value, for files whose keys are names."""
        self._read.update(self._values)
        return list(self._values.items())

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key, value in self._values.items():
            if key not in self._read:
                expected = ", ".join(sorted(self._read))
                self.fail(f"{self.what} has the unknown key `{key}`; expected {expected}", value.line)

    def _get(self, key: str) -> Tree | None:
        self._read.add(key)
        value = self._values.get(key)
        if isinstance(value, Text) and not value.quoted and value.value in _EMPTY:
            return None
        return value
