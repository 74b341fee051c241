"""What a bundle's own load.py says and writes, for `npm run parity`.

`bundle_check.py MODEL_DIR BUNDLE_DIR REQUEST.json OUT.safetensors`. REQUEST: {prompts: [ids], passages: [{prompt, sentences}]}.
OUT, for prompt i: `route.{i}` (number of the block in melo.json, -1: none) and `logits.{i}` [V] after it under that
block; for passage i: `passage.{i}`, the ids written in one go, and `bySentence.{i}`, written one sentence a call, each
with the text so far as its prompt. Needs torch, transformers, peft and safetensors.
"""
import importlib.util
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file


def load(folder):
    # load.py has a neighbour in its folder.
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("bundle_load", Path(folder) / "load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_sentence(melo, prompt, sentences):
    text, ids = prompt, []
    for _ in range(sentences):
        written = melo.write(text, 1)
        ids += written
        text += melo.decode(written)
        if not written or written[-1] in melo.ends:
            break
    return ids


if __name__ == "__main__":
    model_dir, bundle, request, out = sys.argv[1:5]
    torch.set_num_threads(1)
    melo = load(bundle).Melo(model_dir, bundle)
    request = json.load(open(request))
    tensors = {}
    for i, ids in enumerate(request["prompts"]):
        block = melo.route(ids)
        tensors[f"route.{i}"] = torch.tensor([float(melo.melo["blocks"].index(block) if block else -1)])
        tensors[f"logits.{i}"] = melo.read(ids, block)[0].float().contiguous()
    for i, passage in enumerate(request["passages"]):
        tensors[f"passage.{i}"] = torch.tensor(melo.write(passage["prompt"], passage["sentences"]), dtype=torch.float32)
        tensors[f"bySentence.{i}"] = torch.tensor(by_sentence(melo, **passage), dtype=torch.float32)
    save_file(tensors, out)
