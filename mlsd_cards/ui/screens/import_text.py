"""How a text file is read: its first rows split into columns, and everything that was guessed, to be corrected."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QGridLayout, QListView, QVBoxLayout, QWidget

from mlsd_cards.domain.exchange import OnMatch, TextOptions, TextTable
from mlsd_cards.ui.widgets import Combo, ElidedLabel, label, panel, rule

SEPARATORS = (
    ("Comma", ","), ("Semicolon", ";"), ("Tab", "\t"), ("Pipe |", "|"), ("Colon", ":"), ("Blank", " "),
)  # fmt: skip
ENCODINGS = (
    ("UTF-8", "utf-8-sig"),
    ("UTF-16", "utf-16"),
    ("UTF-16 without a mark", "utf-16-le"),
    ("Western European", "cp1252"),
    ("Central European", "cp1250"),
    ("Cyrillic", "cp1251"),
    ("Japanese", "shift_jis"),
    ("Chinese", "gb18030"),
)
DUPLICATES = (
    ("Update my note", OnMatch.UPDATE),
    ("Keep my note as it is", OnMatch.KEEP),
    ("Keep both", OnMatch.DUPLICATE),
)
_MOST_COLUMNS = 6  # that the table shows
_FIELDS_A_ROW = 3
_NONE = "No column"


class TextPanel(QFrame):
    """Choices for a text file. `changed` is called with all of them when the user makes one."""

    def __init__(self, changed: Callable[[TextOptions], object]) -> None:
        super().__init__()
        self._changed = changed
        self._options = TextOptions()
        self._table: TextTable | None = None
        self._filling = False
        frame, layout = panel("How the file is read")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 20)
        outer.addWidget(frame)
        self._rows = QWidget()
        self._grid = QGridLayout(self._rows)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        layout.addWidget(self._rows)
        layout.addSpacing(14)
        layout.addLayout(self._choices())
        layout.addSpacing(14)
        self._fields = QWidget()
        self._field_grid = QGridLayout(self._fields)
        self._field_grid.setContentsMargins(0, 0, 0, 0)
        self._field_grid.setHorizontalSpacing(16)
        layout.addWidget(self._fields)
        self._columns: list[QComboBox] = []

    @property
    def options(self) -> TextOptions:
        """What the user chose so far."""
        return self._options

    def start(self) -> None:
        """Forget what was chosen for another file."""
        self._options = TextOptions()
        self._table = None
        self.hide()

    def show_table(self, table: TextTable) -> None:
        """Show how the file was read."""
        self._filling = True
        self._table = table
        self._show_rows(table)
        for combo, value in (
            (self._separator, table.separator),
            (self._encoding, table.encoding),
            (self._matches, table.on_match),
        ):
            _choose(combo, value)
        self._note_type.clear()
        names = [*dict.fromkeys([table.note_type, *table.note_types])]
        for name in names:
            self._note_type.addItem(name or "As a column says", name)
        self._note_type.setCurrentIndex(0)
        self._header.setChecked(table.has_header)
        self._html.setChecked(table.is_html)
        self._show_fields(table)
        self._filling = False
        self.show()

    # -- the parts -----------------------------------------------------------------------------------

    def _choices(self) -> QGridLayout:
        self._separator = self._combo("importSeparator", "Columns are separated by", SEPARATORS)
        self._encoding = self._combo("importEncoding", "Encoding", ENCODINGS)
        self._note_type = self._combo("importNoteType", "Note type", ())
        self._matches = self._combo("importDuplicates", "A note that is here already", DUPLICATES)
        self._header = self._check("importHeader", "The first row names the columns")
        self._html = self._check("importHtml", "Cells are HTML")
        self._separator.activated.connect(
            lambda: self._choose(separator=self._separator.currentData(), columns=None, tags_column=None)
        )
        self._encoding.activated.connect(lambda: self._choose(encoding=self._encoding.currentData()))
        self._note_type.activated.connect(
            lambda: self._choose(note_type=self._note_type.currentData(), columns=None)
        )
        self._matches.activated.connect(lambda: self._choose(on_match=self._matches.currentData()))
        self._header.clicked.connect(lambda on: self._choose(has_header=on))
        self._html.clicked.connect(lambda on: self._choose(is_html=on))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for number, combo in enumerate((self._separator, self._encoding, self._note_type, self._matches)):
            grid.addWidget(_caption(combo), 0, number)
            grid.addWidget(combo, 1, number)
            grid.setColumnStretch(number, 1)
        grid.setRowMinimumHeight(2, 8)
        grid.addWidget(self._header, 3, 0, 1, 2)
        grid.addWidget(self._html, 3, 2, 1, 2)
        return grid

    def _combo(self, name: str, words: str, entries: Sequence[tuple[str, object]]) -> Combo:
        made = Combo()
        made.setView(QListView())  # takes the style sheet, which the native list does not
        made.setObjectName(name)
        made.setAccessibleName(words)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.setMinimumContentsLength(8)
        for text, value in entries:
            made.addItem(text, value)
        return made

    def _check(self, name: str, words: str) -> QCheckBox:
        made = QCheckBox(words)
        made.setObjectName(name)
        made.setAccessibleName(words)
        return made

    def _show_rows(self, table: TextTable) -> None:
        _empty(self._grid)
        width = min(table.width, _MOST_COLUMNS)
        heads = [_column_name(table, column) for column in range(1, width + 1)]
        if table.width > width:
            heads[-1] += f" (+{table.width - width})"
        for at, row in enumerate([heads, *table.rows]):
            for column in range(width):
                cell = ElidedLabel("muted" if at == 0 else "fact")
                cell.setContentsMargins(6, 5, 10, 5)
                cell.set_whole_text((row[column] if column < len(row) else "").replace("\n", " "))
                self._grid.addWidget(cell, 2 * at, column)
            self._grid.addWidget(rule(), 2 * at + 1, 0, 1, width)
        for column in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(column, int(column < width))

    def _show_fields(self, table: TextTable) -> None:
        """Let each field choose its column. The boxes stay where they can, so that the keyboard does."""
        names = [*(f"Field {name}" for name in table.fields), "Tags"]
        if [made.accessibleName() for made in self._columns] != names:
            self._make_fields(names)
        entries = [(_NONE, 0), *((_column_name(table, at), at) for at in range(1, table.width + 1))]
        for made, column in zip(self._columns, (*table.columns, table.tags_column), strict=False):
            made.clear()
            for text, value in entries:
                made.addItem(text, value)
            _choose(made, column)
        self._fields.setVisible(bool(table.fields))

    def _make_fields(self, names: Sequence[str]) -> None:
        _empty(self._field_grid)
        self._columns = []
        for number, name in enumerate(names):
            tags = number == len(names) - 1
            made = self._combo("importTagsColumn" if tags else f"importColumn{number}", name, ())
            made.activated.connect(self._choose_columns)
            self._columns.append(made)
            row, place = divmod(number, _FIELDS_A_ROW)
            self._field_grid.addWidget(_caption(made), 2 * row, place)
            self._field_grid.addWidget(made, 2 * row + 1, place)
            self._field_grid.setColumnStretch(place, 1)

    # -- choosing ------------------------------------------------------------------------------------

    def _choose_columns(self) -> None:
        *fields, tags = [made.currentData() for made in self._columns]
        self._choose(columns=tuple(fields), tags_column=tags)

    def _choose(self, **choices: object) -> None:
        if not self._filling:
            self._options = replace(self._options, **choices)  # type: ignore[arg-type]
            self._changed(self._options)


def _column_name(table: TextTable, column: int) -> str:
    name = table.names[column - 1] if column <= len(table.names) else ""
    return name or f"Column {column}"


def _caption(combo: QComboBox) -> QWidget:
    made = label(combo.accessibleName(), "small", wrap=True)
    made.setBuddy(combo)
    made.setAlignment(Qt.AlignmentFlag.AlignBottom)
    return made


def _choose(combo: QComboBox, value: object) -> None:
    at = next((number for number in range(combo.count()) if combo.itemData(number) == value), -1)
    if at < 0:
        combo.addItem(str(value), value)
        at = combo.count() - 1
    combo.setCurrentIndex(at)


def _empty(grid: QGridLayout) -> None:
    while item := grid.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
