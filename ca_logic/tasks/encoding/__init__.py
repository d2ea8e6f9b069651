"""Encoders: how features become the bits that a circuit reads; fitted to training samples, and packed into words."""

from ca_logic.tasks.encoding.encoder import Encoder, encoder_from_plain
from ca_logic.tasks.encoding.encoding_choice import EncodingChoice, parse_encoding
from ca_logic.tasks.encoding.fitting import fit_encoder
from ca_logic.tasks.encoding.packing import LANES, pack_bits, pack_lanes, unpack_lanes

__all__ = [
    "LANES",
    "Encoder",
    "EncodingChoice",
    "encoder_from_plain",
    "fit_encoder",
    "pack_bits",
    "pack_lanes",
    "parse_encoding",
    "unpack_lanes",
]
