"""Learn a logic circuit from data, prove it, and run it at the speed of the hardware.

The data flows one way: tasks -> learning -> Circuit -> synthesis -> backend -> runtime.
Each step is one folder; `docs/architecture.md` draws the map.
"""

__version__ = "0.1.0"
