"""What transformers and PyTorch give for a model folder, made anew for `npm run parity`.

`fresh_reference.py MODEL_DIR REQUEST.json BLOCKS.safetensors OUT.safetensors`, in double precision.
REQUEST: {sequences, keyLayer, loraLayers, targets: [[sample, row, id]], greedy: {prompt, count}}; BLOCKS: a.i [B, D, p] and
b.i [B, p, F], one for each sample. Needs torch, transformers, safetensors, and what make_golden.py needs.
"""
import json
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from make_golden import gradients, padded


def reference(gpt2, request, blocks):
    ids, mask = padded(request["sequences"])
    lengths = [len(s) for s in request["sequences"]]
    key = {}
    module = gpt2.transformer.h[request["keyLayer"]].mlp.c_fc
    hook = module.register_forward_hook(lambda _, x, y: key.update(module=y))
    with torch.no_grad():
        result = gpt2(ids, attention_mask=mask, output_hidden_states=True)
    hook.remove()
    out = {}
    for b, length in enumerate(lengths):
        out[f"logits.{b}"] = result.logits[b, :length]
        out[f"hidden.{b}"] = result.hidden_states[request["keyLayer"] + 1][b, :length]
        out[f"keyModule.{b}"] = key["module"][b, length - 1]

    own, own_logits = gradients(gpt2, request, ids, mask, request["targets"], blocks)
    shared, _ = gradients(gpt2, request, ids, mask, request["targets"], [(a[0], b[0]) for a, b in blocks])
    for b, length in enumerate(lengths):
        out[f"own.logits.{b}"] = own_logits[b, length - 1]
    for name, came in (("own", own), ("shared", shared)):
        out[f"{name}.loss"] = torch.tensor([came["loss"]])
        for part in "ab":
            for i, gradient in enumerate(came[part]):
                out[f"{name}.{part}.{i}"] = torch.tensor(gradient)

    start, count = request["greedy"]["prompt"], request["greedy"]["count"]
    written = gpt2.generate(
        torch.tensor([start]), do_sample=False, min_new_tokens=count, max_new_tokens=count, eos_token_id=None, pad_token_id=0
    )
    out["greedy"] = written[0, len(start) :]
    return {name: tensor.detach().float().contiguous() for name, tensor in out.items()}


if __name__ == "__main__":
    model_dir, request, blocks, out = sys.argv[1:5]
    gpt2 = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float64, attn_implementation="eager").eval()
    for parameter in gpt2.parameters():
        parameter.requires_grad_(False)
    request, stored = json.load(open(request)), load_file(blocks)
    pairs = [(stored[f"a.{i}"].double(), stored[f"b.{i}"].double()) for i in range(len(request["loraLayers"]))]
    save_file(reference(gpt2, request, pairs), out)
