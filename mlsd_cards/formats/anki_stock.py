"""The note types that every Anki collection begins with; a text file may name them without describing them.

Names, fields and templates are Anki's (they decide which cards a note makes); the style sheet is our own.
Source: ankitects/anki `rslib/src/notetype/stock.rs`, as its Python package answers (facts).
"""

from mlsd_cards.domain.notes import Field, NoteType, NoteTypeId, NoteTypeKind, Template

BASIC = "Basic"

_CSS = """.card {
  font-family: sans-serif;
  font-size: 20px;
  line-height: 1.5;
  text-align: center;
}
"""
_CLOZE_CSS = """.cloze {
  font-weight: bold;
  color: #1a56c4;
}
.nightMode .cloze {
  color: #8ab4f8;
}
"""
_LINE = "\n\n<hr id=answer>\n\n"
_PICTURE = (
    '{{#Header}}<div>{{Header}}</div>{{/Header}}\n<div style="display: none">{{cloze:Occlusion}}</div>\n'
    '<div id="image-occlusion-container">\n{{Image}}\n<canvas id="image-occlusion-canvas"></canvas>\n</div>\n'
    # Here scripts never run and the shapes are drawn without; in Anki this call draws them.
    "<script>anki.imageOcclusion.setup();</script>\n"
)


def _template(name: str, front: str, back: str) -> Template:
    return Template(name=name, front=front, back=back)


def _fields(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name=name) for name in names)


def _turned(back: str) -> str:
    return "{{FrontSide}}" + _LINE + back


_FORWARD = _template("Card 1", "{{Front}}", _turned("{{Back}}"))

STOCK_NOTE_TYPES: tuple[NoteType, ...] = (
    NoteType(
        id=NoteTypeId(1),
        name=BASIC,
        fields=_fields("Front", "Back"),
        templates=(_FORWARD,),
        css=_CSS,
        stock_kind=1,
    ),
    NoteType(
        id=NoteTypeId(2),
        name="Basic (and reversed card)",
        fields=_fields("Front", "Back"),
        templates=(_FORWARD, _template("Card 2", "{{Back}}", _turned("{{Front}}"))),
        css=_CSS,
        stock_kind=2,
    ),
    NoteType(
        id=NoteTypeId(3),
        name="Basic (optional reversed card)",
        fields=_fields("Front", "Back", "Add Reverse"),
        templates=(
            _FORWARD,
            _template("Card 2", "{{#Add Reverse}}{{Back}}{{/Add Reverse}}", _turned("{{Front}}")),
        ),
        css=_CSS,
        stock_kind=3,
    ),
    NoteType(
        id=NoteTypeId(4),
        name="Basic (type in the answer)",
        fields=_fields("Front", "Back"),
        templates=(_template("Card 1", "{{Front}}\n\n{{type:Back}}", "{{Front}}" + _LINE + "{{type:Back}}"),),
        css=_CSS,
        stock_kind=4,
    ),
    NoteType(
        id=NoteTypeId(5),
        name="Cloze",
        kind=NoteTypeKind.CLOZE,
        fields=_fields("Text", "Back Extra"),
        templates=(_template("Cloze", "{{cloze:Text}}", "{{cloze:Text}}<br>\n{{Back Extra}}"),),
        css=_CSS + _CLOZE_CSS,
        stock_kind=5,
    ),
    NoteType(
        id=NoteTypeId(6),
        name="Image Occlusion",
        kind=NoteTypeKind.CLOZE,
        fields=_fields("Occlusion", "Image", "Header", "Back Extra", "Comments"),
        templates=(
            _template(
                "Image Occlusion",
                _PICTURE,
                _PICTURE + "{{#Back Extra}}<div>{{Back Extra}}</div>{{/Back Extra}}\n",
            ),
        ),
        css=_CSS,
        stock_kind=6,
    ),
)

_BY_NAME = {note_type.name.casefold(): note_type for note_type in STOCK_NOTE_TYPES}


def stock_note_type(name: str) -> NoteType | None:
    """Return the stock note type of that name, whatever its letter case; None if there is none."""
    return _BY_NAME.get(name.casefold())
