"""Logits of a trained block in stock transformers + peft, for several texts.

`fresh_peft.py MODEL_DIR ADAPTER_DIR SEQUENCES.json OUT.safetensors`: the logits of sequence i are `logits.i` [T, V].
"""
import json
import sys

import torch
from safetensors.torch import save_file

from peft_check import peft_logits

if __name__ == "__main__":
    model_dir, adapter_dir, sequences, out = sys.argv[1:5]
    texts = json.load(open(sequences))
    save_file({f"logits.{i}": torch.tensor(peft_logits(model_dir, adapter_dir, ids)) for i, ids in enumerate(texts)}, out)
