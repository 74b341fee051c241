"""Logits of a block in stock transformers + peft: `peft_check.py MODEL_DIR ADAPTER_DIR IDS.json` prints them as JSON.

IDS.json: a list of token ids. The adapter is a folder as a session stores it (adapter_model.safetensors and
adapter_config.json). Needs torch, transformers and peft.
"""
import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM


def peft_logits(model_dir, adapter_dir, ids):
    """[T, V], as nested lists"""
    base = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32).eval()
    with torch.no_grad():
        return PeftModel.from_pretrained(base, adapter_dir).eval()(torch.tensor([ids])).logits[0].tolist()


if __name__ == "__main__":
    model_dir, adapter_dir, ids = sys.argv[1:4]
    json.dump(peft_logits(model_dir, adapter_dir, json.load(open(ids))), sys.stdout)
