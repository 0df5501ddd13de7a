"""A made-up collection for benchmarks: the same for the same seed, written as an Anki package and as a text file.

Twenty decks, 80 % Basic and 20 % Cloze, HTML, tags, some pictures, about ten reviews to a card that was studied.
Days are counted back from the day it is made for, so that some cards are due on that day.
"""

import csv
import json
import random
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import genanki
from genanki.apkg_col import APKG_COL
from genanki.apkg_schema import APKG_SCHEMA

PARENT = "Bench"
DECKS = 20
AGE_DAYS = 400
DAY_MS = 86_400_000
PRESET = 1_600_000_000_001
FIRST_DECK = 1_600_000_000_100
WORD, OTHER_WORD, RARE_WORD, NONSENSE = "gradient", "latency", "zyxomma", "qqxzzvk"
"""The first two stand in about a tenth of the notes each, the third in three notes, the last in none."""

_SYLLABLES = tuple(
    re.findall(r"\w+", "ba ce di fo gu ha ke li mo nu pa re si to vu wa ye zo tra ple ston ver ing")
)
_LIMITS = {"new": 500, "rev": 9999}


@dataclass(frozen=True)
class Synthetic:
    """How many notes are made, for which day, from which seed."""

    notes: int
    day: date
    seed: int = 7

    def rows(self) -> "Rows":
        """Return all rows of the collection as Anki's tables have them."""
        return _Maker(self).make()


@dataclass
class Rows:
    """Rows of Anki's tables `notes`, `cards`, `revlog`, and the pictures by name."""

    created_s: int
    notes: list[tuple[Any, ...]] = field(default_factory=list)
    cards: list[tuple[Any, ...]] = field(default_factory=list)
    reviews: list[tuple[Any, ...]] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)


