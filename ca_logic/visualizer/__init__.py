"""The visualizer: watch, edit, teach and classify, in a window."""

import os

# Standard output is for what programs read; pygame greets there.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
# What window managers call the program.
os.environ.setdefault("SDL_VIDEO_X11_WMCLASS", "ca_logic")
