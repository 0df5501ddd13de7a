"""Whatever bytes or values a package holds: it is read whole, or refused with a sentence. Nothing else happens."""

import tempfile
import zipfile
from pathlib import Path
from typing import Any

from helpers import anki_packages as anki
from helpers.anki_packages import DECK, MODEL, NOW_MS, card, deck, model, note
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.formats import apkg
from mlsd_cards.formats.anki_decks import deck_name
from mlsd_cards.formats.anki_json import parse_json
from mlsd_cards.formats.anki_media import Media, MediaEntry, entries_from_json, entries_from_proto
from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.anki_rows import usable_ids
from mlsd_cards.formats.limits import MEDIA_NAME_BYTES
from mlsd_cards.formats.media_names import allowed_media_name, cleaned_media_name, safe_media_name
from mlsd_cards.formats.protowire import Message

PLACE = Place(Path("deck.apkg"))
KINDS = {"not-a-deck", "damaged", "unsafe", "limit", "too-new", "inconsistent", "unsupported"}
LAYOUTS = {
    2: ("collection.anki21", anki.collection(notes=[note(fields=['<img src="a.png">', "b"])])),
    3: ("collection.anki21b", anki.collection_18(notes=[note(fields=['<img src="a.png">', "b"])])),
}
ANY_NUMBER = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.integers(-5, 5), st.floats(), st.none(), st.text(max_size=3)
)
ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
TRIES = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(path: Path, folder: Path) -> ExchangeData | None:
    """Return what the package holds, checked for wholeness; None if it is refused as it should be."""
    work_dir = folder / "work"
    work_dir.mkdir(exist_ok=True)
    try:
        data = apkg.read(path, ReadOptions(work_dir=work_dir, now_ms=NOW_MS))
    except FileFormatError as error:
        message = str(error)
        if error.kind not in KINDS or not message.endswith(".") or not message.isprintable():
            raise AssertionError(message) from error
        if list(work_dir.iterdir()):
            raise AssertionError("files were left behind") from error
        return None
    check(data)
    return data


def check(data: ExchangeData) -> None:
    """Assert what everyone after the reader relies on."""
    types = {note_type.id: note_type for note_type in data.note_types}
    notes = {found.id: found for found in data.notes}
    decks = {found.id for found in data.decks}
    cards = {found.id for found in data.cards}
    assert len(types) == len(data.note_types)
    assert len(notes) == len(data.notes)
    assert len(cards) == len(data.cards)
    assert len(decks) == len(data.decks) == len({found.name.casefold() for found in data.decks})
    assert {found.preset_id for found in data.decks} <= {preset.id for preset in data.presets}
    guids = [found.guid for found in data.notes if found.guid]
    assert len(guids) == len(set(guids))
    for found in data.notes:
        assert len(found.fields) == len(types[found.note_type_id].fields)
        assert found.deck_id in decks | {0}
        "".join((*found.fields, *found.tags)).encode()
    seen = set()
    for each in data.cards:
        assert each.note_id in notes
        assert each.deck_id in decks
        assert each.filtered_deck_id in decks | {0}
        assert (each.note_id, each.ordinal) not in seen
        seen.add((each.note_id, each.ordinal))
        due = (each.due_date is not None) + (each.due_at_ms is not None)
        assert due == (0 if each.state == "new" else 1)
        assert each.due_date is None or 1 <= each.due_date <= 3_652_059
        assert (each.stability is None) == (each.difficulty is None)
        assert each.stability is None or 0.001 <= each.stability <= 36_500
        assert each.difficulty is None or 1 <= each.difficulty <= 10
        assert 0 <= each.flag <= 7
    ids = [review.id for review in data.reviews]
    assert ids == sorted(set(ids))
    assert all(0 < number <= NOW_MS + 86_400_000 for number in ids)
    assert all(review.card_id in cards for review in data.reviews)
    assert all(safe_media_name(name) == name for name in data.media)


@TRIES
@given(layout=st.sampled_from([2, 3]), data=st.data())
def test_any_change_to_a_database_is_read_or_refused(layout: int, data: st.DataObject) -> None:
    name, db = LAYOUTS[layout]
    bent = bytearray(db)
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(bent) - 1))
        bent[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(bent)), st.integers(0, len(bent))))
    member = bytes(bent[:cut])
    with tempfile.TemporaryDirectory() as folder:
        extra = {name: anki.zstd(member) if layout == 3 else member}
        path = anki.package(Path(folder, "deck.apkg"), db, {"a.png": b"png"}, layout=layout, extra=extra)
        found = read(path, Path(folder))
        assert found is None or len(found.notes) <= 1


@TRIES
@given(layout=st.sampled_from([2, 3]), data=st.data())
def test_any_change_to_an_archive_is_read_or_refused(layout: int, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = anki.package(Path(folder, "deck.apkg"), LAYOUTS[layout][1], {"a.png": b"png"}, layout=layout)
        raw = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(0, 6))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(raw[: data.draw(st.one_of(st.just(len(raw)), st.integers(0, len(raw))))])
        found = read(path, Path(folder))
        assert found is None or len(found.notes) == 1


