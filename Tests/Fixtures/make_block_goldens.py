"""Writes block_goldens.bin: random blocks of every element format and what the reference makes of them.

Needs the PyPI packages gguf (0.17.1 was used) and numpy. Per format, in the order below: element count and byte count as
little-endian uint32, the bytes, the float32 values.
"""
import pathlib
import struct

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

# Name, blocks, and the byte offsets of the half-precision scales in a block.
FORMATS = [
    ("F32", 512, []), ("F16", 512, []), ("BF16", 512, []),
    ("Q4_0", 48, [0]), ("Q4_1", 48, [0, 2]), ("Q5_0", 48, [0]), ("Q5_1", 48, [0, 2]), ("Q8_0", 48, [0]),
    ("Q2_K", 12, [80, 82]), ("Q3_K", 12, [108]), ("Q4_K", 12, [0, 2]), ("Q5_K", 12, [0, 2]), ("Q6_K", 12, [208]),
    ("IQ4_NL", 48, [0]),
]


def finite_halves(rng, count):
    """Any finite half: normal, subnormal, zero, both signs."""
    bits = rng.integers(0, 1 << 16, count, dtype=np.uint16)
    bits[(bits & 0x7C00) == 0x7C00] ^= 0x4000
    return bits


def blocks(rng, name, count, offsets):
    if name == "F32":
        return (rng.standard_normal(count) * 10.0 ** rng.integers(-30, 30, count)).astype(np.float32).view(np.uint8)
    if name == "F16":
        return finite_halves(rng, count).view(np.uint8)
    if name == "BF16":
        bits = rng.integers(0, 1 << 16, count, dtype=np.uint16)
        bits[(bits & 0x7F80) == 0x7F80] ^= 0x4000
        return bits.view(np.uint8)
    size = gguf.GGML_QUANT_SIZES[Type[name]][1]
    data = rng.integers(0, 256, (count, size), dtype=np.uint8)
    for offset in offsets:
        data[:, offset:offset + 2] = finite_halves(rng, count).view(np.uint8).reshape(count, 2)
    return data.ravel()


def main():
    rng = np.random.default_rng(20)
    out = bytearray()
    for name, count, offsets in FORMATS:
        data = blocks(rng, name, count, offsets)
        values = gguf.quants.dequantize(data.reshape(1, -1) if name != "F32" else data.view(np.float32), Type[name])
        values = values.astype(np.float32).ravel()
        out += struct.pack("<II", values.size, data.size) + data.tobytes() + values.tobytes()
    pathlib.Path(__file__).with_name("block_goldens.bin").write_bytes(out)


main()
