"""Figures of a small set of texts from random logits, computed with numpy alone: golden/figures.json.

    python tests/evaluation/make_golden.py

Nothing is shared with the program but the definitions: perplexities, Kullback-Leibler divergence, shares, quartiles and
bootstrap intervals are written out here once more, the random numbers of the bootstrap (SplitMix32) included.
"""

import json
from pathlib import Path

import numpy as np

VOCABULARY = 12
TEXTS = 10
OWN_BLOCK = "x"
BOOTSTRAP = {"resamples": 60, "seed": 7}


def split_mix(seed):
    state = seed & 0xFFFFFFFF
    while True:
        state = (state + 0x9E3779B9) & 0xFFFFFFFF
        x = state
        x = ((x ^ (x >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
        x = ((x ^ (x >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
        yield (x ^ (x >> 16)) / 2**32


def make_texts():
    """Texts of a prompt and two pieces; each piece has a block or none, and logits [tokens, V] of both models."""
    random = np.random.default_rng(20261123)
    texts = []
    for number in range(TEXTS):
        start = int(random.integers(1, 4))
        length = start + int(random.integers(2, 7))
        ids = [number] + [int(i) for i in random.integers(0, VOCABULARY, length - 1)]
        middle = int(random.integers(start + 1, length))
        blocks = [[None, "x", "x", "y"][int(random.integers(0, 4))] for _ in range(2)]
        untouched = random.normal(0, 2, (length - start, VOCABULARY)).astype(np.float32)
        edited = untouched.copy()
        for row in range(length - start):
            if blocks[0 if start + row < middle else 1] is not None:
                edited[row] += random.normal(0, 1, VOCABULARY).astype(np.float32)
        texts.append({"ids": ids, "start": start, "decisions": [start, middle], "blocks": blocks,
                      "untouched": untouched, "edited": edited})  # fmt: skip
    return texts


def log_softmax(logits):
    x = logits.astype(np.float64)
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def per_text(texts, which):
    """Summed surprisal (nats) and number of the target tokens of each text."""
    nats = []
    for text in texts:
        logs = log_softmax(text[which])
        targets = text["ids"][text["start"] :]
        nats.append(-sum(logs[i, target] for i, target in enumerate(targets)))
    return np.array(nats), np.array([len(t["ids"]) - t["start"] for t in texts])


def batches(values):
    return np.array([values[i : i + 4].sum() for i in range(0, len(values), 4)])


def perplexity(nats, tokens):
    each = np.exp(nats / tokens)
    lower, median, upper = np.percentile(each, [25, 50, 75])
    return {
        "tokenWeighted": float(np.exp(nats.sum() / tokens.sum())),
        "perText": {"lowerQuartile": float(lower), "median": float(median), "upperQuartile": float(upper)},
        "ppl_reference": float(np.mean(np.exp(batches(nats) / batches(tokens)))),
    }


def intervals(count, statistics):
    random = split_mix(BOOTSTRAP["seed"])
    values = {name: [] for name in statistics}
    for _ in range(BOOTSTRAP["resamples"]):
        items = [int(next(random) * count) for _ in range(count)]
        for name, statistic in statistics.items():
            values[name].append(statistic(items))
    return {name: [float(v) for v in np.percentile(of, [2.5, 97.5])] for name, of in values.items()}


def figures(texts):
    before, tokens = per_text(texts, "untouched")
    after, _ = per_text(texts, "edited")
    shares = {
        "fired": np.array([any(b is not None for b in t["blocks"]) for t in texts], float),
        "ownBlock": np.array([all(b == OWN_BLOCK for b in t["blocks"]) for t in texts], float),
        "missed": np.array([any(b is None for b in t["blocks"]) for t in texts], float),
        "identical": np.array([np.array_equal(t["untouched"], t["edited"]) for t in texts], float),
    }
    divergence = []
    for text in texts:
        p, q = log_softmax(text["untouched"]), log_softmax(text["edited"])
        divergence.append((np.exp(p) * (p - q)).sum())
    divergence = np.array(divergence)

    of_texts, of_batches = {}, {}
    for name, nats in (("before", before), ("after", after)):
        of_texts[name] = lambda items, nats=nats: np.exp(nats[items].sum() / tokens[items].sum())
        of_texts[f"perplexity.{name}.perText.median"] = lambda items, nats=nats: np.median(
            np.exp(nats[items] / tokens[items])
        )
        of_batches[f"perplexity.{name}.ppl_reference"] = lambda items, nats=nats: np.mean(
            np.exp(batches(nats) / batches(tokens))[items]
        )
    for name, share in shares.items():
        of_texts[name] = lambda items, share=share: share[items].mean()
    of_texts["klPerToken"] = lambda items: divergence[items].sum() / tokens[items].sum()
    return {
        "n": len(texts),
        "before": float(np.exp(before.sum() / tokens.sum())),
        "after": float(np.exp(after.sum() / tokens.sum())),
        **{name: float(share.mean()) for name, share in shares.items()},
        "klPerToken": float(divergence.sum() / tokens.sum()),
        "perplexity": {"before": perplexity(before, tokens), "after": perplexity(after, tokens)},
        "intervals": {
            **intervals(len(texts), of_texts),
            **intervals(len(batches(tokens)), of_batches),
        },
    }


def main():
    texts = make_texts()
    golden = {"vocabulary": VOCABULARY, "ownBlock": OWN_BLOCK, "bootstrap": BOOTSTRAP, "figures": figures(texts)}
    golden["texts"] = [
        {**t, "untouched": t["untouched"].astype(float).tolist(), "edited": t["edited"].astype(float).tolist()}
        for t in texts
    ]
    path = Path(__file__).parent / "golden" / "figures.json"
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
