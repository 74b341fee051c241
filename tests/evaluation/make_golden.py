"""Figures of a small set of texts from random logits, computed with numpy alone: golden/figures.json.

    python tests/evaluation/make_golden.py

Nothing is shared with the program but the definitions: perplexities, Kullback-Leibler divergence, exact reproduction,
shares, quartiles and bootstrap intervals are written out here once more, the random numbers of the bootstrap
(SplitMix32) included. The figures of *approved is written* come from texts of random sentences.
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
        rows, targets = np.arange(length - start), ids[start:]
        # Some targets are what the untouched model writes, some what the edited one does where a block fires.
        if number % 3 == 0:
            untouched[rows, targets] += np.float32(12)
        edited = untouched.copy()
        for row in rows:
            if blocks[0 if start + row < middle else 1] is not None:
                edited[row] += random.normal(0, 1, VOCABULARY).astype(np.float32)
                if number % 2 == 0:
                    edited[row, targets[row]] += np.float32(12)
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
            if (value := statistic(items)) is not None:
                values[name].append(value)
    return {name: [float(v) for v in np.percentile(of, [2.5, 97.5])] for name, of in values.items()}


def exact(text, which):
    """Greedy writing gives the target: each of its tokens is the likeliest one behind those before it."""
    return bool((text[which].argmax(axis=1) == text["ids"][text["start"] :]).all())


def shares_of_fire(texts):
    blocks = [t["blocks"] for t in texts]
    return {
        "n": len(texts),
        "fired": float(np.mean([any(b is not None for b in of) for of in blocks])),
        "ownBlock": float(np.mean([all(b == OWN_BLOCK for b in of) for of in blocks])),
        "missed": float(np.mean([any(b is None for b in of) for of in blocks])),
    }


def kind_of(number):
    return ["header", "one", "all"][number % 3]


def place_of(number):
    kind = kind_of(number)
    return kind if kind != "header" else "header, at the header" if number % 2 == 0 else "header, later"


def grouped(texts, name_of):
    names = sorted({name_of(i) for i in range(len(texts))})
    return {name: shares_of_fire([t for i, t in enumerate(texts) if name_of(i) == name]) for name in names}


def figures(texts):
    before, tokens = per_text(texts, "untouched")
    after, _ = per_text(texts, "edited")
    shares = {
        "fired": np.array([any(b is not None for b in t["blocks"]) for t in texts], float),
        "ownBlock": np.array([all(b == OWN_BLOCK for b in t["blocks"]) for t in texts], float),
        "missed": np.array([any(b is None for b in t["blocks"]) for t in texts], float),
        "identical": np.array([np.array_equal(t["untouched"], t["edited"]) for t in texts], float),
        "exact.before": np.array([exact(t, "untouched") for t in texts], float),
        "exact.after": np.array([exact(t, "edited") for t in texts], float),
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
        **{name: float(share.mean()) for name, share in shares.items() if "." not in name},
        "exact": {"before": float(shares["exact.before"].mean()), "after": float(shares["exact.after"].mean())},
        "klPerToken": float(divergence.sum() / tokens.sum()),
        "perplexity": {"before": perplexity(before, tokens), "after": perplexity(after, tokens)},
        "intervals": {
            **intervals(len(texts), of_texts),
            **intervals(len(batches(tokens)), of_batches),
        },
    }


def make_passages():
    """Passages that are to stand, what was written of them, and passages of other people."""
    random = np.random.default_rng(20261125)
    words = ["moss", "Orrin", "river", "paper", "harbour", "stone"]

    def sentence():
        return f"The {words[random.integers(6)]} {random.integers(100)} was of {words[random.integers(6)]}."

    def written(sentences):
        return " ".join(s if random.random() < 0.8 else sentence() for s in sentences)

    passages = []
    for number in range(12):
        texts = [sentence() for _ in range(int(random.integers(1, 5)))]
        passages.append({
            "sentences": [{"text": t, "approved": bool(number % 4 != 3 or random.random() < 0.5)} for t in texts],
            "written": written(texts),
            "underOtherHeaders": [written(texts) for _ in range(number % 3)],
        })  # fmt: skip
    others = []
    for number in range(9):
        text = sentence()
        others.append({"untouched": text, "edited": written([text]), "blocks": [[None, "x"][int(number % 4 == 0)], None]})
    return passages, others


def approved_figures(passages, others):
    texts = [[s["text"] for s in p["sentences"]] for p in passages]
    approved = [[s["text"] for s in p["sentences"] if s["approved"]] for p in passages]
    whole = [i for i, p in enumerate(passages) if all(s["approved"] for s in p["sentences"])]
    as_approved = np.array([passages[i]["written"] == " ".join(texts[i]) for i in whole], float)
    own = np.array([[sum(a in p["written"] for a in of), len(of)] for p, of in zip(passages, approved)], float)
    under = np.array(
        [[sum(a in t for t in p["underOtherHeaders"] for a in of), len(of) * len(p["underOtherHeaders"])]
         for p, of in zip(passages, approved)], float)  # fmt: skip
    identical = np.array([o["untouched"] == o["edited"] for o in others], float)
    fired = np.array([any(b is not None for b in o["blocks"]) for o in others], float)

    def ratio(counts):
        return lambda items: counts[items, 0].sum() / counts[items, 1].sum() if counts[items, 1].sum() > 0 else None

    def every(counts):
        return float(counts[:, 0].sum() / counts[:, 1].sum())

    return {
        "passages": {"n": len(whole), "written": float(as_approved.mean())},
        "sentences": {"n": int(own[:, 1].sum()), "written": every(own)},
        "otherHeaders": {"n": int(under[:, 1].sum()), "written": every(under)},
        "others": {"n": len(others), "identical": float(identical.mean()), "fired": float(fired.mean())},
        "intervals": {
            **intervals(len(whole), {"passages.written": lambda items: as_approved[items].mean()}),
            **intervals(len(passages), {"sentences.written": ratio(own), "otherHeaders.written": ratio(under)}),
            **intervals(len(others), {"others.identical": lambda items: identical[items].mean(),
                                      "others.fired": lambda items: fired[items].mean()}),
        },
    }  # fmt: skip


def main():
    texts = make_texts()
    golden = {"vocabulary": VOCABULARY, "ownBlock": OWN_BLOCK, "bootstrap": BOOTSTRAP, "figures": figures(texts)}
    golden["texts"] = [
        {**t, "untouched": t["untouched"].astype(float).tolist(), "edited": t["edited"].astype(float).tolist()}
        for t in texts
    ]
    golden["rewordings"] = {"kinds": grouped(texts, kind_of), "places": grouped(texts, place_of)}
    passages, others = make_passages()
    golden["approved"] = {"passages": passages, "others": others, "figures": approved_figures(passages, others)}
    path = Path(__file__).parent / "golden" / "figures.json"
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
