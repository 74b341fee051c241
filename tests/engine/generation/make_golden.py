"""Golden figures for tests/engine/generation, by PyTorch and transformers' own filters (pip install torch transformers).

Logits are multiples of 1/64, so that they are exact in JSON and ties happen.
"""
import json
import random
from pathlib import Path

import torch
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

GOLDEN = Path(__file__).parent / "golden"


def case(random_, vocabulary, temperature, top_k, top_p):
    # Distinct values: which of equal tokens top-p leaves out is not defined by transformers.
    values = random_.sample(range(-640, 640), vocabulary)
    logits = torch.tensor([[value / 64 for value in values]], dtype=torch.float64)
    scores = TemperatureLogitsWarper(temperature)(None, logits)
    if top_k is not None:
        scores = TopKLogitsWarper(top_k)(None, scores)
    if top_p is not None:
        scores = TopPLogitsWarper(top_p)(None, scores)
    probabilities = scores.softmax(-1)[0]
    kept = [i for i, p in enumerate(probabilities.tolist()) if p > 0]
    order = torch.argsort(logits[0], descending=True).tolist()
    token = random_.randrange(vocabulary)
    return {
        "logits": [value / 64 for value in values], "temperature": temperature, "topK": top_k, "topP": top_p,
        "ids": kept, "probabilities": [round(probabilities[i].item(), 12) for i in kept],
        "greedy": int(logits.argmax()), "token": token, "rank": order.index(token) + 1,
        "logprob": round(torch.log_softmax(logits, -1)[0, token].item(), 12),
    }


if __name__ == "__main__":
    random_ = random.Random("sampling")
    cases = [
        case(random_, random_.choice([5, 17, 40]), random_.choice([0.5, 0.9, 1.0, 1.7]),
             random_.choice([None, 1, 3, 10, 100]), random_.choice([None, 0.1, 0.5, 0.9, 0.99, 1.0]))
        for _ in range(60)
    ]
    GOLDEN.mkdir(exist_ok=True)
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in cases)
    (GOLDEN / "filters.json").write_text(f"[\n{text}\n]\n")
