"""The settings in the dialog of deck options: their words, and one row of the form for each."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QVBoxLayout, QWidget

from mlsd_cards.domain.decks import NewGather, Options
from mlsd_cards.ui.theme import GRADE_NAMES
from mlsd_cards.ui.widgets import Combo, label, panel

FIELD_WIDTH = 250
_STEPS = ("anki-sm2", "fsrs")
_UNITS = ((1440.0, "d"), (60.0, "h"), (1.0, "m"))


@dataclass(frozen=True, slots=True)
class PresetField:
    """A setting: its options, its words, what can be chosen, and the schedulers that heed it (none: all)."""

    keys: tuple[str, ...]
    title: str
    about: str
    choices: tuple[tuple[str, str], ...] = ()
    schedulers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The first of its options, by which it is known."""
        return self.keys[0]


FIELDS = (
    PresetField(
        ("scheduler",),
        "Scheduler",
        "How the day on which a card comes back is found. A change keeps all due dates.",
        (("SM-2 as first published", "sm2"), ("SM-2 as in Anki", "anki-sm2"), ("FSRS", "fsrs")),
    ),
    PresetField(
        ("new_per_day",), "New cards per day", "At most this many cards are shown for the first time."
    ),
    PresetField(
        ("reviews_per_day",), "Reviews per day", "At most this many due cards are shown; others wait."
    ),
    PresetField(
        ("learning_steps",),
        "Learning steps",
        "Pauses of a new card before it counts as learnt, such as 1m 10m or 1h 1d.",
        schedulers=_STEPS,
    ),
    PresetField(
        ("relearning_steps",),
        "Relearning steps",
        "Pauses of a card that was forgotten, before it is reviewed as before.",
        schedulers=_STEPS,
    ),
    PresetField(
        ("graduating_interval",),
        "Graduating interval (days)",
        "First interval after the last learning step, answered Good.",
        schedulers=("anki-sm2",),
    ),
    PresetField(
        ("easy_interval",),
        "Easy interval (days)",
        "First interval of a new card that is answered Easy.",
        schedulers=("anki-sm2",),
    ),
    PresetField(
        ("desired_retention",),
        "Desired retention",
        "Share of cards you still know when they come back; 0.9 is nine of ten. More is more work.",
        schedulers=("fsrs",),
    ),
    PresetField(("maximum_interval",), "Maximum interval (days)", "No card stays away for longer than this."),
    PresetField(
        ("leech_threshold",),
        "Leech threshold",
        "A card forgotten this many times gets the tag “leech”; 0 is never.",
    ),
    PresetField(
        ("new_gather",),
        "New card order",
        "Which new cards come first.",
        (
            ("Deck by deck", NewGather.DECK),
            ("Oldest first", NewGather.LOWEST_POSITION),
            ("Newest first", NewGather.HIGHEST_POSITION),
        ),
    ),
    PresetField(
        ("bury_new", "bury_reviews", "bury_interday_learning"),
        "Bury siblings",
        "After one card of a note, its other cards wait until tomorrow.",
        (("Yes", "true"), ("No", "false")),
    ),
)
TITLES = {key: field.title for field in FIELDS for key in field.keys}


def text_of(options: Options, key: str) -> str:
    """Return the value of an option as it is typed; steps with their units."""
    value = getattr(options, key)
    if isinstance(value, tuple):
        return " ".join(map(_step, value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _step(minutes: float) -> str:
    for size, unit in _UNITS:
        if minutes % size == 0:
            return f"{minutes / size:g}{unit}"
    return f"{minutes * 60:g}s"


class CalmCombo(Combo):
    """A combo box in a page that scrolls: the wheel scrolls the page and never changes a setting by chance."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()


class FieldRow(QWidget):
    """A setting with its line of explanation, the widget to change it, and room for what is wrong with it."""

    edited = Signal()

    def __init__(self, field: PresetField, options: Options) -> None:
        super().__init__()
        self.field = field
        starts = {text_of(options, key) for key in field.keys}
        self._start = starts.pop() if len(starts) == 1 else ""  # several options may differ: that is kept
        self.input, self._read = self._choice() if field.choices else self._line()
        self.input.setObjectName(f"preset_{field.key}")
        self.input.setAccessibleName(field.title)
        self.input.setAccessibleDescription(field.about)
        self.input.setFixedWidth(FIELD_WIDTH)
        self._problem = label("", "alert", wrap=True)
        self._problem.setObjectName(f"presetProblem_{field.key}")
        self._problem.hide()
        title = label(field.title, "heading")
        title.setBuddy(self.input)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(title)
        words.addWidget(label(field.about, "small", wrap=True))
        words.addWidget(self._problem)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 6)
        layout.setSpacing(20)
        layout.addLayout(words, 1)
        layout.addWidget(self.input, 0, Qt.AlignmentFlag.AlignTop)

    @property
    def text(self) -> str:
        """What is typed or chosen."""
        return self._read()

    def changes(self) -> dict[str, str]:
        """Return what was changed, by option; nothing where all is as it was."""
        return {} if self.text == self._start else dict.fromkeys(self.field.keys, self.text)

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong with the value; nothing where it is right."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))
        self.input.setAccessibleDescription(sentence or self.field.about)

    def _line(self) -> tuple[QWidget, Callable[[], str]]:
        line = QLineEdit(self._start)
        line.textChanged.connect(lambda _text: self.edited.emit())
        return line, lambda: line.text().strip()

    def _choice(self) -> tuple[QWidget, Callable[[], str]]:
        combo = CalmCombo()
        combo.setView(QListView())  # takes the style sheet, which the native list does not
        for words, value in self.field.choices:
            combo.addItem(words, str(value))
        if combo.findData(self._start) < 0:
            combo.addItem("As it is now (only some)", self._start)
        combo.setCurrentIndex(combo.findData(self._start))
        combo.currentIndexChanged.connect(lambda _index: self.edited.emit())
        return combo, lambda: str(combo.currentData())


class Preview(QWidget):
    """The four intervals that a new card would be offered."""

    def __init__(self) -> None:
        super().__init__()
        frame, inside = panel()
        inside.setContentsMargins(16, 10, 16, 10)
        inside.addWidget(label("A new card would come back", "small"))
        row = QHBoxLayout()
        self._values = []
        for name in GRADE_NAMES:
            value = label("", "heading")
            value.setObjectName(f"presetPreview_{name}")
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(label(name.capitalize(), "tiny"))
            column.addWidget(value)
            row.addLayout(column, 1)
            self._values.append(value)
        inside.addSpacing(4)
        inside.addLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)

    def show_intervals(self, intervals: tuple[str, ...]) -> None:
        """Show the intervals of Again, Hard, Good and Easy; dashes where there are none."""
        shown = intervals or ("–",) * len(self._values)
        for name, value, text in zip(GRADE_NAMES, self._values, shown, strict=True):
            value.setText(text)
            value.setAccessibleName(f"{name.capitalize()}: {text}")
