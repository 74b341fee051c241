"""Tiny GPT-2s whose weights follow from a seed alone; random-gpt2.ts makes the same numbers, bit for bit."""
import math

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

MODELS = {
    "even": dict(layers=4, heads=4, width=32, positions=64, vocabulary=97, seed=11, keyLayer=1, loraLayers=[2, 3]),
    "odd": dict(layers=5, heads=3, width=21, positions=48, vocabulary=101, seed=12, keyLayer=1, loraLayers=[2, 4]),
}


class Stream:
    """Uniform numbers in [-0.5, 0.5): a linear congruential generator modulo 2^32."""

    def __init__(self, seed):
        self.state = seed

    def floats(self, *shape):
        values = np.empty(int(np.prod(shape)))
        for i in range(values.size):
            self.state = (1664525 * self.state + 1013904223) % 2**32
            values[i] = self.state / 2**32 - 0.5
        return values.reshape(shape)

    def ids(self, count, vocabulary):
        return [int((u + 0.5) * vocabulary) for u in self.floats(count)]


def tensors(m):
    """Name -> float32 array, in the order in which the stream is drawn."""
    D, stream = m["width"], Stream(m["seed"])
    out = {}

    def draw(name, shape, scale, offset=0.0):
        out[name] = (offset + scale * stream.floats(*shape)).astype(np.float32)

    draw("wte.weight", (m["vocabulary"], D), 1.0)
    draw("wpe.weight", (m["positions"], D), 0.5)
    for i in range(m["layers"]):
        for part in ("ln_1", "ln_2"):
            draw(f"h.{i}.{part}.weight", (D,), 0.4, 1.0)
            draw(f"h.{i}.{part}.bias", (D,), 0.4)
        for part, rows, columns in (("attn.c_attn", D, 3 * D), ("attn.c_proj", D, D), ("mlp.c_fc", D, 4 * D), ("mlp.c_proj", 4 * D, D)):
            draw(f"h.{i}.{part}.weight", (rows, columns), 4 / math.sqrt(rows))
            draw(f"h.{i}.{part}.bias", (columns,), 0.4)
    draw("ln_f.weight", (D,), 0.4, 1.0)
    draw("ln_f.bias", (D,), 0.4)
    return out


def block(m, seed, rank):
    """Per LoRA layer A [D, p] and B [p, F], float32."""
    D, stream = m["width"], Stream(seed)
    return [(stream.floats(D, rank).astype(np.float32), stream.floats(rank, 4 * D).astype(np.float32)) for _ in m["loraLayers"]]


def model(m):
    config = GPT2Config(
        n_layer=m["layers"], n_head=m["heads"], n_embd=m["width"], n_positions=m["positions"], vocab_size=m["vocabulary"],
        bos_token_id=m["vocabulary"] - 1, eos_token_id=m["vocabulary"] - 1, attn_pdrop=0, embd_pdrop=0, resid_pdrop=0,
    )
    gpt2 = GPT2LMHeadModel._from_config(config, attn_implementation="eager").eval()
    missing = gpt2.transformer.load_state_dict({k: torch.from_numpy(v) for k, v in tensors(m).items()}, strict=False)
    assert not missing.unexpected_keys and all("attn.bias" in k or "masked_bias" in k for k in missing.missing_keys), missing
    return gpt2
