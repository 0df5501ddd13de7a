"""Exchange data for tests of packages: many decks, all card states, media, texts that are hard on formats."""

import hashlib
import unicodedata
from pathlib import Path

from hypothesis import strategies as st

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeMedia,
    ExchangeNote,
    ExchangePreset,
    ExchangeReview,
    WriteOptions,
)
from mlsd_cards.domain.notes import Field, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES
from mlsd_cards.rendering.template import card_ordinals

NOW_MS = 1_760_000_000_000  # 9 October 2025
CREATED_DATE = 739_000  # 26 April 2024
OPTIONS = WriteOptions(now_ms=NOW_MS, created_date=CREATED_DATE, created_offset_minutes=120)
MEDIA = {
    "a picture ü.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "sound.mp3": b"ID3" + b"\0" * 500,
    "_style.css": b".x { color: red }" * 40,
    "plain.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}

OWN = NoteType(
    id=NoteTypeId(77),
    name="Own 'type' <ü> \u65e5\u672c",
    fields=(
        Field(name="Wörter", rtl=True, font="DejaVu Sans", font_size=33, description="what & where"),
        Field(name="two words", sticky=True),
        Field(name="third"),
    ),
    templates=(
        Template(
            name="One", front="{{Wörter}}", back="{{FrontSide}}<hr>{{two words}}", browser_front="{{third}}"
        ),
        Template(
            name="Ünï", front="{{#third}}{{two words}}{{/third}}", back="{{hint:third}}", browser_back="b"
        ),
        Template(name="Both", front="{{Wörter}}{{third}}", back="", deck_name="Other::Deep"),
    ),
    css="@import url('_style.css');\n.card { color: #123; }\n/* </style> */",
    sort_field=1,
    latex_pre="\\documentclass{article}\n\\begin{document}",
    latex_post="\\end{document}",
    latex_svg=True,
    modified_ms=1_700_000_000_000,
)
OWN_CLOZE = NoteType(
    id=NoteTypeId(78),
    name="Own cloze",
    kind=NoteTypeKind.CLOZE,
    fields=(Field(name="Text"), Field(name="More")),
    templates=(Template(name="Cloze", front="{{cloze:Text}}", back="{{cloze:Text}}<br>{{More}}"),),
    foreign_id=1_555_555_555_555,
)
NOTE_TYPES = (*STOCK_NOTE_TYPES, OWN, OWN_CLOZE)

DECKS = ("Default", "ML", "ML::Ranking::Two-tower", "Ünï::日本", "Other", "a'b\"c")


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


PIECES = st.one_of(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], include_characters="\n\t"), max_size=12
    ),
    st.sampled_from(
        [
            "<b>x</b>",
            "<",
            "&amp;",
            "{{c1::one::hint}}",
            "{{c2::two {{c3::three}}}}",
            "{{Front}}",
            "}}",
            "{{c1::",
        ]
    ),
    st.sampled_from(
        [
            '<img src="a picture ü.png">',
            "[sound:sound.mp3]",
            '<img src="plain.svg">',
            '<img src="absent.png">',
        ]
    ),
    st.sampled_from(["\\(x^2\\)", "<script>1</script>", "[latex]x[/latex]", "<!-- c -->", "<br>", "'", '"']),
    st.sampled_from(["\u200f", "\U0001f600", "42", "&nbsp;", "<div></div>", "=1"]),
)
TEXT = st.lists(PIECES, max_size=4).map(lambda pieces: composed("".join(pieces)))
TAGS = st.lists(st.sampled_from(["t", "a::b", "leech", "marked", "ünï", "x-y_z"]), max_size=3, unique=True)
MOMENT = st.integers(1_650_000_000_000, NOW_MS)
DATE = st.integers(CREATED_DATE - 300, CREATED_DATE + 3000)


@st.composite
def schedules(draw: st.DrawFn, card: ExchangeCard) -> ExchangeCard:
    """Draw the schedule of a card."""
    state = draw(st.sampled_from(["new", "learning", "review", "relearning"]))
    card = card._replace(
        state=state,
        position=draw(st.integers(0, 10_000)),
        flag=draw(st.integers(0, 7)),
        suspended=draw(st.booleans()),
        buried=draw(st.sampled_from(["", "", "hand", "sibling"])),
    )
    if state == "new":
        return card
    intraday = state != "review" and draw(st.booleans())
    memory = draw(st.booleans())
    return card._replace(
        due_at_ms=draw(MOMENT) // 1000 * 1000 if intraday else None,
        due_date=None if intraday else draw(DATE),
        interval_days=draw(st.integers(1, 36500)) if state != "learning" else 0,
        ease_permille=draw(st.integers(1300, 4000)) if state != "learning" else 0,
        steps_left=draw(st.integers(1, 3)) if state != "review" else 0,
        reps=draw(st.integers(1, 300)),
        lapses=draw(st.integers(0, 30)),
        stability=draw(st.integers(10, 10_000_000)) / 10_000 if memory else None,
        difficulty=draw(st.integers(1000, 10_000)) / 1000 if memory else None,
        last_answer_ms=draw(MOMENT) // 1000 * 1000 if memory else None,
    )


@st.composite
def packages(draw: st.DrawFn, folder: Path, notes: int = 8) -> ExchangeData:
    """Draw exchange data; media files lie in `folder`."""
    data = ExchangeData(note_types=list(NOTE_TYPES))
    data.decks = [
        ExchangeDeck(
            id=number, name=name, description=draw(st.sampled_from(["", "<b>About</b> ü"])), preset_id=3
        )
        for number, name in enumerate(DECKS, 10)
    ]
    data.presets = [ExchangePreset(id=3, name="Mine", options=Options(scheduler="fsrs", new_per_day=7))]
    for number in range(draw(st.integers(1, notes))):
        note_type = draw(st.sampled_from(NOTE_TYPES))
        fields = tuple(draw(TEXT) for _ in note_type.fields)
        guid = f"{draw(st.sampled_from(['', '=', '#']))}guid-{number}"
        made = 1_700_000_000_000 + number
        tags = tuple(draw(TAGS))
        data.notes.append(ExchangeNote(made, guid, int(note_type.id), fields, tags, made, 1_750_000_000_000))
        deck = draw(st.integers(10, 9 + len(DECKS)))
        for ordinal in card_ordinals(note_type, fields, tags=tags, at_least_one=True):
            plain = ExchangeCard(
                made + 1_000_000 * (ordinal + 1), made, deck, ordinal, modified_ms=1_755_000_000_000
            )
            data.cards.append(draw(schedules(plain)))
    data.reviews = [
        ExchangeReview(
            1_720_000_000_000 + number * 1000,
            draw(st.sampled_from(data.cards)).id,
            draw(st.integers(1, 4)),
            draw(st.sampled_from(["learn", "review", "relearn", "early", "manual", "rescheduled", "drill"])),
            draw(st.integers(-600, 3000)),
            draw(st.integers(-600, 3000)),
            draw(st.sampled_from([0, 550, 2500])),
            draw(st.integers(0, 60_000)),
        )
        for number in range(draw(st.integers(0, 5)))
    ]
    data.media = media_in(folder)
    return data


def media_in(folder: Path) -> dict[str, ExchangeMedia]:
    """Return the media of the drawn packages, written to `folder`."""
    found = {}
    for name, content in MEDIA.items():
        path = folder / name
        if not path.exists():
            path.write_bytes(content)
        found[name] = ExchangeMedia(name, path, len(content), hashlib.sha256(content).hexdigest())
    return found
