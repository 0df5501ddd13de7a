"""How much of a stranger's file is read before it is refused: all bounds of all formats, in one place.

Bounds hold for what actually arrives. What a header announces may only refuse earlier.
"""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE

# Archives
ZIP_MEMBERS = 100_000
ZIP_DIRECTORY_BYTES = 64 * MEBIBYTE
COLLECTION_BYTES = GIBIBYTE
MEDIA_FILE_BYTES = 256 * MEBIBYTE
PACKAGE_BYTES = 8 * GIBIBYTE
FREE_RESERVE_BYTES = 500 * MEBIBYTE  # room on the disk that unpacking leaves alone
RATIO = 200  # unpacked : packed
RATIO_FROM_BYTES = 16 * MEBIBYTE  # smaller members may be packed as tightly as they like
PACKAGE_RATIO_FROM_BYTES = 256 * MEBIBYTE  # the same for all members together
ZSTD_WINDOW_BYTES = 128 * MEBIBYTE
PIECE_BYTES = 64 * 1024

# Media
MEDIA_MAP_BYTES = 64 * MEBIBYTE
MEDIA_NAME_BYTES = 120  # UTF-8, composed form

# JSON, XML, YAML
JSON_BYTES = 64 * MEBIBYTE
JSON_NESTING = 100
XML_DEPTH = 64
XML_FILE_BYTES = 256 * MEBIBYTE
YAML_DEPTH = 64

# Contents
NOTES = 500_000
CARDS = 2_000_000
REVIEWS = 20_000_000
FIELDS = 256  # of a note type
TEMPLATES = 256  # of a note type
FIELD_BYTES = 4 * MEBIBYTE
NOTE_BYTES = 8 * MEBIBYTE
TEMPLATE_BYTES = MEBIBYTE  # front, back or CSS
TAGS_PER_NOTE = 1000
TAG_SIGNS = 1000  # longer tags are cut
DECK_DEPTH = 50
DECK_NAME_SIGNS = 1000
ID = 2**53  # largest id that every program can hold exactly
SECONDS = 253_402_300_799  # the last second of the year 9999
DECKS = 20_000
NOTE_TYPES = 20_000
PRESETS = 20_000
REFERENCES = 4_000_000  # to media files, in all notes together

# Text files
CSV_COLUMNS = 1000
CSV_CELL_BYTES = 4 * MEBIBYTE
CSV_FILE_BYTES = 256 * MEBIBYTE
MARKDOWN_FILE_BYTES = 16 * MEBIBYTE
MARKDOWN_BYTES = 64 * MEBIBYTE  # of all files of a folder together
MARKDOWN_FILES = 20_000
FOLDER_ENTRIES = 200_000  # files and folders that are looked at
FOLDER_DEPTH = 50

# Databases
SQL_SECONDS = 30.0  # for one statement
SQL_VALUE_BYTES = 16 * MEBIBYTE
SQL_STATEMENT_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Those bounds of a package that cost gigabytes or minutes to reach; tests read with smaller ones."""

    members: int = ZIP_MEMBERS
    directory_bytes: int = ZIP_DIRECTORY_BYTES
    collection_bytes: int = COLLECTION_BYTES
    media_file_bytes: int = MEDIA_FILE_BYTES
    package_bytes: int = PACKAGE_BYTES
    free_reserve_bytes: int = FREE_RESERVE_BYTES
    ratio_from_bytes: int = RATIO_FROM_BYTES
    package_ratio_from_bytes: int = PACKAGE_RATIO_FROM_BYTES
    media_map_bytes: int = MEDIA_MAP_BYTES
    notes: int = NOTES
    cards: int = CARDS
    reviews: int = REVIEWS
    sql_seconds: float = SQL_SECONDS


DEFAULT_LIMITS = Limits()
