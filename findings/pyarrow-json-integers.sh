#!/bin/sh
# pyarrow 26.0.1: its JSON reader turns a column of integers beyond int64 into doubles, which loses digits without a word,
# although uint64 holds them and Python's own json reads them exactly.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet pyarrow==26.0.1
cat >seen.py <<'PY'
import io, json
import pyarrow
import pyarrow.json

ids = [12345678901234567890, 12345678901234567891]
lines = "".join(json.dumps({"id": one}) + "\n" for one in ids).encode()
table = pyarrow.json.read_json(io.BytesIO(lines))
read = table.column("id").to_pylist()
print("pyarrow", pyarrow.__version__)
print("ids in the file:", ids)
print("Python's json:", [json.loads(line)["id"] for line in lines.splitlines()])
print("pyarrow.json:", table.schema.field("id").type, read)
explicit = pyarrow.schema([("id", pyarrow.uint64())])
options = pyarrow.json.ParseOptions(explicit_schema=explicit)
exact = pyarrow.json.read_json(io.BytesIO(lines), parse_options=options).column("id").to_pylist()
print("with a schema of uint64:", exact)
if not (str(table.schema.field("id").type) == "double" and read[0] == read[1] and exact == ids):
    raise SystemExit("This has changed.")
PY
venv/bin/python seen.py
