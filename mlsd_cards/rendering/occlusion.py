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
        ".occlusion>span{position:absolute;box-sizing:border-box;transform-origin:0 0}"
        ".occlusion>span{border:1px solid #212121}"
        ".occlusion>svg{position:absolute;left:0;top:0;width:100%;height:100%;stroke:#212121}"
        ".occlusion polygon{vector-effect:non-scaling-stroke}"
        ".occlusion>.other{background:#ffeba2;fill:#ffeba2}"
        ".occlusion>.active{background:#ff8e8e;fill:#ff8e8e}"
        ".occlusion>.shown{background:none;fill:none;border:2px solid #ff8e8e}"
        ".occlusion>svg.shown{stroke:#ff8e8e;stroke-width:2px}"
        ".occlusion>svg.active,.occlusion>svg.other,.occlusion>svg.shown{background:none;border:0}"
        ".occlusion>.label{background:#fff;color:#000;border:0;line-height:1.2;padding:0 4px;white-space:pre}"
    )


def _drawn(kind: str, data: dict[str, str]) -> str:
    """Return one shape, or nothing where the card shows what lies below it."""
    shape = data.get("shape", "")
    if shape == "text":
        return f'<span class="label"{_style(data, "")}>{escape(data.get("text", ""), quote=False)}</span>'
    if kind == "-inactive" and data.get("occludeinactive") != "1":
        return ""
    css_class = {"": "active", "-inactive": "other", "-highlight": "shown"}[kind]
    if shape == "polygon":
        corners = [pair.split(",") for pair in data.get("points", "").split(" ") if pair.count(",") == 1]
        points = " ".join([f"{_percent(x):g},{_percent(y):g}" for x, y in corners])
        box = 'viewBox="0 0 100 100" preserveAspectRatio="none"'
        return f'<svg class="{css_class}" {box}><polygon points="{points}"></polygon></svg>'
    return f'<span class="{css_class}"{_style(data, shape)}></span>'


def _style(data: dict[str, str], shape: str) -> str:
    rules = [f"{side}:{_percent(data.get(side)):g}%" for side in ("left", "top")]
    if shape == "ellipse":
        sizes = {"width": _percent(data.get("rx")) * 2, "height": _percent(data.get("ry")) * 2}
        rules.append("border-radius:50%")
    else:
        sizes = {side: _percent(data.get(side)) for side in ("width", "height")}
    rules += [f"{side}:{size:g}%" for side, size in sizes.items() if size]
    if _NUMBER.fullmatch(data.get("angle", "")):
        rules.append(f"transform:rotate({float(data['angle']):g}deg)")
    if _COLOUR.fullmatch(data.get("fill", "")):
        rules.append(f"background:{data['fill']}")
    return f' style="{";".join(rules)}"'


def _percent(value: str | None) -> float:
    number = float(value) if value is not None and _NUMBER.fullmatch(value) else 0.0
    return round(number * 100, 4)
