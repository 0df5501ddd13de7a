r"""The Markdown of deck folders: sections with headings, and the texts of fields as Markdown that a person edits.

A section is a heading of one to three `#`, below those of one or two perhaps lines `- key: value`, then text. In
texts a line end stands for `<br>`, `**` for bold, `*` for italic, a backtick for code and `![](name)` for a
picture; tags and formulas stay as they are. A text that cannot be written so without loss stands between
lines of backticks as it is.
"""

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

_HEADING = re.compile(r"(#{1,3}) (.*)")
_ITEM = re.compile(r"- ([a-z][a-z0-9 _]*): ?(.*)")
_FENCE = re.compile(r"(`{3,})([A-Za-z0-9+#-]*)[ \t]*")
_RAW = "html"
_WITH_ITEMS = 2  # deepest level of headings below which items may stand
# All stop at the next opening, so that a text full of openings takes no longer than another.
_KEPT = re.compile(
    r"\\\((?:(?!\\[()\[\]]).)*+\\\)|\\\[(?:(?!\\[()\[\]]).)*+\\\]|\[sound:[^\[\]]*\]|<[^<>]*>", re.DOTALL
)
_CODE_TAG = re.compile(r"<code>([^<>&`\n]+)</code>")
_IMAGE_TAG = re.compile(r"""<img src="([^"<>()\s\\]+)">""")
_ESCAPED = re.compile(r"\\([*`!])")
_CODE = re.compile(r"`([^`\n]+)`")
_IMAGE = re.compile(r"!\[[^\[\]\n]*\]\(([^()\s]+)\)")
_BOLD = re.compile(r"\*\*(?=\S)([^*]+)(?<=\S)\*\*")
_ITALIC = re.compile(r"\*(?=\S)([^*]+)(?<=\S)\*")
_HELD = re.compile("\ue000([0-9]+)\ue001")
_SPECIAL = re.compile(r"([*`]|!(?=\[))")
_TAGS = {"<br>": "\n", "<b>": "**", "</b>": "**", "<i>": "*", "</i>": "*"}
_TRAILING_BREAKS = re.compile(r"(?:<br>)+\Z")


class FormError(ValueError):
    """A text of a folder that is not of the form described above; `line` counts from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


@dataclass(slots=True)
class Section:
    """A heading with what stands below it. `text` is as it stands in the file, without blank lines around it."""

    level: int
    title: str
    items: dict[str, str] = field(default_factory=dict)
    text: str = ""
    line: int = 0


def sections(content: str) -> list[Section]:
    """Return the sections of a file; what stands before the first heading is left out.

    Raises:
        FormError: Text between lines of backticks does not end, or an item is given twice.
    """
    lines = content.removeprefix("\ufeff").split("\n")
    if all(line.endswith("\r") for line in lines[:-1]):  # an editor of Windows wrote it
        lines = [line.removesuffix("\r") for line in lines]
    found: list[Section] = []
    body: list[str] = []
    fence, opened, takes_items = "", 0, False
    for number, line in enumerate(lines, 1):
        heading = None if fence else _HEADING.fullmatch(line)
        if heading:
            _close(found, body)
            found.append(Section(len(heading[1]), heading[2].strip(), line=number))
            body, takes_items = [], len(heading[1]) <= _WITH_ITEMS
            continue
        item = _ITEM.fullmatch(line) if takes_items else None
        if item:
            if item[1] in found[-1].items:
                raise FormError(number, f"gives “{item[1]}” twice")
            found[-1].items[item[1]] = item[2].strip()
            continue
        takes_items = False
        fence, opened = _fence_after(line, fence, number, opened)
        body.append(line)
    if fence:
        raise FormError(opened, "opens a text between backticks that is never closed")
    _close(found, body)
    return found


def _close(found: list[Section], body: list[str]) -> None:
    if found:
        found[-1].text = "\n".join(body).strip("\n")


def _fence_after(line: str, fence: str, number: int, opened: int) -> tuple[str, int]:
    """Return the fence that is open after a line, empty if none, and the line that opened it."""
    if fence:
        return ("", opened) if line.rstrip() == fence else (fence, opened)
    opening = _FENCE.fullmatch(line)
    return (opening[1], number) if opening else ("", opened)


def written(parts: Iterable[Section]) -> str:
    """Return a file of these sections."""
    lines: list[str] = []
    for part in parts:
        if lines:
            lines.append("")
        lines.append(f"{'#' * part.level} {part.title}".rstrip())
        lines += [f"- {key}: {value}" for key, value in part.items.items()]
        if part.text:
            lines += ["", part.text]
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    """Return a text for a heading or item: as it is, or in quotation marks where that could be misread."""
    plain = text == text.strip() and text and not text.startswith('"')
    return text if plain and text.isprintable() else json.dumps(text, ensure_ascii=False)


def unquote(text: str) -> str:
    """Return what `quote` was given; a broken quotation stands for itself."""
    if not text.startswith('"'):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def labels(names: Iterable[str]) -> list[str]:
    """Return a heading for each of several names: those that occur again get a number."""
    given: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        given[name] = given.get(name, 0) + 1
        found.append(quote(name if given[name] == 1 else f"{name} #{given[name]}"))
    return found


# Texts of fields


def raw_block(text: str) -> str:
    """Return a text between lines of backticks, more than any line of it begins with."""
    ticks = "```"
    for line in text.split("\n"):
        while line.startswith(ticks):
            ticks += "`"
    return f"{ticks}{_RAW}\n{text}\n{ticks}"


def to_markdown(text: str) -> str:
    """Return a field's HTML as Markdown; `to_html` gives exactly the same HTML back."""
    if text.isalnum():
        return text
    for attempt in (_marked, _broken):
        found = attempt(text)
        if _is_safe(found) and to_html(found) == text:
            return found
    return raw_block(text)


