"""The settings of deck options that few people need: shown when they are asked for."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QListView, QVBoxLayout, QWidget

from mlsd_cards.domain.decks import Mix, NewSort, Options, ReviewOrder
from mlsd_cards.ui.dialogs.preset_parts import CalmCombo, PresetField
from mlsd_cards.ui.widgets import label

_ANKI, _FSRS = ("anki-sm2",), ("fsrs",)
_FUZZED = (*_ANKI, *_FSRS)
_YES_NO = (("Yes", "true"), ("No", "false"))
_MIX = (("Among the reviews", Mix.MIX), ("After the reviews", Mix.AFTER), ("Before the reviews", Mix.BEFORE))

MORE_FIELDS = (
    PresetField(
        ("review_order",),
        "Review order",
        "Which due cards come first.",
        (
            ("By due day, then deck", ReviewOrder.DUE_DAY_DECK),
            ("Short intervals first", ReviewOrder.INTERVALS_ASCENDING),
            ("Long intervals first", ReviewOrder.INTERVALS_DESCENDING),
            ("Hardest first", ReviewOrder.EASE_ASCENDING),
            ("Most overdue first", ReviewOrder.RELATIVE_OVERDUE),
            ("Least remembered first", ReviewOrder.RETRIEVABILITY_ASCENDING),
        ),
    ),
    PresetField(("new_mix",), "New cards come", "Where new cards stand in the day's list.", _MIX),
    PresetField(
        ("interday_learning_mix",),
        "Learning of other days comes",
        "Where cards stand whose learning step goes over a night.",
        _MIX,
        schedulers=_FUZZED,
    ),
    PresetField(
        ("new_sort",),
        "New cards of one note",
        "How new cards are sorted once they are collected.",
        (("First cards first", NewSort.TEMPLATE), ("As collected", NewSort.NO_SORT)),
    ),
    PresetField(
        ("new_ignore_review_limit",),
        "New cards beside the limit of reviews",
        "No: new cards wait while reviews fill the day.",
        _YES_NO,
    ),
    PresetField(
        ("starting_ease",),
        "Starting ease",
        "How much the interval of a new card grows at Good; 2.5 is usual.",
        schedulers=_ANKI,
    ),
    PresetField(
        ("easy_bonus",), "Easy bonus", "What Easy multiplies the interval of Good by.", schedulers=_ANKI
    ),
    PresetField(
        ("hard_multiplier",), "Hard multiplier", "What Hard multiplies the interval by.", schedulers=_ANKI
    ),
    PresetField(
        ("interval_modifier",),
        "Interval modifier",
        "What every interval is multiplied by; below 1 is more work.",
        schedulers=_ANKI,
    ),
    PresetField(
        ("lapse_multiplier",),
        "After a lapse",
        "What is left of the interval of a forgotten card; 0 begins anew.",
        schedulers=_ANKI,
    ),
    PresetField(
        ("minimum_lapse_interval",),
        "Least interval after a lapse (days)",
        "A forgotten card never comes sooner than this once it is learnt again.",
        schedulers=_ANKI,
    ),
    PresetField(
        ("leech_suspend",), "Suspend leeches", "Yes: a card that becomes a leech is taken out.", _YES_NO
    ),
    PresetField(
        ("maximum_answer_seconds",),
        "Longest answer (seconds)",
        "Time beyond this does not count: you were away.",
    ),
    PresetField(
        ("fuzz",),
        "Spread intervals",
        "Cards learnt together drift apart by a day or so.",
        _YES_NO,
        schedulers=_FUZZED,
    ),
    PresetField(
        ("load_balance",),
        "Even out the days",
        "Of the days that spreading allows, emptier ones are taken.",
        _YES_NO,
        schedulers=_FUZZED,
    ),
)
EASY_DAYS = PresetField(
    ("easy_days",),
    "Easy days",
    "Weekdays that shall have fewer reviews, as far as spreading allows.",
    schedulers=_FUZZED,
)
MORE_TITLES = {key: field.title for field in (*MORE_FIELDS, EASY_DAYS) for key in field.keys}

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHARES = {1.0: "normal", 0.5: "reduced", 0.0: "minimum"}


class EasyDaysRow(QWidget):
    """Seven choices, one for each weekday."""

    edited = Signal()
    field = EASY_DAYS

    def __init__(self, options: Options) -> None:
        super().__init__()
        shares = options.easy_days or (1.0,) * len(_DAYS)
        self._start = " ".join(_SHARES.get(share, "reduced") for share in shares)
        self._days = [self._day(name, word) for name, word in zip(_DAYS, self._start.split(), strict=True)]
        self.input = self._days[0]
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(EASY_DAYS.title, "heading"))
        words.addWidget(label(EASY_DAYS.about, "small", wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        for row, (name, combo) in enumerate(zip(_DAYS, self._days, strict=True)):
            shown = label(name, "small")
            shown.setBuddy(combo)
            grid.addWidget(shown, row, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(combo, row, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 6)
        layout.setSpacing(20)
        layout.addLayout(words, 1)
        layout.addLayout(grid)
        layout.setAlignment(words, Qt.AlignmentFlag.AlignTop)

    def changes(self) -> dict[str, str]:
        """Return the days in words, Monday first; nothing where all are as they were."""
        text = " ".join(str(combo.currentData()) for combo in self._days)
        return {} if text == self._start else {EASY_DAYS.key: text}

    def show_problem(self, sentence: str) -> None:
        """Nothing can be wrong with a choice."""

    def _day(self, name: str, word: str) -> CalmCombo:
        combo = CalmCombo()
        combo.setView(QListView())
        for share in _SHARES.values():
            combo.addItem(share.capitalize(), share)
        combo.setCurrentIndex(combo.findData(word))
        combo.setObjectName(f"preset_easy_{name.lower()}")
        combo.setAccessibleName(f"Easy days: {name}")
        combo.setFixedWidth(150)
        combo.currentIndexChanged.connect(lambda _index: self.edited.emit())
        return combo
