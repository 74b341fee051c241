"""Reads a model folder's tokenizer as Erratum does: tokenizer.json as it stands, and what the folder's other files add.

transformers' AutoTokenizer puts other steps in place of the file's for some classes (GPT2Tokenizer, T5Tokenizer), so
the file is given to the library tokenizers itself.
"""
import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, pre_tokenizers

EOS = "<|endoftext|>"
NAMES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
LISTS = ["additional_special_tokens", "extra_special_tokens"]


class FolderTokenizer:
    def __init__(self, folder):
        read = lambda name: json.loads((Path(folder) / name).read_text("utf8")) if (Path(folder) / name).exists() else {}
        config, named = read("tokenizer_config.json"), read("special_tokens_map.json")
        body = read("tokenizer.json")
        made = Tokenizer.from_str(json.dumps(body or gpt2(folder, read("vocab.json"), config)))
        made.no_truncation()
        made.no_padding()
        special = tokens_of(named)
        names = {content(token) for token in special}
        for text, _ in sorted(read("added_tokens.json").items(), key=lambda item: item[1]):
            made.add_tokens([AddedToken(text, special=text in names, normalized=text not in names)])
        decoder = sorted((config.get("added_tokens_decoder") or {}).items(), key=lambda item: int(item[0]))
        named_ones = [(token, {"special": True}) for token in special]
        of_config = [] if body else [(token, {"special": True}) for token in tokens_of(config)]
        for token, forced in named_ones + [(token, {}) for _, token in decoder] + of_config:
            known = {added.content for added in made.get_added_tokens_decoder().values()}
            if isinstance(token, dict):
                flags = {key: token[key] for key in ("lstrip", "rstrip", "single_word", "normalized", "special") if key in token}
                made.add_tokens([AddedToken(token["content"], **{**flags, **forced})])
            elif token not in known:  # a name says nothing of flags
                made.add_tokens([AddedToken(token, special=True, normalized=False)])
        steps = json.loads(made.to_str())["pre_tokenizer"]
        steps = steps["pretokenizers"] if steps["type"] == "Sequence" else [steps]
        last = steps[-1]
        if len(steps) == 1 and "add_prefix_space" in config:
            last["add_prefix_space"] = config["add_prefix_space"]
        self.first, self.going_on = made, Tokenizer.from_str(made.to_str())
        self.first.pre_tokenizer = built(steps)
        self.going_on.pre_tokenizer = built(steps)
        if last["add_prefix_space"]:
            inner = [built([step]) for step in steps[:-1]] + [pre_tokenizers.PreTokenizer.custom(Spaces()), built([{**last, "add_prefix_space": False}])]
            self.going_on.pre_tokenizer = pre_tokenizers.Sequence(inner)
        self.before = frame(json.loads(made.to_str())["post_processor"])
        alphabet = {character: byte for byte, character in byte_alphabet()}
        spelled = lambda entry: bytes(alphabet[c] for c in entry) if all(c in alphabet for c in entry) else entry.encode()
        added = {i: token.content for i, token in made.get_added_tokens_decoder().items()}
        self.bytes = {i: text.encode() for i, text in added.items()} | {i: spelled(entry) for entry, i in made.get_vocab(False).items()}
        hidden = {content(config.get(n)) or content(named.get(n)) for n in NAMES} | {EOS}
        hidden |= {token.content for token in made.get_added_tokens_decoder().values() if token.special}
        self.hidden = {made.token_to_id(entry) for entry in hidden if entry}

    def encode(self, text, continues=False):
        """Ids; `continues`: the text goes on from another, so nothing comes before it."""
        if not continues:
            return self.before + self.first.encode(text, add_special_tokens=False).ids
        return self.going_on.encode(text, add_special_tokens=False).ids

    def decode(self, ids):
        return b"".join(self.bytes.get(i, b"") for i in ids if i not in self.hidden).decode("utf8", "replace")


class Spaces:
    """A space before each part of a text that has none; not before the first one, which goes on from another text."""

    def pre_tokenize(self, text):
        text.split(self.spaced)

    def spaced(self, number, part):
        if number > 0 and not str(part).startswith(" "):
            part.prepend(" ")
        return [part]


def built(steps):
    """pre_tokenizers of their records"""
    body = {"model": {"type": "BPE", "vocab": {}, "merges": []}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": steps}}
    return Tokenizer.from_str(json.dumps(body)).pre_tokenizer


def frame(step):
    """Ids that a post-processor puts before a text; what it puts behind is left out, since a text is written on from there."""
    if step is None or step["type"] == "ByteLevel":
        return []
    if step["type"] == "Sequence":
        return [i for inner in step["processors"] for i in frame(inner)]
    if step["type"] in ("BertProcessing", "RobertaProcessing"):
        return [step["cls"][1]]
    before = [part for part in step["single"]]
    before = before[: next(n for n, part in enumerate(before) if "Sequence" in part)]
    return [i for part in before for i in step["special_tokens"][part["SpecialToken"]["id"]]["ids"]]


def tokens_of(fields):
    """The tokens that a file names, in its order: names for one, and lists."""
    found = []
    for name, value in fields.items():
        if value is not None and name in NAMES + LISTS:
            found += [value] if name in NAMES else list(value.values() if isinstance(value, dict) else value)
    return found


def content(token):
    return token.get("content") if isinstance(token, dict) else token


def gpt2(folder, vocab, config):
    """What vocab.json and merges.txt leave out."""
    lines = (Path(folder) / "merges.txt").read_text("utf8").splitlines()
    merges = [line.split(" ") for line in lines if line and not line.startswith("#version")]
    words = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    bos = content(config.get("bos_token")) or EOS
    single = [{"SpecialToken": {"id": bos, "type_id": 0}}] if config.get("add_bos_token") is True and bos in vocab else []
    single += [{"Sequence": {"id": "A", "type_id": 0}}]
    processor = {"type": "TemplateProcessing", "single": single, "pair": single + [{"Sequence": {"id": "B", "type_id": 1}}],
                 "special_tokens": {bos: {"id": bos, "ids": [vocab[bos]], "tokens": [bos]}} if len(single) > 1 else {}}
    eos = {"id": vocab[EOS], "content": EOS, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} if EOS in vocab else None
    return {"model": {"type": "BPE", "vocab": vocab, "merges": merges}, "pre_tokenizer": words, "decoder": words, "post_processor": processor,
            "added_tokens": [eos] if eos else []}


def byte_alphabet():
    """GPT-2's: the character that stands for each byte"""
    free = 256
    for byte in range(256):
        plain = 0x21 <= byte <= 0x7E or 0xA1 <= byte <= 0xAC or byte >= 0xAE
        yield byte, chr(byte if plain else free)
        free += not plain
