"""The elements and attributes that a card may use."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HTML = _names("""
    a abbr acronym address article aside audio b bdi bdo big blockquote br caption center cite code col
    colgroup data dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header
    hgroup hr i img ins kbd li main mark nav ol p pre q rb rp rt rtc ruby s samp section small source
    span strike strong style sub summary sup table tbody td tfoot th thead time tr track tt u ul var
    video wbr
""")
_SVG = _names("""
    svg g path rect circle ellipse line polyline polygon text tspan textPath defs linearGradient
    radialGradient stop clipPath mask marker symbol use pattern desc image
""")
_MATH = _names("""
    math mi mn mo ms mtext mspace mrow mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup
    munder mover munderover mmultiscripts mprescripts none mtable mtr mtd menclose semantics
""")
TAGS = _HTML | _SVG | _MATH

# Dropped with everything inside; of other elements that are not in `TAGS` the text stays.
CONTENT_TOO = _names("""
    script noscript template iframe frameset noframes noembed applet title xmp plaintext annotation
    annotation-xml
""")

_EVERYWHERE = _names("""
    class id style title lang dir align valign width height hidden role aria-label aria-hidden color
    bgcolor border
""")
# Attributes that may hold CSS addresses.
PAINT = _names("""
    fill stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray stroke-dashoffset stroke-
    opacity stroke-miterlimit fill-opacity fill-rule clip-path clip-rule mask opacity transform font-size
    font-family font-weight font-style text-anchor dominant-baseline alignment-baseline letter-spacing
    visibility display stop-color stop-opacity marker-start marker-mid marker-end vector-effect paint-
    order
""")
_SHAPE = _names("""
    x y x1 x2 y1 y2 cx cy r rx ry dx dy d points viewBox preserveAspectRatio gradientUnits
    gradientTransform spreadMethod fx fy offset patternUnits patternTransform clipPathUnits maskUnits
    markerWidth markerHeight refX refY orient pathLength startOffset rotate xmlns version
""")
_MATH_ATTRIBUTES = _names("""
    display displaystyle scriptlevel mathvariant mathcolor mathbackground mathsize stretchy fence form
    separator accent accentunder movablelimits largeop symmetric minsize maxsize lspace rspace
    linethickness columnalign rowalign columnspan rowspan notation depth voffset xmlns
""")
_PLAYER = "src controls loop muted autoplay preload"
_OWN = {
    "a": "href draggable",
    "audio": _PLAYER,
    "video": _PLAYER + " poster playsinline",
    "source": "src type",
    "track": "src kind label srclang default",
    "img": "src alt loading",
    "font": "face size",
    "col": "span",
    "colgroup": "span",
    "data": "value",
    "time": "datetime",
    "del": "datetime",
    "ins": "datetime",
    "details": "open",
    "hr": "size noshade",
    "li": "value type",
    "ol": "start reversed type",
    "ul": "type",
    "table": "cellpadding cellspacing summary rules frame",
    "td": "colspan rowspan headers nowrap",
    "th": "colspan rowspan headers scope nowrap",
    "image": "href",
    "use": "href",
    "textPath": "href",
    "linearGradient": "href",
    "radialGradient": "href",
    "pattern": "href",
}


def attributes() -> dict[str, set[str]]:
    """Return the attributes that each element may have; `*` stands for all elements."""
    allowed = {tag: set(names.split()) for tag, names in _OWN.items()}
    for tag in _SVG:
        allowed.setdefault(tag, set()).update(PAINT | _SHAPE)
    for tag in _MATH:
        allowed.setdefault(tag, set()).update(_MATH_ATTRIBUTES)
    allowed["*"] = set(_EVERYWHERE)
    return allowed
