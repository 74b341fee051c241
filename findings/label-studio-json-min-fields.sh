#!/bin/sh
# label-studio-sdk 2.1.2: where a task's data has a field with the name of a control (or "id"), the JSON_MIN export replaces
# its value without a word; the CSV export of the same task keeps it (as _data_label, and the data's own id).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet label-studio-sdk==2.1.2
cat >seen.py <<'PY'
import csv, importlib.metadata, json, os
from label_studio_sdk.converter import Converter

config = """<View><Text name="text" value="$text"/>
<Choices name="label" toName="text"><Choice value="wrong"/><Choice value="right"/></Choices></View>"""
result = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["wrong"]}}
task = {
    "id": 1,
    "data": {"text": "A sentence.", "label": "right", "id": "p7"},
    "annotations": [{"id": 9, "completed_by": 1, "result": [result]}],
}
with open("task.json", "w") as file:
    json.dump([task], file)
converter = Converter(config, ".")
converter.convert_to_json_min("task.json", "min", is_dir=False)
converter.convert_to_csv("task.json", "csv", sep=",", header=True, is_dir=False)
with open(os.path.join("min", "result.json")) as file:
    in_min = json.load(file)[0]
with open(os.path.join("csv", "result.csv"), newline="") as file:
    in_csv = next(csv.DictReader(file))
print("label-studio-sdk", importlib.metadata.version("label-studio-sdk"))
print("data of the task:", task["data"])
print("JSON_MIN:", {name: value for name, value in in_min.items() if value is not None})
print("CSV:", {name: value for name, value in in_csv.items() if value != ""})
seen = [in_min["label"], in_min["id"], "right" in in_min.values(), in_csv["label"], in_csv["_data_label"], in_csv["id"]]
if seen != ["wrong", 1, False, "wrong", "right", "p7"]:
    raise SystemExit("This has changed.")
PY
venv/bin/python seen.py
