"""Mutated packages through the whole import: taken in and sound, or refused with the profile as it was."""

import random
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from helpers import anki_packages as anki
from helpers.anki_packages import card, note, review
from helpers.importing import empty_collection, stored
from helpers.shared import corpus_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.errors import FileFormatError

TRIES = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
NOTES = [note(100 + n, fields=[f"<b>front {n}</b>", "{{c1::back}}"]) for n in range(5)]
CARDS = [card(200 + n, 100 + n) for n in range(5)]
REVIEWS = [review(300 + n, 200 + n) for n in range(5)]
MADE = {
    2: anki.collection(notes=NOTES, cards=CARDS, reviews=REVIEWS),
    3: anki.collection_18(notes=NOTES, cards=CARDS),
}


def mutated(data: bytes, seed: int) -> bytes:
    """Return bytes with some flipped, cut out, doubled or overwritten, the same for the same seed."""
    chance = random.Random(seed)
    found = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(found))
        match chance.randrange(4):
            case 0:
                found[place] ^= 1 << chance.randrange(8)
            case 1:
                del found[place : place + chance.randint(1, 64)]
            case 2:
                found[place:place] = found[place : place + chance.randint(1, 64)]
            case 3:
                end = min(len(found), place + chance.randint(1, 16))
                found[place:end] = chance.randbytes(end - place)
        if not found:
            return b"\0"
    return bytes(found)


def with_inner_mutation(data: bytes, seed: int) -> bytes:
    """Return a package in which the contents of one member are mutated, and the archive itself is whole."""
    chance = random.Random(seed)
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        chosen = chance.choice(names)
        for name in names:
            content = source.read(name)
            target.writestr(name, mutated(content, seed) if name == chosen and content else content)
    return out.getvalue()


OUTCOMES = {"taken in", "refused"}


def tried(data: bytes) -> str:
    """Import a file; assert what has to hold whether it is taken in or not, and return which it was."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "deck.apkg"
        file.write_bytes(data)
        with empty_collection(Path(folder) / "home") as collection:
            before = stored(collection)
            try:
                report = collection.import_file(file)
            except FileFormatError as error:
                message = str(error)
                assert message.endswith("."), message
                assert "\n" not in message
                assert stored(collection) == before
                return "refused"
            assert report.notes_new >= 0
            assert collection.check(full=True) == []
            collection.undo()
            assert collection.search("").count == 0
            return "taken in"


@pytest.mark.parametrize("layout", MADE)
@TRIES
@given(seed=st.integers(0, 2**32))
def test_a_package_with_mutated_contents(layout: int, seed: int) -> None:
    media = {"a.png": b"picture"}
    with tempfile.TemporaryDirectory() as folder:
        whole = anki.package(Path(folder) / "whole.apkg", MADE[layout], media, layout=layout).read_bytes()
        inner = anki.package(Path(folder) / "inner.apkg", mutated(MADE[layout], seed), media, layout=layout)
        assert tried(inner.read_bytes()) in OUTCOMES
    assert tried(with_inner_mutation(whole, seed)) in OUTCOMES
    assert tried(mutated(whole, seed)) in OUTCOMES


@TRIES
@given(seed=st.integers(0, 2**32))
def test_a_real_package_that_is_mutated(seed: int) -> None:
    files = sorted(corpus_file().parent.rglob("*.apkg"), key=lambda file: file.stat().st_size)[:40]
    if not files:
        pytest.skip("no decks to mutate")
    data = files[seed % len(files)].read_bytes()
    assert tried(mutated(data, seed)) in OUTCOMES
    if zipfile.is_zipfile(BytesIO(data)) and zipfile.ZipFile(BytesIO(data)).namelist():
        assert tried(with_inner_mutation(data, seed)) in OUTCOMES
