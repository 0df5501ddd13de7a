"""Program text in colour: tokens as classes, colours from a style sheet for light and dark pages."""

from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer

MAX_CODE = 50_000  # signs; longer text stays plain

# Only these: a stranger's deck chooses the language, and some lexers can be made to run for very long.
_LANGUAGES = {
    **dict.fromkeys(("python", "py", "python3"), "python"),
    **dict.fromkeys(("pycon", "python-console"), "pycon"),
    **dict.fromkeys(("bash", "sh", "shell", "zsh"), "bash"),
    **dict.fromkeys(("console", "shell-session"), "console"),
    **dict.fromkeys(("yaml", "yml"), "yaml"),
    **dict.fromkeys(("json", "jsonc"), "json"),
    **dict.fromkeys(("javascript", "js"), "javascript"),
    **dict.fromkeys(("typescript", "ts"), "typescript"),
    **dict.fromkeys(("cpp", "c++", "cuda"), "cpp"),
    **dict.fromkeys(("docker", "dockerfile"), "docker"),
    **dict.fromkeys(("hcl", "terraform", "tf"), "terraform"),
    **dict.fromkeys(("proto", "protobuf"), "protobuf"),
    **dict.fromkeys(("rust", "rs"), "rust"),
    **dict.fromkeys(("go", "golang"), "go"),
    **{
        name: name
        for name in ("sql", "toml", "ini", "c", "java", "scala", "r", "kotlin", "diff", "html", "css")
    },
    **{
        name: name
        for name in ("xml", "graphql", "makefile", "julia", "csharp", "ruby", "php", "swift", "lua")
    },
}

# Classes of tokens, their colour on light and on dark pages, more CSS.
_STRINGS = (".s", ".s1", ".s2", ".sd", ".sa", ".sb", ".sc", ".se", ".sh", ".si", ".sr", ".ss", ".sx")
_COLOURS = (
    (_STRINGS, "#1d6b34", "#8fd6a0", ""),
    ((".k", ".ow", ".kd", ".kn", ".kc", ".kr", ".kp", ".nt"), "#7a2bbf", "#c79bff", ""),
    ((".m", ".mi", ".mf", ".mh", ".mo", ".mb", ".il", ".l", ".ld"), "#9a4b00", "#f0b27a", ""),
    ((".c", ".c1", ".cm", ".cp", ".ch", ".cpf", ".cs", ".go"), "#5f6570", "#a0a6b0", "font-style:italic"),
    ((".nf", ".fm", ".nc", ".ne", ".nn", ".nd", ".gp"), "#1a56b0", "#8ab8ff", ""),
    ((".nb", ".bp", ".kt", ".na", ".nv", ".vi", ".no"), "#0b6577", "#7fd1e0", ""),
    ((".gd",), "#a8261a", "#f79a8e", ""),
    ((".gi",), "#1d6b34", "#8fd6a0", ""),
)


@lru_cache(maxsize=256)
def highlight(source: str, language: str) -> str | None:
    """Return `source` as HTML with a class on each token; None for languages that are not coloured.

    Raises nothing: what a lexer does not understand it marks as plain text.
    """
    name = _LANGUAGES.get(language.strip().lower())
    if name is None or len(source) > MAX_CODE:
        return None
    from pygments.token import STANDARD_TYPES

    coloured = _coloured_classes()
    parts: list[str] = []
    for kind, text in _lexer(name).get_tokens(source):
        css_class = STANDARD_TYPES.get(kind, "")
        plain = escape(text, quote=False)
        parts.append(f'<span class="{css_class}">{plain}</span>' if css_class in coloured else plain)
    return "".join(parts)


@cache
def css() -> str:
    """Return the style sheet of coloured code; dark pages have class `dark`, `night_mode` or `nightMode`."""
    rules = [".highlight pre{text-align:left;overflow-x:auto;tab-size:4}"]
    for classes, light, dark, more in _COLOURS:
        plain = ",".join([f".highlight {name}" for name in classes])
        night = ",".join([f":is(.dark,.night_mode,.nightMode) .highlight {name}" for name in classes])
        rules += [f"{plain}{{color:{light};{more}}}", f"{night}{{color:{dark}}}"]
    return "\n".join(rules)


@cache
def _coloured_classes() -> frozenset[str]:
    return frozenset(name[1:] for classes, *_colours in _COLOURS for name in classes)


@cache
def _lexer(name: str) -> "Lexer":
    from pygments.lexers import get_lexer_by_name

    # The text comes back as it went in: no line end added, none removed.
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)
