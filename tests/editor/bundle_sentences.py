"""Where a bundle's load.py counts sentence ends. Reads {rules, texts} from standard input, writes a list of ends for each
rule and text. Offsets are UTF-16 units. The libraries that load.py runs a model with are not needed for this."""
import importlib.util
import json
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "resources" / "bundle"))
for name in ("torch", "peft", "safetensors", "safetensors.torch", "transformers", "tokenizers"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__getattr__ = lambda attribute: (lambda *given, **named: lambda function: function)

spec = importlib.util.spec_from_file_location("load", Path(__file__).parents[2] / "resources" / "bundle" / "load.py")
load = importlib.util.module_from_spec(spec)
spec.loader.exec_module(load)


def ends(rule, text):
    melo = object.__new__(load.Melo)
    melo.melo = {"sentenceRule": rule}
    found, at = [], 0
    while (at := melo.next_end(text, at, True)[0]) is not None:
        found.append(len(text[:at].encode("utf-16-le")) // 2)
    return found


request = json.load(sys.stdin)
print(json.dumps([[ends(rule, text) for text in request["texts"]] for rule in request["rules"]]))
