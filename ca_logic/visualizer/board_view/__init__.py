"""The board as people see it: where the camera is, which colours cells have, and what is drawn over them."""
