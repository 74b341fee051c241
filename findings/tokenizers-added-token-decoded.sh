#!/usr/bin/env bash
# The ByteLevel decoder of the Rust library tokenizers 0.23.3 reads an added token as if it were written in GPT-2's byte
# alphabet wherever all its letters occur there: "Zürich", added as a token, is found in a text and decoded as "Z\ufffdrich",
# while "中" comes out whole.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install --quiet tokenizers==0.23.3
venv/bin/python - <<'PY'
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
seen = []
for text in ("Zürich", "中"):
    t = Tokenizer(models.BPE({c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, []))
    t.pre_tokenizer, t.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    t.add_tokens([AddedToken(text)])
    seen.append(t.decode(t.encode(text).ids))
    print(f"tokenizers 0.23.3: the added token {text!r} is decoded as {seen[-1]!r}")
if seen != ["Z\ufffdrich", "中"]:
    print("CHANGED: not what was seen when this was written.")
    raise SystemExit(1)
PY
