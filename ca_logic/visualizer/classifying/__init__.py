"""Classifying in the window: draw a digit or move sliders, and see what a compiled classifier makes of it at once.

The one idea: whatever is shown, a drawing, values that were set or a sample of the data, is one row of features; the
classifier runs at each change of it, and all that is seen follows from this row.
"""

from ca_logic.visualizer.classifying.classifying_panel import ClassifyingPanel
from ca_logic.visualizer.classifying.gate_display import GateDisplay
from ca_logic.visualizer.classifying.opening import open_classifier

__all__ = ["ClassifyingPanel", "GateDisplay", "open_classifier"]
