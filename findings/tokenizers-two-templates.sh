#!/usr/bin/env bash
# A Sequence of two TemplateProcessing steps in a post-processor (Rust library tokenizers 0.23.3): the second one takes what
# the first has put before a text for a text of its own and uses its template of a pair, so that a BOS of both comes once.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install --quiet tokenizers==0.23.3
venv/bin/python - <<'PY'
from tokenizers import Tokenizer, models, processors
bos = processors.TemplateProcessing(single="<s> $A", pair="$A $B", special_tokens=[("<s>", 1)])
t = Tokenizer(models.BPE({"a": 0, "<s>": 1}, []))
t.post_processor = processors.Sequence([bos, bos])
ids = t.encode("a").ids
print("tokenizers 0.23.3: ids of \"a\" behind two templates with <s> = 1:", ids)
if ids != [1, 0]:
    print("CHANGED: not what was seen when this was written.")
    raise SystemExit(1)
PY
