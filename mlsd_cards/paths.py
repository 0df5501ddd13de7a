"""Where the packaged data and the user's collection live, and when what is written there is on the disk."""

import os
from pathlib import Path

APP_NAME = "mlsd-cards"
HOME_VARIABLE = "MLSD_CARDS_HOME"


def data_dir() -> Path:
    """Return the folder that holds `decks/` and `resources/`.

    In an installed wheel that is `_data` inside the package; in a checkout it is the repository root.
    """
    packaged = Path(__file__).parent / "_data"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent


def decks_dir() -> Path:
    """Return the folder of the built-in deck sources."""
    return data_dir() / "decks"


def resources_dir() -> Path:
    """Return the folder of page shell, note types and icons."""
    return data_dir() / "resources"


def profile_dir(home: Path | None = None) -> Path:
    """Return the profile folder: `home`, else `MLSD_CARDS_HOME`, else the platform's user data folder."""
    if home is not None:
        return home.expanduser().absolute()
    if chosen := os.environ.get(HOME_VARIABLE):
        return Path(chosen).expanduser().absolute()
    import platformdirs  # imported late: not needed when the folder is named

    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def sync_file(path: Path) -> None:
    """Return once the contents of `path` are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Return once the names in `folder` are on the disk (where the system lets a folder be opened)."""
    if os.name == "posix":
        sync_file(folder)
