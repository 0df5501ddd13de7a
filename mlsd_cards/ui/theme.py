"""Colours, sizes and fonts, named once: the window's style sheet and the card's variables come from them."""

from dataclasses import dataclass
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from mlsd_cards.paths import resources_dir

FONT_FAMILIES = ("Inter", "Segoe UI", "Noto Sans", "sans-serif")
FONT_PIXELS = 15
RADIUS = 12
GRADE_NAMES = ("again", "hard", "good", "easy")
"""Names of the four grade colours, in the order of the ratings 1 to 4."""

FLAG_NAMES = ("", "Red", "Orange", "Green", "Blue", "Pink", "Turquoise", "Purple")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one scheme.

    `*_text` are the grade colours for words, dark or light enough for 4.5:1 on `bg` and on `surface`.
    """

    dark: bool
    bg: str
    surface: str
    line: str
    ink: str
    muted: str
    accent: str
    accent_soft: str
    accent_text: str
    on_accent: str
    again: str
    hard: str
    good: str
    easy: str
    again_text: str
    hard_text: str
    good_text: str
    easy_text: str

    def color(self, name: str) -> QColor:
        """Return the colour called `name`."""
        return QColor(getattr(self, name))


LIGHT = Tokens(
    dark=False,
    bg="#F6F5F1",
    surface="#FFFFFF",
    line="#E3E0D8",
    ink="#1E2228",
    muted="#6B6F76",
    accent="#3D5AFE",
    accent_soft="#E8ECFF",
    accent_text="#3B57F6",
    on_accent="#FFFFFF",
    again="#C8412F",
    hard="#B9770E",
    good="#2B8A57",
    easy="#2A6FBB",
    again_text="#C6402F",
    hard_text="#9A630B",
    good_text="#267C4E",
    easy_text="#2A6FBB",
)
DARK = Tokens(
    dark=True,
    bg="#14161A",
    surface="#1C1F25",
    line="#2D3139",
    ink="#E8E8E4",
    muted="#979BA3",
    accent="#8C9EFF",
    accent_soft="#262C4A",
    accent_text="#8C9EFF",
    on_accent="#14161A",
    again="#F0705E",
    hard="#E5A94A",
    good="#5CC48D",
    easy="#6CABEF",
    again_text="#F0705E",
    hard_text="#E5A94A",
    good_text="#5CC48D",
    easy_text="#6CABEF",
)


def style_sheet(tokens: Tokens) -> str:
    """Return the style sheet of the whole window in the colours of `tokens`."""
    icons = resources_dir() / "icons"
    sheet = (resources_dir() / "web" / "window.qss").read_text(encoding="utf-8")
    shade = "dark" if tokens.dark else "light"
    other = LIGHT if tokens.dark else DARK
    values = {name: getattr(tokens, name) for name in Tokens.__slots__ if name != "dark"}
    return Template(sheet).substitute(
        values,
        hover=_mixed(tokens.ink, tokens.surface, 0.04),
        accent_hover=_mixed(tokens.ink, tokens.accent, 0.10),
        scroll=_mixed(tokens.ink, tokens.bg, 0.22),
        toast_action=other.accent,
        check=(icons / f"check-{shade}.svg").as_posix(),
        down=(icons / f"down-{shade}.svg").as_posix(),
    )


def _mixed(over: str, under: str, share: float) -> str:
    """Return `under` with `share` of `over` laid upon it."""
    a, b = QColor(over), QColor(under)
    red, green, blue = (
        round(x * share + y * (1 - share))
        for x, y in ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    )
    return QColor(red, green, blue).name()


def palette(tokens: Tokens) -> QPalette:
    """Return the palette for everything that the style sheet does not name."""
    colors = QPalette()
    roles = QPalette.ColorRole
    for role, name in (
        (roles.Window, "bg"),
        (roles.Base, "surface"),
        (roles.AlternateBase, "bg"),
        (roles.Button, "surface"),
        (roles.ToolTipBase, "surface"),
        (roles.WindowText, "ink"),
        (roles.Text, "ink"),
        (roles.ButtonText, "ink"),
        (roles.ToolTipText, "ink"),
        (roles.PlaceholderText, "muted"),
        (roles.Highlight, "accent"),
        (roles.HighlightedText, "on_accent"),
        (roles.Link, "accent_text"),
        (roles.Mid, "line"),
    ):
        colors.setColor(role, tokens.color(name))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        colors.setColor(QPalette.ColorGroup.Disabled, role, tokens.color("muted"))
    return colors


def card_variables(tokens: Tokens) -> dict[str, str]:
    """Return the CSS variables that a card may use, without their leading dashes."""
    names = (*Tokens.__slots__[1:], "radius", "font")
    own = {"radius": f"{RADIUS}px", "font": ", ".join(f'"{f}"' if " " in f else f for f in FONT_FAMILIES)}
    return {name.replace("_", "-"): own.get(name) or getattr(tokens, name) for name in names}


def font(pixels: int = FONT_PIXELS, weight: int = 400) -> QFont:
    """Return the window's font, `pixels` high, of a weight from 1 to 1000."""
    made = QFont()
    made.setFamilies(list(FONT_FAMILIES))
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    return made


class Theme(QObject):
    """Which scheme is shown. It follows the system unless `choice` says otherwise."""

    changed = Signal()

    def __init__(self, choice: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self.tokens = self._wanted()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def choice(self) -> str:
        """`system`, `light` or `dark`."""
        return self._choice

    def choose(self, choice: str) -> None:
        """Follow the system, or force `light` or `dark`."""
        self._choice = choice
        self._system_changed()

    def apply(self) -> None:
        """Set style, palette and font of the application."""
        QApplication.setStyle("Fusion")
        QApplication.setPalette(palette(self.tokens))
        QApplication.setFont(font())

    def _system_changed(self) -> None:
        wanted = self._wanted()
        if wanted != self.tokens:
            self.tokens = wanted
            QApplication.setPalette(palette(wanted))
            self.changed.emit()

    def _wanted(self) -> Tokens:
        if self._choice in ("light", "dark"):
            return DARK if self._choice == "dark" else LIGHT
        return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
