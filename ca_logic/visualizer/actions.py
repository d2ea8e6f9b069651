"""Actions: everything a key can ask for, in the words of the help screen.

Which keys ask for them is in `bindings`; what they do is the application's business.
"""

from enum import Enum, unique


class Section(Enum):
    """The headings of the help screen, in its order."""

    RUNNING = "Running"
    SEEING = "Seeing"
    DRAWING = "Drawing"
    SELECTION = "Selection"
    FILES = "Patterns and pictures"
    RULES = "Rules and learning"
    WINDOW = "Window"


@unique
class Action(Enum):
    """What can be asked for.

    Attributes:
        section: the heading it stands under.
        description: what it does, in a few words for people.
        repeats: whether a key that is held asks for it again and again.
    """

    TOGGLE_RUNNING = Section.RUNNING, "start or stop"
    NEXT_GENERATION = Section.RUNNING, "next generation", True
    NEXT_STEP = Section.RUNNING, "next step, by the speed", True
    PREVIOUS_GENERATION = Section.RUNNING, "previous generation", True
    PREVIOUS_STEP = Section.RUNNING, "previous step", True
    RESET = Section.RUNNING, "back to the start"
    GO_TO_GENERATION = Section.RUNNING, "go to a generation"
    FASTER = Section.RUNNING, "faster", True
    SLOWER = Section.RUNNING, "slower", True
    FASTEST = Section.RUNNING, "as fast as it goes"
    SLOWEST = Section.RUNNING, "as slow as it goes"
    NORMAL_SPEED = Section.RUNNING, "normal speed"

    FIT = Section.SEEING, "fit the pattern"
    FIT_SELECTION = Section.SEEING, "fit the selection"
    TOGGLE_AUTOFIT = Section.SEEING, "keep the pattern fitted"
    ZOOM_IN = Section.SEEING, "zoom in", True
    ZOOM_OUT = Section.SEEING, "zoom out", True
    SCALE_1 = Section.SEEING, "1 pixel a cell"
    SCALE_2 = Section.SEEING, "2 pixels a cell"
    SCALE_4 = Section.SEEING, "4 pixels a cell"
    SCALE_8 = Section.SEEING, "8 pixels a cell"
    SCALE_16 = Section.SEEING, "16 pixels a cell"
    SCALE_32 = Section.SEEING, "32 pixels a cell"
    CENTRE = Section.SEEING, "to the middle"
    PAN_LEFT = Section.SEEING, "scroll left", True
    PAN_RIGHT = Section.SEEING, "scroll right", True
    PAN_UP = Section.SEEING, "scroll up", True
    PAN_DOWN = Section.SEEING, "scroll down", True
    TOGGLE_GRID = Section.SEEING, "grid lines"
    TOGGLE_LIGHT = Section.SEEING, "light or dark"
    NEXT_THEME = Section.SEEING, "next colours"
    PREVIOUS_THEME = Section.SEEING, "previous colours"
    TOGGLE_GRAPH = Section.SEEING, "population graph"
    TOGGLE_CIRCUIT = Section.SEEING, "circuit beside the board"
    TOGGLE_INFO = Section.SEEING, "about the pattern"

    DRAW_MODE = Section.DRAWING, "draw and erase"
    PICK_MODE = Section.DRAWING, "pick a state"
    SELECT_MODE = Section.DRAWING, "select"
    MOVE_MODE = Section.DRAWING, "move the board by hand"
    ZOOM_IN_MODE = Section.DRAWING, "zoom in where clicked"
    ZOOM_OUT_MODE = Section.DRAWING, "zoom out where clicked"
    NEXT_MODE = Section.DRAWING, "next of these modes"
    UNDO = Section.DRAWING, "undo", True
    REDO = Section.DRAWING, "redo", True

    CUT = Section.SELECTION, "cut"
    COPY = Section.SELECTION, "copy"
    PASTE = Section.SELECTION, "paste"
    PASTE_MODE = Section.SELECTION, "paste by or, xor or copy"
    PASTE_LOCATION = Section.SELECTION, "corner to paste at"
    SELECT_ALL = Section.SELECTION, "select all"
    SELECT_NONE = Section.SELECTION, "select nothing"
    SHRINK_SELECTION = Section.SELECTION, "shrink to what is alive"
    CLEAR = Section.SELECTION, "clear"
    CLEAR_OUTSIDE = Section.SELECTION, "clear outside"
    RANDOM_FILL = Section.SELECTION, "fill at random"
    FLIP_VERTICALLY = Section.SELECTION, "flip top and bottom"
    FLIP_HORIZONTALLY = Section.SELECTION, "flip left and right"
    ROTATE_CLOCKWISE = Section.SELECTION, "rotate clockwise"
    ROTATE_COUNTERCLOCKWISE = Section.SELECTION, "rotate anticlockwise"
    ADVANCE_SELECTION = Section.SELECTION, "advance inside only", True
    ADVANCE_OUTSIDE = Section.SELECTION, "advance outside only", True

    NEW = Section.FILES, "new board"
    OPEN = Section.FILES, "open a pattern"
    SAVE = Section.FILES, "save the pattern"
    OPEN_CLIPBOARD = Section.FILES, "open what was copied"
    SCREENSHOT = Section.FILES, "save a picture"
    TOGGLE_RECORDING = Section.FILES, "start or end a recording"

    CHANGE_RULE = Section.RULES, "change the rule"
    LEARN = Section.RULES, "learn the rule"
    CLASSIFY = Section.RULES, "classify samples"

    FULL_SCREEN = Section.WINDOW, "full screen"
    HELP = Section.WINDOW, "these keys"
    CANCEL = Section.WINDOW, "cancel or close"
    QUIT = Section.WINDOW, "quit"

    def __init__(self, section: Section, description: str, repeats: bool = False) -> None:
        """Takes a member's value apart."""
        self.section = section
        self.description = description
        self.repeats = repeats
