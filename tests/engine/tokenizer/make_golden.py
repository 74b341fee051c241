"""Golden tokens for tests/engine/tokenizer, by Hugging Face's tokenizers (pip install tokenizers).

    python make_golden.py FOLDER_WITH_ENCODER_JSON_AND_VOCAB_BPE

Writes golden/strings.json (1,000 odd strings by a seeded generator), golden/gpt2.json (GPT-2's tokens of them; its
vocabulary itself is not stored), golden/small-tokenizer.json (a small BPE trained here) and golden/small.json.
Offsets are UTF-16 positions, flat: start, end, start, end ...
"""
import json
import random
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

EOS = "<|endoftext|>"
GOLDEN = Path(__file__).parent / "golden"
random_ = random.Random("odd strings")
pick = random_.choice


def word():
    return "".join(pick("bcdfglmnprst") + pick("aeiou") for _ in range(random_.randint(1, 4)))


def from_range(first, last):
    return lambda: chr(random_.randint(first, last))


# Every range holds only characters that were assigned long ago, so that the Unicode tables of both sides agree.
KINDS = [
    word, word, lambda: word().capitalize(), lambda: word().upper(),
    lambda: str(random_.randint(0, 10 ** random_.randint(1, 9))),
    lambda: pick([" ", " ", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", " \n ", "\t\t"]),
    lambda: pick(["\u00a0", "\u2003", "\u2028", "\u3000", "\u0085", "\ufeff", "\u200b", "\u1680", "\u205f", "\u180e"]),
    lambda: pick(["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'", "''", '"', "\u2019s", "\u201c", "`"]),
    lambda: pick(list("!?.,:;-_()[]{}<>/\\|@#$%^&*+=~")) * random_.randint(1, 4),
    lambda: pick(["\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f9d1\U0001f3fd\u200d\U0001f52c", "\u2764\ufe0f",
                  "\U0001f1eb\U0001f1f7", "\U0001f600", "\U0001f3f4\u200d\u2620\ufe0f", "1\ufe0f\u20e3"]),
    from_range(0x1F600, 0x1F64F), from_range(0x1F400, 0x1F43E),  # emoji
    lambda: pick("aeiounAEC") + chr(random_.randint(0x300, 0x34E)) + pick(["", chr(random_.randint(0x300, 0x34E))]),
    from_range(0xC0, 0x17F), from_range(0x391, 0x3A1), from_range(0x410, 0x44F),  # Latin, Greek, Cyrillic
    from_range(0x5D0, 0x5EA), from_range(0x627, 0x63A), lambda: "\u200f" + chr(0x5D0) + "\u200e",  # right to left
    from_range(0x905, 0x939), from_range(0xE01, 0xE2E), lambda: "\u0915\u094d\u0937\u093f",  # Devanagari, Thai
    from_range(0x4E00, 0x9FA5), from_range(0x3041, 0x3096), from_range(0xAC00, 0xD7A3),  # Han, kana, Hangul
    from_range(0x1D400, 0x1D454), from_range(0x10330, 0x1034A), from_range(0x20000, 0x2A6D6),  # beyond 16 bits
    lambda: chr(random_.randint(0, 31)), lambda: chr(random_.randint(0x7F, 0x9F)),  # control characters
    lambda: pick(["\u00bd", "\u00b2", "\u2160", "\u0663", "\uff15", "\u4e09", "\u3007"]),  # numbers of other kinds
    lambda: pick([EOS, "<|endof", "text|>", "<|", "\ufffd", "\ue000", "\uffff"]),
]


def odd_string(number):
    if number == 0:
        return ""
    if number % 100 == 1:
        return word() * 40  # a very long word
    if number % 100 == 2:
        return pick(["a", " ", "\n", "=", "\U0001f600", "\u00e9", "9"]) * random_.randint(50, 130)
    return "".join(pick(KINDS)() for _ in range(random_.randint(1, 9)))


def byte_level(model):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def gpt2(folder):
    vocab = json.loads((folder / "encoder.json").read_text("utf8"))
    lines = (folder / "vocab.bpe").read_text("utf8").split("\n")[1:]
    tokenizer = byte_level(models.BPE(vocab, [tuple(line.split(" ")) for line in lines if line]))
    tokenizer.add_special_tokens([EOS])
    return tokenizer


def small(texts):
    tokenizer = byte_level(models.BPE())
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet, show_progress=False))
    tokenizer.add_special_tokens([EOS])
    return tokenizer


def golden(tokenizer, strings, file):
    rows, parts = [], []
    for number, text in enumerate(strings):
        units = [0]  # UTF-16 position of each code point
        for character in text:
            units.append(units[-1] + (2 if ord(character) > 0xFFFF else 1))
        encoding = tokenizer.encode(text)
        rows.append({"ids": encoding.ids, "offsets": [units[end] for pair in encoding.offsets for end in pair]})
        if number % 10 == 5 and encoding.ids:  # parts of a text, cut between tokens: broken UTF-8 among them
            start = random_.randrange(len(encoding.ids))
            end = random_.randint(start + 1, len(encoding.ids))
            parts.append({"string": number, "start": start, "end": end, "text": tokenizer.decode(encoding.ids[start:end])})
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    cuts = ",\n".join(json.dumps(part, separators=(",", ":")) for part in parts)
    (GOLDEN / file).write_text(f'{{"rows":[\n{lines}\n],"parts":[\n{cuts}\n]}}\n', "utf8")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    strings = [odd_string(number) for number in range(1000)]
    (GOLDEN / "strings.json").write_text("[\n" + ",\n".join(json.dumps(text) for text in strings) + "\n]\n", "utf8")
    golden(gpt2(Path(sys.argv[1])), strings, "gpt2.json")
    own = small(strings)
    own.save(str(GOLDEN / "small-tokenizer.json"), pretty=False)
    golden(own, strings[:250], "small.json")
