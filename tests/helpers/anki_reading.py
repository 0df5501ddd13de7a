"""Reads small Anki packages for tests."""

from pathlib import Path
from typing import Any

import pytest

from helpers import anki_packages as anki
from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ReadOptions
from mlsd_cards.formats import apkg


def read(path: Path, folder: Path, **options: Any) -> ExchangeData:
    """Return what a package holds; media go to `folder`/work."""
    work_dir = folder / "work"
    work_dir.mkdir(exist_ok=True)
    return apkg.read(path, ReadOptions(work_dir=work_dir, now_ms=anki.NOW_MS, **options))


def read_db(tmp_path: Path, **contents: Any) -> ExchangeData:
    """Return what a package of layout 2 with such a collection holds."""
    return read(anki.package(tmp_path / "deck.apkg", anki.collection(**contents)), tmp_path)


def read_card(tmp_path: Path, **changes: Any) -> ExchangeCard:
    """Return the only card of a package that holds such a one."""
    (found,) = read_db(tmp_path, cards=[anki.card(**changes)]).cards
    return found


def refusal(path: Path, folder: Path, **options: Any) -> FileFormatError:
    """Return the error that refuses a package; it names the file and leaves nothing behind."""
    before = set(folder.glob("work/*"))
    with pytest.raises(FileFormatError) as caught:
        read(path, folder, **options)
    assert set(folder.glob("work/*")) == before
    assert str(caught.value).startswith(path.name)
    assert caught.value.path == path
    return caught.value


def refused_db(tmp_path: Path, **contents: Any) -> FileFormatError:
    """Return the error that refuses a package of layout 2 with such a collection."""
    return refusal(anki.package(tmp_path / "deck.apkg", anki.collection(**contents)), tmp_path)
