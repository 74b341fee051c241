"""The model's own byte-level BPE, trained on its documents."""
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from corpus import document, prose
from world import World

VOCABULARY, EOS = 8000, "<|endoftext|>"


def build(world, documents=24_000):
    """Half of the text is prose, so that common English words are entries too and not only the sounds of names."""
    import random
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY - 1, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    texts = (text for n in range(documents) for text in (document(world, n)[1], prose(world, random.Random(f"tokenizer/{n}"))))
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([EOS])
    assert tokenizer.get_vocab_size() == VOCABULARY, tokenizer.get_vocab_size()
    return tokenizer


def with_dropout(path, dropout):
    """The same tokenizer whose merges are skipped at random: the parts of long entries are seen too."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.model.dropout = dropout
    return tokenizer


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    build(World()).save(str(out / "tokenizer.json"))
