"""The program in the menus and file manager of the user's account, on desktops that follow freedesktop.org.

Source: freedesktop.org, Desktop Entry Specification 1.5 (Exec key) and Shared MIME-info Database.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from mlsd_cards import paths
from mlsd_cards.domain.errors import CollectionError, InputError

_ENTRY, _TYPES, _ICON = "mlsd-cards.desktop", "mlsd-cards-mime.xml", "mlsd-cards.svg"
_SPECIAL = set(" \t\n\"'\\><~|&;$*?#()`")


def install() -> list[Path]:
    """Put the program into the menu and make it open `.apkg` and `.colpkg`; returns the files written.

    Raises:
        InputError: the system has no such desktop files. CollectionError: a file cannot be written.
    """
    resources = paths.resources_dir()
    entry = (resources / _ENTRY).read_text(encoding="utf-8")
    command = " ".join(_quoted(word) for word in (sys.executable, "-m", "mlsd_cards"))
    texts = {
        _place("applications", _ENTRY): entry.replace("Exec=mlsd-cards %F", f"Exec={command} %F"),
        _place("mime/packages", _TYPES): (resources / _TYPES).read_text(encoding="utf-8"),
        _place("icons/hicolor/scalable/apps", _ICON): (resources / "icons" / _ICON).read_text(
            encoding="utf-8"
        ),
    }
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CollectionError(f"{path} cannot be written: {error.strerror}.") from None
    _refresh()
    return list(texts)


def remove() -> list[Path]:
    """Take the program out of the menu again; returns the files removed.

    Raises:
        InputError: the system has no such desktop files. CollectionError: a file cannot be removed.
    """
    places = (
        _place("applications", _ENTRY),
        _place("mime/packages", _TYPES),
        _place("icons/hicolor/scalable/apps", _ICON),
    )
    found = [path for path in places if path.exists()]
    for path in found:
        try:
            path.unlink()
        except OSError as error:
            raise CollectionError(f"{path} cannot be removed: {error.strerror}.") from None
    if found:
        _refresh()
    return found


def _place(folder: str, name: str) -> Path:
    if not sys.platform.startswith("linux"):
        raise InputError("Only Linux desktops are set up this way: use the system's own “Open with” here.")
    return _data_home() / folder / name


def _data_home() -> Path:
    chosen = os.environ.get("XDG_DATA_HOME", "")
    return Path(chosen) if os.path.isabs(chosen) else Path.home() / ".local" / "share"


def _quoted(word: str) -> str:
    """Return a word of an Exec key: quoted where it holds a reserved sign, with percent signs doubled."""
    word = word.replace("%", "%%")
    if not _SPECIAL & set(word):
        return word
    escaped = "".join(f"\\{sign}" if sign in '"`$\\' else sign for sign in word)
    return f'"{escaped}"'.replace("\\", "\\\\")  # the value of a key escapes backslashes once more


def _refresh() -> None:
    """Tell the desktop, where its tools are installed; it finds the files by itself at the next log-in."""
    for tool, folder in (("update-mime-database", "mime"), ("update-desktop-database", "applications")):
        if (program := shutil.which(tool)) is not None:
            subprocess.run(
                [program, str(_data_home() / folder)], check=False, capture_output=True, timeout=60
            )