def _is_safe(text: str) -> bool:
    return text == text.strip("\n") and not any(
        _HEADING.fullmatch(line) or _FENCE.fullmatch(line) or line.endswith(("\r", " ", "\t"))
        for line in text.split("\n")
    )


def _marked(text: str) -> str:
    text = _CODE_TAG.sub(r"<`\1`>", text)
    text = _IMAGE_TAG.sub(r"<!\1>", text)
    return _line_by_line(text, _marked_tag)


def _broken(text: str) -> str:
    return _line_by_line(text, lambda tag: "\n" if tag == "<br>" else tag)


def _marked_tag(tag: str) -> str:
    if tag.startswith("<`") and tag.endswith("`>"):
        return tag[1:-1]
    if tag.startswith("<!") and not tag.startswith("<!-"):
        return f"![]({tag[2:-1]})"
    return _TAGS.get(tag, tag)


def _line_by_line(text: str, tag: Callable[[str], str]) -> str:
    """Return Markdown of a text whose tags `tag` turns into it; breaks at its end stay tags."""
    last = _TRAILING_BREAKS.search(text)
    core, rest = (text[: last.start()], last[0]) if last else (text, "")
    parts: list[str] = []
    position = 0
    for kept in _KEPT.finditer(core):
        parts.append(_SPECIAL.sub(r"\\\1", core[position : kept.start()]))
        parts.append(tag(kept[0]) if kept[0].startswith("<") else kept[0])
        position = kept.end()
    parts.append(_SPECIAL.sub(r"\\\1", core[position:]))
    lines = "".join(parts).split("\n")
    return "\n".join(f"\\{line}" if line.startswith("#") else line for line in lines) + rest


def to_html(text: str) -> str:
    """Return the HTML that a field's Markdown stands for."""
    text = text.strip("\n")
    return "".join(_block(*part) for part in _blocks(text)) if "```" in text else _inline(text)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, text): lines outside of fences with an empty kind, those inside with the fence's word."""
    kind, fence, lines = "", "", list[str]()
    for line in text.split("\n"):
        opening = None if fence else _FENCE.fullmatch(line)
        if opening:
            if lines:
                yield "", "\n".join(lines).strip("\n")
            kind, fence, lines = opening[2] or "text", opening[1], []
        elif fence and line.rstrip() == fence:
            yield kind, "\n".join(lines)
            kind, fence, lines = "", "", []
        else:
            lines.append(line)
    if lines:
        yield kind, "\n".join(lines).strip("\n")


def _block(kind: str, text: str) -> str:
    if not kind:
        return _inline(text)
    if kind == _RAW:
        return text
    shown = f' class="language-{kind}"' if kind != "text" else ""
    return f"<pre><code{shown}>{html.escape(text, quote=False)}</code></pre>"


def _inline(text: str) -> str:
    if "\ue000" in text:
        return text  # the sign that holds places below; `to_markdown` then writes the text as it is
    held: list[str] = []

    def hold(what: str) -> str:
        held.append(what)
        return f"\ue000{len(held) - 1}\ue001"

    lines = [line[1:] if line.startswith("\\#") else line for line in text.split("\n")]
    text = "\n".join(lines)
    text = _KEPT.sub(lambda found: hold(found[0]), text)
    text = _ESCAPED.sub(lambda found: hold(found[1]), text)
    text = _CODE.sub(lambda found: hold(f"<code>{html.escape(found[1], quote=False)}</code>"), text)
    text = _IMAGE.sub(lambda found: hold(f'<img src="{found[1]}">'), text)
    text = text.replace("\n", "<br>")
    text = _ITALIC.sub(r"<i>\1</i>", _BOLD.sub(r"<b>\1</b>", text))
    while "\ue000" in text:
        text = _HELD.sub(lambda found: held[int(found[1])], text)
    return text
