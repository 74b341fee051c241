#!/usr/bin/env bash
# Five steps of a tokenizer.json that @huggingface/tokenizers 0.2.0 (JavaScript) carries out otherwise than the Rust library
# tokenizers 0.23.3: Digits knows ASCII digits alone; Punctuation (Isolated) glues its characters; Split keeps a String that
# is to be removed; the replacement of Replace is read as a pattern ("$&"); Split with (?i:'s) does not match a long s.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y >/dev/null
npm install --no-audit --no-fund @huggingface/tokenizers@0.2.0 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet tokenizers==0.23.3
cat >cases.json <<'JSON'
[
  ["pre_tokenizer", {"type": "Digits", "individual_digits": true}, "\u0661\u0662"],
  ["pre_tokenizer", {"type": "Punctuation", "behavior": "Isolated"}, "a?!"],
  ["pre_tokenizer", {"type": "Split", "pattern": {"String": "-"}, "behavior": "Removed", "invert": false}, "a-b"],
  ["normalizer", {"type": "Replace", "pattern": {"String": "a"}, "content": "$&$&"}, "a"],
  ["pre_tokenizer", {"type": "Split", "pattern": {"Regex": "(?i:'s)"}, "behavior": "Isolated", "invert": false}, "x'\u017f"]
]
JSON
cat >rust.py <<'PY'
import json
from tokenizers import Tokenizer
out = []
for kind, step, text in json.load(open("cases.json", encoding="utf8")):
    t = Tokenizer.from_str(json.dumps({"model": {"type": "BPE", "vocab": {}, "merges": []}, kind: step}))
    out.append([p for p, _ in t.pre_tokenizer.pre_tokenize_str(text)] if kind == "pre_tokenizer" else t.normalizer.normalize_str(text))
print(json.dumps(out, ensure_ascii=False))
PY
cat >compare.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { Tokenizer } from '@huggingface/tokenizers'
const cases = JSON.parse(readFileSync('cases.json', 'utf8'))
const rust = JSON.parse(process.argv[2])
const due = ['["١","٢"] ["١٢"]', '["a","?","!"] ["a","?!"]', '["a","b"] ["a","-","b"]', '"$&$&" "aa"', '["x","\'ſ"] ["x\'ſ"]']
let changed = false
cases.forEach(([kind, step, text], i) => {
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] }
  const t = new Tokenizer({ ...parts, model: { type: 'BPE', vocab: {}, merges: [] }, [kind]: step }, {})
  const js = kind === 'pre_tokenizer' ? t.pre_tokenizer.pre_tokenize(text) : t.normalizer.normalize(text)
  const seen = `${JSON.stringify(rust[i])} ${JSON.stringify(js)}`
  console.log(`${step.type}, ${JSON.stringify(text)}: Rust 0.23.3 ${JSON.stringify(rust[i])}, JavaScript 0.2.0 ${JSON.stringify(js)}`)
  changed ||= seen !== due[i]
})
if (changed) console.log('CHANGED: not what was seen when this was written.')
process.exit(changed ? 1 : 0)
JS
node compare.mjs "$(venv/bin/python rust.py)"
