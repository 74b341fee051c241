#!/usr/bin/env bash
# The ids that a tokenizer.json gives its added tokens are not kept by the Rust library tokenizers 0.23.3: a token that is
# not in the vocabulary gets the next free id, and nothing says that the file has another one. @huggingface/tokenizers 0.2.0
# (JavaScript) keeps the file's.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y >/dev/null
npm install --no-audit --no-fund @huggingface/tokenizers@0.2.0 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet tokenizers==0.23.3
cat >tokenizer.json <<'JSON'
{"version": "1.0", "truncation": null, "padding": null, "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
 "added_tokens": [{"id": 7, "content": "<x>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
 "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}
JSON
rust=$(venv/bin/python -c "from tokenizers import Tokenizer; print(Tokenizer.from_file('tokenizer.json').encode('a<x>').ids)")
js=$(node --input-type=module -e "
import { readFileSync } from 'node:fs'
import { Tokenizer } from '@huggingface/tokenizers'
console.log(JSON.stringify(new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), {}).encode('a<x>').ids))")
echo "the file says <x> = 7; ids of \"a<x>\": tokenizers 0.23.3 (Rust) $rust; @huggingface/tokenizers 0.2.0 $js"
[ "$rust $js" = "[0, 2] [0,7]" ] || { echo "CHANGED: not what was seen when this was written."; exit 1; }