@TRIES
@given(
    members=st.dictionaries(st.sampled_from(["meta", "media", "0", "1"]), st.binary(max_size=60), max_size=4)
)
def test_any_meta_media_list_and_files_are_read_or_refused(members: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = anki.package(Path(folder, "deck.apkg"), LAYOUTS[2][1], {"a.png": b"png"}, extra=members)
        found = read(path, Path(folder))
        assert found is None or len(found.notes) == 1


@TRIES
@given(
    values=st.lists(st.tuples(st.sampled_from(list(card())), ANY_NUMBER), max_size=8),
    stamps=st.lists(st.tuples(*[ANY_NUMBER] * 8), max_size=4),
    scheduler=st.sampled_from([1, 2]),
    created=ANY_NUMBER,
)
def test_any_values_of_cards_and_reviews_become_usable(
    values: list[tuple[str, Any]], stamps: list[tuple[Any, ...]], scheduler: int, created: Any
) -> None:
    changes = {name: value for name, value in values if name != "id" or isinstance(value, int)}
    columns = ("id", "cid", "ease", "ivl", "lastIvl", "factor", "time", "type")
    reviews = {row[0]: dict(zip(columns, row, strict=True)) for row in stamps if isinstance(row[0], int)}
    decks = [deck(1, "Default"), deck(), deck(7, "Cram", dyn=1, terms=[], resched=False)]
    db = anki.collection(
        notes=[note(), note(2, guid="g1")],
        cards=[{**card(), **changes}, card(55, 2, did=7, odid=DECK)],
        reviews=list(reviews.values()),
        decks=decks,
        config={"schedVer": scheduler},
        crt=created,
    )
    with tempfile.TemporaryDirectory() as folder:
        found = read(anki.package(Path(folder, "deck.apkg"), db), Path(folder))
        assert found is not None
        assert len(found.notes) == 2


@TRIES
@given(
    changes=st.dictionaries(
        st.sampled_from(["name", "type", "sortf", "css", "flds", "tmpls", "did", "mod", "originalId"]),
        ANY_JSON,
    ),
    deck_changes=st.dictionaries(st.sampled_from(["name", "conf", "dyn", "desc", "resched"]), ANY_JSON),
    preset=ANY_JSON,
    config=ANY_JSON,
)
def test_any_json_becomes_a_deck_or_is_refused(
    changes: dict[str, Any], deck_changes: dict[str, Any], preset: Any, config: Any
) -> None:
    db = anki.collection(
        models=[{**model(), **changes}, model(MODEL + 1)],
        decks=[deck(1, "Default"), {**deck(), **deck_changes}],
        presets={"1": preset},
        config={"creationOffset": config, "fsrs": config, "nextPos": config, "schedVer": config},
    )
    with tempfile.TemporaryDirectory() as folder:
        found = read(anki.package(Path(folder, "deck.apkg"), db), Path(folder))
        assert found is None or found.notes


@TRIES
@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_protobuf_or_refused(data: bytes) -> None:
    refused = 0
    for parse in (parse_json, entries_from_json, entries_from_proto, Message):
        try:
            parse(data, PLACE)
        except FileFormatError as error:
            refused += error.kind in KINDS
    assert 0 <= refused <= 4


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_names_of_media_are_safe_or_none(name: str) -> None:
    for found in (safe_media_name(name), allowed_media_name(name)):
        if found is not None:
            assert safe_media_name(found) == found
            assert len(found.encode()) <= MEDIA_NAME_BYTES
            assert not set(found) & set('/\\:<>"|?*\0\n')
            assert found[0] not in ".-"
    cleaned = cleaned_media_name(name)
    assert cleaned_media_name(cleaned) == cleaned
    assert len(cleaned.encode("utf-8", "surrogatepass")) <= MEDIA_NAME_BYTES + 1


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<img src=\"'>a.png [sound:]&;?\n", max_size=200))
def test_rewriting_references_twice_changes_no_more(text: str) -> None:
    media = Media(place=PLACE, entries=[MediaEntry(name="a.png", member="0")])
    once = media.rewrite(text)
    assert media.rewrite(once) == once


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="a: \t\n\x00é", max_size=300))
def test_deck_names_are_stable(name: str) -> None:
    once = deck_name(name, "::")
    assert deck_name(once, "::") == once
    assert all(part.strip() for part in once.split("::"))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-3, 12) | st.integers(2**53 - 2, 2**53 + 2), max_size=30))
def test_ids_become_keys(ids: list[int]) -> None:
    usable, replaced = usable_ids(ids)
    assert len(usable) == len(set(usable)) == len(ids)
    assert all(0 < number <= 2**53 for number in usable)
    assert sum(old != new for old, new in zip(ids, usable, strict=True)) == replaced


@TRIES
@given(st.lists(st.text(min_size=1, max_size=12), max_size=6))
def test_members_that_the_format_does_not_name_are_never_unpacked(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer, "inner")
        folder.mkdir()
        path = anki.package(folder / "deck.apkg")
        with zipfile.ZipFile(path, "a") as archive:
            for number, name in enumerate(names):
                archive.writestr(f"../{number}{name}", b"no")
        assert read(path, folder) is not None
        assert [each.name for each in Path(outer).iterdir()] == ["inner"]
