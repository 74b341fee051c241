"""A safetensors file by Python's own writer (pip install safetensors numpy), read by safetensors.test.ts."""
from pathlib import Path

import numpy
from safetensors.numpy import save_file

GOLDEN = Path(__file__).parent / "golden"

if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    save_file(
        {
            "matrix": (numpy.arange(12, dtype=numpy.float32) / 8 - 0.5).reshape(3, 4),
            "ids": numpy.array([1, -2, 2**31 - 1], dtype=numpy.int32),
            "half": numpy.ones((2, 2), dtype=numpy.float16),
            "scalar": numpy.array(1.5, dtype=numpy.float32),
            "empty": numpy.zeros((0, 4), dtype=numpy.float32),
        },
        GOLDEN / "by-python.safetensors",
        metadata={"format": "pt", "name": "naïve"},
    )
