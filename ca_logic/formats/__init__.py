"""Circuit to text and back: one module for each format that other tools, compilers or people read."""

from ca_logic.formats.registry import FORMATS, MAX_BYTES, Format, format_of_path, read_circuit, render_circuit

__all__ = ["FORMATS", "MAX_BYTES", "Format", "format_of_path", "read_circuit", "render_circuit"]
