"""What an act did: the label of its undo step and the kinds of thing it changed."""

from enum import Flag, StrEnum, auto


class Op(StrEnum):
    """The user-visible label of one undo step."""

    ANSWER = "Answer card"
    BURY = "Bury"
    UNBURY = "Unbury"
    SUSPEND = "Suspend"
    UNSUSPEND = "Unsuspend"
    FLAG = "Set flag"
    MARK = "Mark"
    EDIT_NOTE = "Edit note"
    ADD_NOTE = "Add note"
    DELETE_NOTES = "Delete notes"
    FORGET = "Forget cards"
    SET_DUE = "Set due date"
    GRADE_NOW = "Grade now"
    IMPORT = "Import"
    SETTLE = "Settle conflicts"
    SETTINGS = "Change settings"
    MOVE_CARDS = "Change deck"
    RENAME_DECK = "Rename deck"
    DELETE_DECK = "Delete deck"
    ADD_DECK = "Add deck"
    BUILD_FILTERED = "Build filtered deck"
    REBUILD_FILTERED = "Rebuild filtered deck"
    EMPTY_FILTERED = "Empty filtered deck"
    CUSTOM_STUDY = "Custom study"
    START_CATCH_UP = "Start catch-up plan"
    END_CATCH_UP = "End catch-up plan"
    TAGS = "Change tags"
    NOTE_TYPE = "Change note type"
    BUILT_IN = "Update built-in decks"
    REPAIR = "Repair"
    OTHER = "Other"


class Changed(Flag):
    """Kinds of thing that a transaction changed; screens use it to decide whether to refresh."""

    NOTHING = 0
    CARD = auto()
    NOTE = auto()
    DECK = auto()
    NOTE_TYPE = auto()
    PRESET = auto()
    LOG = auto()
    MEDIA = auto()
    SETTING = auto()
