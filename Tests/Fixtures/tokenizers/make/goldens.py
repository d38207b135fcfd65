"""Writes the golden files beside this folder: what the reference makes of the corpus.

    pip install tokenizers gguf && python3 Tests/Fixtures/tokenizers/make/goldens.py [SmolLM2-135M-Instruct.Q4_1.gguf]

The vocabularies are trained here on the corpus itself, some thousand pieces each; with the path of the default model its
whole vocabulary is compared, too.
"""

import json
import pathlib
import random
import sys
import unicodedata

from tokenizers import Tokenizer, models, normalizers, trainers

import corpus
import reference

TARGET = pathlib.Path(__file__).resolve().parents[1]
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|eot_id|>"]
ADDED = ["<think>", "</think>", "<|im_", "   ", "\u4f60\u597d"]
# Missing on purpose: the default model's vocabulary lacks bytes, too, and drops them.
DROPPED = {"smollm": [4, 6]}
# Pieces that no merge makes: only a vocabulary that takes whole words finds them.
WHOLE = {"llama-bpe": ["\u0120zephyr", "zephyr", "qqq", "\u0120\u0120\u0120\u0120\u0120\u0120\u0120", "dON", "123"]}


def byte_letters():
    kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in kept]
    letters = {byte: chr(byte) for byte in kept}
    letters.update({byte: chr(0x100 + i) for i, byte in enumerate(others)})
    return letters


def trained(family, texts):
    base = Tokenizer(models.BPE())
    base.pre_tokenizer = reference.pre_tokenizer(family)
    letters = byte_letters()
    trainer = trainers.BpeTrainer(vocab_size=2500, initial_alphabet=list(letters.values()), show_progress=False)
    base.train_from_iterator(texts, trainer)
    model = json.loads(base.to_str())["model"]
    pairs = [m if isinstance(m, list) else m.split(" ") for m in model["merges"]]
    gone = {letters[byte] for byte in DROPPED.get(family, [])}
    pairs = [p for p in pairs if not any(letter in "".join(p) for letter in gone)]
    made = dict.fromkeys("".join(p) for p in pairs)
    pieces = [l for l in letters.values() if l not in gone] + list(made)
    pieces += [w for w in WHOLE.get(family, []) if w not in made]
    types = [reference.NORMAL] * len(pieces)
    pieces = CONTROL[:1] + pieces + CONTROL[1:] + ADDED
    types = [reference.CONTROL] + types + [reference.CONTROL] * (len(CONTROL) - 1) + [reference.USER_DEFINED] * len(ADDED)
    return pieces, types, [" ".join(p) for p in pairs]


def line(ids):
    return " ".join(map(str, ids))


def encodings(family, pieces, types, merges, texts):
    special, plain = (
        [line(reference.encode(tokenizer, text)) for text in texts]
        for tokenizer in (reference.tokenizer(family, pieces, types, merges, special) for special in (True, False)))
    return {"special": special, "plain": {str(i): p for i, (s, p) in enumerate(zip(special, plain)) if s != p}}


def splits(family, texts):
    splitter = reference.pre_tokenizer(family)
    out = []
    for text in texts:
        ends = [end for _, (_, end) in splitter.pre_tokenize_str(text)]
        starts = [0] + ends[:-1]
        out.append(line(len(text[a:b].encode()) for a, b in zip(starts, ends)))
    return out


def decodings(pieces, types, rng):
    """Random tokens, many of them halves of scalars, and what they read as."""
    inverse = {letter: byte for byte, letter in byte_letters().items()}
    normal = [i for i, kind in enumerate(types) if kind == reference.NORMAL]
    single = [i for i in normal if len(pieces[i]) == 1]
    high = [i for i in single if inverse[pieces[i]] >= 0x80]
    out = []
    for _ in range(400):
        ids = [rng.choice(rng.choice([normal, single, high, high])) for _ in range(rng.randrange(1, 14))]
        raw = bytes(inverse[letter] for i in ids for letter in pieces[i])
        out.append([line(ids), raw.decode("utf-8", errors="replace")])
    return out


def compositions(rng):
    nfc = normalizers.NFC().normalize_str
    scalars = [chr(c) for c in range(0xC0, 0x30000) if not 0xD800 <= c < 0xE000]
    changing = [c for c in scalars if unicodedata.normalize("NFD", c) != c]
    marks = [c for c in scalars if unicodedata.combining(c)]
    parts = sorted({p for c in changing for p in unicodedata.normalize("NFD", c)})
    jamo = [chr(c) for c in range(0x1100, 0x1200)]
    cases = [unicodedata.normalize("NFD", c) + "x" + c for c in rng.sample(changing, 700)]
    pools = [changing, marks, parts, parts, jamo, list("aeo \uac00\ud7a3\uac1c")]
    cases += ["".join(rng.choice(rng.choice(pools)) for _ in range(rng.randrange(2, 9))) for _ in range(1300)]
    return [[case, nfc(case)] for case in cases]


def write(name, value):
    text = json.dumps(value, separators=(",", ":"))
    (TARGET / name).write_text(text.replace('","', '",\n"') + "\n")


def main():
    texts, rng = corpus.strings(), random.Random(4)
    write("corpus.json", texts)
    write("splits.json", {family: splits(family, texts) for family in reference.SPLITTERS})
    write("compositions.json", compositions(rng))
    for family in reference.FAMILIES:
        pieces, types, merges = trained(family, texts)
        golden = {"preTokenizer": family, "pieces": pieces, "types": types, "merges": merges}
        golden.update(encodings(family, pieces, types, merges, texts if family == "qwen2" else texts[:HALF]))
        golden["decodings"] = decodings(pieces, types, rng)
        write(f"{family}.json", golden)
    if len(sys.argv) > 1:
        from gguf import GGUFReader
        fields = GGUFReader(sys.argv[1]).fields
        pieces, types, merges = (fields["tokenizer.ggml." + key].contents() for key in ("tokens", "token_type", "merges"))
        write("smollm2.json", encodings("smollm", pieces, types, merges, texts[:HALF]))


main()
