"""Pictures with parts hidden, drawn without scripts: shapes over the picture, placed in per cent of its size.

Anki's note type draws them on a canvas by a script, from the data of `div` elements (`cloze.shape_data`).
Positions are fractions of the picture's width and height, angles degrees around the upper left corner.
Source: ankitects/anki ts/routes/image-occlusion (shapes and review).
"""

import re
from html import escape, unescape

_SHAPE = re.compile(r'<div class="cloze(?P<kind>-inactive|-highlight|)" (?P<data>data-[^<>]*)></div>')
_DATA = re.compile(r'data-([a-zA-Z-]+)="([^"]*)"')
_CONTAINER = re.compile(r'<div id="image-occlusion-container"[^<>]*>')
_PICTURE = re.compile(r"<img [^<>]*>")
_NUMBER = re.compile(r"-?(?:\d{1,6}(?:\.\d{0,20})?|\.\d{1,20})")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}")
MAX_SHAPES = 500


def draw(html: str) -> str:
    """Return `html` (safe already) with the shapes laid over the picture; unchanged if it has none."""
    container = _CONTAINER.search(html)
    picture = _PICTURE.search(html, container.end()) if container else None
    if picture is None:
        return html
    shapes = []
    for match in _SHAPE.finditer(html):
        data = {name: unescape(value) for name, value in _DATA.findall(match["data"])}
        shapes.append(_drawn(match["kind"], data))
        if len(shapes) == MAX_SHAPES:
            break
    masked = f'<span class="occlusion">{picture[0]}{"".join(shapes)}</span>'
    return html[: picture.start()] + masked + html[picture.end() :]


def css() -> str:
    """Return the style sheet of pictures with hidden parts."""
    return (
        ".occlusion{position:relative;display:inline-block;line-height:0}"
        ".occlusion>img{display:block;max-width:100%;max-height:none}"
        ".occlusion>span{position:absolute;box-sizing:border-box;transform-origin:0 0;"
        "background:#ffeba2;border:1px solid #212121}"
        ".occlusion>span.active{background:#ff8e8e}"
        ".occlusion>span.shown{background:none;border:2px solid #ff8e8e}"
        ".occlusion>span.label{background:#fff;color:#000;border:0;line-height:1.2;padding:0 4px}"
        ".occlusion>span.label{white-space:pre}"
    )


def _drawn(kind: str, data: dict[str, str]) -> str:
    """Return one shape, or nothing where the card shows what lies below it."""
    shape = data.get("shape", "")
    if shape == "text":
        return f'<span class="label"{_style(data, "")}>{escape(data.get("text", ""), quote=False)}</span>'
    if kind == "-inactive" and data.get("occludeInactive") != "1":
        return ""
    css_class = {"": "active", "-inactive": "other", "-highlight": "shown"}[kind]
    return f'<span class="{css_class}"{_style(data, shape)}></span>'


def _style(data: dict[str, str], shape: str) -> str:
    rules: list[str] = []
    if shape == "polygon":
        rules = _polygon(data.get("points", ""))
    else:
        rules += [f"{side}:{_percent(data.get(side))}%" for side in ("left", "top")]
        if shape == "ellipse":
            sizes = {"width": _percent(data.get("rx")) * 2, "height": _percent(data.get("ry")) * 2}
            rules.append("border-radius:50%")
        else:
            sizes = {side: _percent(data.get(side)) for side in ("width", "height")}
        rules += [f"{side}:{size:g}%" for side, size in sizes.items() if size]
        angle = data.get("angle", "")
        if _NUMBER.fullmatch(angle):
            rules.append(f"transform:rotate({float(angle):g}deg)")
    if _COLOUR.fullmatch(data.get("fill", "")):
        rules.append(f"background:{data['fill']}")
    return f' style="{";".join(rules)}"' if rules else ""


def _polygon(points: str) -> list[str]:
    corners = [pair.split(",") for pair in points.split(" ") if pair.count(",") == 1]
    placed = [f"{_percent(x):g}% {_percent(y):g}%" for x, y in corners]
    return ["left:0", "top:0", "width:100%", "height:100%", f"clip-path:polygon({','.join(placed)})"]


def _percent(value: str | None) -> float:
    number = float(value) if value is not None and _NUMBER.fullmatch(value) else 0.0
    return round(number * 100, 4)
