"""The errors that a user can cause: one base class, one child for each kind of remedy.

A message is one line: the value, the fault, the remedy. The command line prints it and exits with
`exit_code` (2 for what was asked wrongly, 1 for what failed).
"""


class CaLogicError(Exception):
    """An error whose message is meant for the user."""

    exit_code = 1


class UsageError(CaLogicError):
    """What was asked for makes no sense; asking differently helps."""

    exit_code = 2


class RuleError(UsageError):
    """A rule that is not known, or a rule file that cannot be understood."""


class RulestringError(RuleError):
    """A malformed rulestring; the message says where."""


class FramesError(CaLogicError):
    """Frames that cannot be read, or that tell no rule."""


class BoardError(UsageError):
    """A board that cannot exist: its size, its topology, or what is to be placed on it."""


class PatternError(CaLogicError):
    """A pattern file that cannot be read; the message says where."""


class CircuitError(CaLogicError):
    """A netlist that is malformed, or a circuit that another tool's format cannot express."""


class CircuitNotFoundError(CaLogicError):
    """No circuit has been learned for this rule yet."""


class LearningError(CaLogicError):
    """No attempt became exact within its budget."""


class EquivalenceError(CaLogicError):
    """A circuit differs from what it was meant to compute."""


class ToolchainError(CaLogicError):
    """No C compiler, or one that fails; the message holds what it printed."""


class OutputError(CaLogicError):
    """A file or folder that cannot be written."""


class DataError(CaLogicError):
    """A data set or a file of samples that cannot be read, or samples that do not fit a classifier."""
