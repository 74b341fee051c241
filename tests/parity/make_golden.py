"""Writes golden/gpt2.json: what transformers, PyTorch and peft give for the models of random_gpt2.py.

Run: python tests/parity/make_golden.py (torch 2.15, transformers 5.23, peft 0.21). In double precision but for peft.
"""
import json
import pathlib
import tempfile

import numpy as np
import torch
from safetensors.numpy import save_file

from peft_check import peft_logits
from random_gpt2 import MODELS, Stream, block, model, tensors

LENGTHS = [17, 9, 12]
RANK = 2


def plain(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().double().flatten().tolist()]


def padded(sequences):
    width = max(map(len, sequences))
    ids = torch.tensor([s + [0] * (width - len(s)) for s in sequences])
    mask = torch.tensor([[1] * len(s) + [0] * (width - len(s)) for s in sequences])
    return ids, mask


def with_blocks(gpt2, m, blocks):
    """Hooks that add (x A) B to `mlp.c_fc`; A [B, D, p] or [D, p], B [B, p, F] or [p, F]."""
    return [
        gpt2.transformer.h[layer].mlp.c_fc.register_forward_hook(lambda _, x, y, a=a, b=b: y + (x[0] @ a) @ b)
        for layer, (a, b) in zip(m["loraLayers"], blocks)
    ]


def loss_of(gpt2, ids, mask, targets):
    """Mean nats over all (sample, row, id)."""
    logits = gpt2(ids, attention_mask=mask).logits
    log = torch.log_softmax(logits, -1)
    return -sum(log[b, row, i] for b, row, i in targets) / len(targets), logits


def gradients(gpt2, m, ids, mask, targets, blocks):
    blocks = [(a.clone().requires_grad_(), b.clone().requires_grad_()) for a, b in blocks]
    hooks = with_blocks(gpt2, m, blocks)
    loss, logits = loss_of(gpt2, ids, mask, targets)
    loss.backward()
    for hook in hooks:
        hook.remove()
    return {"loss": loss.item(), "a": [plain(a.grad) for a, _ in blocks], "b": [plain(b.grad) for _, b in blocks]}, logits


def per_sample(m):
    """Sample 0: a trained block; 1: none; 2: a fresh one (B = 0)."""
    trained, fresh = block(m, 21, RANK), block(m, 22, RANK)
    return [
        (
            torch.tensor(np.stack([trained[i][0], 0 * trained[i][0], fresh[i][0]])).double(),
            torch.tensor(np.stack([trained[i][1], 0 * trained[i][1], 0 * fresh[i][1]])).double(),
        )
        for i in range(len(m["loraLayers"]))
    ]


def peft_golden(m, ids):
    """Through folders, as a person would: the model by save_pretrained, the block as interop says."""
    with tempfile.TemporaryDirectory() as folder:
        model(m).save_pretrained(folder + "/model")
        adapter = pathlib.Path(folder + "/adapter")
        adapter.mkdir()
        weights = {}
        for layer, (a, b) in zip(m["loraLayers"], block(m, 21, RANK)):
            name = f"base_model.model.transformer.h.{layer}.mlp.c_fc"
            weights[name + ".lora_A.weight"] = np.ascontiguousarray(a.T)
            weights[name + ".lora_B.weight"] = np.ascontiguousarray(b.T)
        save_file(weights, adapter / "adapter_model.safetensors")
        config = {
            "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": folder + "/model", "r": RANK, "lora_alpha": RANK,
            "target_modules": [f"transformer.h.{layer}.mlp.c_fc" for layer in m["loraLayers"]], "fan_in_fan_out": True, "inference_mode": True,
        }
        (adapter / "adapter_config.json").write_text(json.dumps(config))
        return plain(torch.tensor(peft_logits(folder + "/model", str(adapter), ids)[-1]))


def golden(m):
    gpt2 = model(m).double()
    for p in gpt2.parameters():
        p.requires_grad_(False)
    stream = Stream(m["seed"] + 100)
    sequences = [stream.ids(n, m["vocabulary"]) for n in LENGTHS]
    ids, mask = padded(sequences)
    key = {}
    hook = gpt2.transformer.h[m["keyLayer"]].mlp.c_fc.register_forward_hook(lambda _, x, y: key.update(module=y))
    out = gpt2(ids, attention_mask=mask, output_hidden_states=True)
    hook.remove()
    hidden, logits = out.hidden_states[m["keyLayer"] + 1], out.logits
    rows = [[0, len(s) // 2, len(s) - 1] for s in sequences]
    targets = [(b, row, s[row + 1]) for b, s in enumerate(sequences) for row in range(len(s) // 2, len(s) - 1)]
    text = [(b, row, s[row + 1]) for b, s in enumerate(sequences) for row in range(len(s) - 1)]
    perplexities = [torch.exp(loss_of(gpt2, ids, mask, [t for t in text if t[0] == b])[0]).item() for b in range(len(sequences))]
    own, own_logits = gradients(gpt2, m, ids, mask, targets, per_sample(m))
    shared, _ = gradients(gpt2, m, ids, mask, targets, [(torch.tensor(a).double(), torch.tensor(b).double()) for a, b in block(m, 21, RANK)])
    start = sequences[0][:5]
    greedy = gpt2.generate(torch.tensor([start]), do_sample=False, min_new_tokens=24, max_new_tokens=24, eos_token_id=None, pad_token_id=0)[0, 5:].tolist()
    return {
        "config": m,
        "checksum": float(sum(np.abs(t.astype(np.float64)).sum() for t in tensors(m).values())),
        "sequences": sequences,
        "rows": rows,
        "hidden": [plain(hidden[b, : len(s)]) for b, s in enumerate(sequences)],
        "keyModule": [plain(key["module"][b, len(s) - 1]) for b, s in enumerate(sequences)],
        "logits": [plain(logits[b, rows[b]]) for b in range(len(sequences))],
        "perplexities": perplexities,
        "targets": targets,
        "rank": RANK,
        "perSample": {**own, "logits": [plain(own_logits[b, rows[b][-1]]) for b in range(len(sequences))]},
        "shared": shared,
        "greedy": {"prompt": start, "tokens": greedy},
        "peft": peft_golden(m, sequences[0]),
    }


if __name__ == "__main__":
    path = pathlib.Path(__file__).parent / "golden" / "gpt2.json"
    path.write_text(json.dumps({name: golden(m) for name, m in MODELS.items()}))
    print(path, path.stat().st_size)
