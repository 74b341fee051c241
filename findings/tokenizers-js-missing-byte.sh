#!/usr/bin/env bash
# A byte-level BPE whose vocabulary lacks some bytes, and has no unk_token, leaves them out. The Rust library tokenizers
# 0.23.3 does so before it merges: in "aqb" without an entry for q, a and b are joined by the merge (a, b).
# @huggingface/tokenizers 0.2.0 (JavaScript) does so after it has merged: a and b stay apart.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y >/dev/null
npm install --no-audit --no-fund @huggingface/tokenizers@0.2.0 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet tokenizers==0.23.3
cat >make.py <<'PY'
from tokenizers import Tokenizer, models, pre_tokenizers
t = Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")]))
t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
t.save("tokenizer.json")
print(t.encode("aqb").tokens)
PY
cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { Tokenizer } from '@huggingface/tokenizers'
const t = new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), {})
console.log(JSON.stringify(t.encode('aqb').tokens))
JS
rust=$(venv/bin/python make.py)
js=$(node read.mjs)
echo "tokens of \"aqb\": tokenizers 0.23.3 (Rust) $rust; @huggingface/tokenizers 0.2.0 $js"
[ "$rust $js" = "['ab'] [\"a\",\"b\"]" ] || { echo "CHANGED: not what was seen when this was written."; exit 1; }
