#!/usr/bin/env bash
# transformers 5.24.0: a GPT-2 config.json may call its sizes n_embd, n_layer, ... or hidden_size, num_hidden_layers, ...
# Where it has both and they differ, the second kind wins, whatever their order in the file, and no warning says so.
# Nothing but the shape of a tensor can show it, and the number of heads is in no shape.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install --quiet transformers==5.24.0
cat >check.py <<'PY'
import json
import pathlib
import sys
import warnings

import transformers
from transformers import AutoConfig

warnings.simplefilter("error")
both = [("n_head", 4), ("num_attention_heads", 2), ("n_embd", 32), ("hidden_size", 48)]
changed = False
for fields in (both, both[::-1]):
    folder = pathlib.Path("config")
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2", **dict(fields)}))
    config = AutoConfig.from_pretrained(folder)
    print(f"transformers {transformers.__version__}: {dict(fields)} -> n_head {config.n_head}, n_embd {config.n_embd}")
    changed |= (config.n_head, config.n_embd) != (2, 48)
if changed:
    print("CHANGED: not what was seen when this was written.")
sys.exit(changed)
PY
venv/bin/python check.py