class _Maker:
    def __init__(self, wanted: Synthetic) -> None:
        self._wanted = wanted
        self._random = random.Random(wanted.seed)
        midnight = datetime(wanted.day.year, wanted.day.month, wanted.day.day, tzinfo=UTC)
        self._created = midnight - timedelta(days=AGE_DAYS) + timedelta(hours=4)
        self._today_ms = round(midnight.timestamp() * 1000) + DAY_MS // 6
        self._rows = Rows(round(self._created.timestamp()))
        self._used: set[int] = set()
        self._words = self._vocabulary()

    def make(self) -> Rows:
        count = self._wanted.notes
        for number in range(max(1, min(60, count // 50))):
            self._rows.media[f"bench-{number:02}.png"] = _png(self._random, 40 + number)
        rare = set(self._random.sample(range(count), min(3, count)))
        for number in range(count):
            self._note(number, rare=number in rare)
        self._rows.reviews.sort()
        return self._rows

    def _vocabulary(self) -> list[str]:
        words = {
            "".join(self._random.choices(_SYLLABLES, k=self._random.choice((2, 2, 3)))) for _ in range(3000)
        }
        return sorted(words)

    def _text(self, low: int, high: int) -> list[str]:
        count = self._random.randint(low, high)
        # Low numbers are drawn more often, as a few words make up most of any text.
        return [self._words[int(len(self._words) * self._random.random() ** 2)] for _ in range(count)]

    def _html(self, words: list[str]) -> str:
        chance = self._random.random
        words = [f"<b>{w}</b>" if chance() < 0.05 else w for w in words]
        cut = self._random.randint(0, len(words))
        joint = self._random.choice((" ", "<br>", "</div><div>", " &amp; ", "&nbsp;"))
        text = " ".join(words[:cut]) + joint + " ".join(words[cut:])
        return f"<div>{text}</div>" if joint == "</div><div>" else text

    def _note(self, number: int, *, rare: bool) -> None:
        chance = self._random.random
        words = self._text(6, 18)
        for special in (WORD, OTHER_WORD):
            if chance() < 0.1:
                words.insert(self._random.randint(0, len(words)), special)
        if rare:
            words.append(RARE_WORD)
        cloze = number % 5 == 4
        answer = self._html(self._text(15, 60))
        if chance() < 0.05 and self._rows.media:
            answer += f'<img src="{self._random.choice(list(self._rows.media))}">'
        holes = self._random.choice((1, 2, 2, 3)) if cloze else 1
        front = self._clozes(words, holes) if cloze else self._html([f"{number}:", *words])
        model = genanki.CLOZE_MODEL if cloze else genanki.BASIC_MODEL
        tags = f" topic-{self._random.randrange(30):02} level::{self._random.randrange(1, 4)} "
        note_id = self._today_ms - AGE_DAYS * DAY_MS + number * 1000
        edited_s = note_id // 1000
        guid = f"bench-{self._wanted.seed}-{number}"
        sort_field = " ".join(words)
        fields = f"{front}\x1f{answer}"
        self._rows.notes.append(
            (
                note_id,
                guid,
                model.model_id,
                edited_s,
                -1,
                tags,
                fields,
                sort_field,
                zlib.crc32(front.encode()),
                0,
                "",
            )
        )
        deck = FIRST_DECK + self._random.randrange(DECKS)
        for ordinal in range(holes):
            self._card(note_id, note_id + ordinal, deck, ordinal, number)

    def _clozes(self, words: list[str], holes: int) -> str:
        marked = list(words)
        for hole in range(holes):
            place = len(marked) * hole // holes
            marked[place] = f"{{{{c{hole + 1}::{marked[place]}}}}}"
        return self._html(marked)

    def _card(self, note_id: int, card_id: int, deck: int, ordinal: int, number: int) -> None:
        if self._random.random() < 0.13:
            row = (
                card_id,
                note_id,
                deck,
                ordinal,
                note_id // 1000,
                -1,
                0,
                0,
                number,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                "{}",
            )
            self._rows.cards.append(row)
            return
        interval = max(1, round(self._random.lognormvariate(3.2, 1.0)))
        interval = min(interval, AGE_DAYS // 2)
        due = AGE_DAYS + self._random.randint(-2, interval - 1)
        ease = self._random.choice((1300, 2100, 2300, 2500, 2500, 2500, 2650))
        count = self._random.randint(4, 16)
        queue = -1 if self._random.random() < 0.01 else 2
        answered_ms = self._today_ms + (min(due - interval, AGE_DAYS - 1) - AGE_DAYS) * DAY_MS
        self._history(card_id, count, answered_ms, interval, ease)
        row = (
            card_id, note_id, deck, ordinal, answered_ms // 1000, -1, 2, queue, due, interval, ease, count,
            self._random.randint(0, 2), 0, 0, 0, 0, "{}",
        )  # fmt: skip
        self._rows.cards.append(row)

    def _history(self, card_id: int, count: int, last_ms: int, interval: int, ease: int) -> None:
        moment = last_ms + self._random.randrange(DAY_MS // 2)
        for step in range(count):
            while moment in self._used:
                moment += 1
            self._used.add(moment)
            before = max(1, interval // 2)
            rating = self._random.choice((1, 2, 3, 3, 3, 3, 4))
            kind = 0 if step == count - 1 else 1
            took = self._random.randint(1500, 20_000)
            self._rows.reviews.append((moment, card_id, -1, rating, interval, before, ease, took, kind))
            moment -= before * DAY_MS // 2 + self._random.randrange(60_000)
            interval = before


def _png(chance: random.Random, side: int) -> bytes:
    """Return a picture of noise, `side` pixels wide and high: nothing that packs well."""

    def part(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes((8, 2, 0, 0, 0))
    lines = b"".join(b"\0" + chance.randbytes(3 * side) for _ in range(side))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")


def deck_name(number: int) -> str:
    """Return the name of the deck `number`, from 0."""
    return f"{PARENT}::Deck {number + 1:02}"


def write_package(rows: Rows, path: Path) -> None:
    """Write the collection as an Anki package of the oldest layout, which every version reads."""
    database = path.with_suffix(".anki2")
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as conn:
        conn.execute("PRAGMA synchronous = OFF")
        conn.executescript(APKG_SCHEMA)
        conn.executescript(APKG_COL)
        _describe(conn, rows)
        for table, values in (("notes", rows.notes), ("cards", rows.cards), ("revlog", rows.reviews)):
            marks = ", ".join("?" * len(values[0])) if values else "?"
            conn.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
        conn.commit()
    with zipfile.ZipFile(path, "w") as packing:
        packing.write(database, "collection.anki2", zipfile.ZIP_DEFLATED)
        packing.writestr("media", json.dumps({str(i): name for i, name in enumerate(rows.media)}))
        for number, content in enumerate(rows.media.values()):
            packing.writestr(str(number), content)
    database.unlink()


def _describe(conn: sqlite3.Connection, rows: Rows) -> None:
    """Fill in the one row that holds decks, note types and presets as JSON."""
    conf, decks, presets = (
        json.loads(text) for text in conn.execute("SELECT conf, decks, dconf FROM col").fetchone()
    )
    conf |= {"schedVer": 2, "nextPos": len(rows.notes)}
    preset = json.loads(json.dumps(presets["1"])) | {"id": PRESET, "name": "Bench"}
    for kind, limit in _LIMITS.items():
        preset[kind]["perDay"] = limit
    presets[str(PRESET)] = preset
    names = {FIRST_DECK - 1: PARENT} | {FIRST_DECK + n: deck_name(n) for n in range(DECKS)}
    for key, name in names.items():
        decks[str(key)] = decks["1"] | {"id": key, "name": name, "conf": PRESET}
    models = {
        str(model.model_id): model.to_json(float(rows.created_s), FIRST_DECK)
        for model in (genanki.BASIC_MODEL, genanki.CLOZE_MODEL)
    }
    conn.execute(
        "UPDATE col SET crt = ?, conf = ?, decks = ?, dconf = ?, models = ?",
        (rows.created_s, *(json.dumps(value) for value in (conf, decks, presets, models))),
    )


def write_csv(rows: Rows, path: Path) -> int:
    """Write the Basic notes as a text file with Anki's header lines and return how many there are."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("#separator:Comma\n#html:true\n#notetype:Basic\n#deck:From text\n#tags column:3\n")
        writing = csv.writer(out, lineterminator="\n")
        for front, back, tags in _basic(rows):
            writing.writerow((front, back, tags))
            count += 1
    return count


def _basic(rows: Rows) -> Iterator[tuple[str, str, str]]:
    for row in rows.notes:
        if row[2] == genanki.BASIC_MODEL.model_id:
            front, back = row[6].split("\x1f")
            yield front, back, unescape(row[5]).strip()
