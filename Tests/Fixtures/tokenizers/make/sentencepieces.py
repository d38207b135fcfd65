"""Writes the golden files of SentencePiece's vocabularies beside this folder.

    pip install tokenizers sentencepiece && python3 Tests/Fixtures/tokenizers/make/sentencepieces.py

Small models are trained on the corpus. What `sentencepiece` makes of it stands in spm-*.json; what `tokenizers` makes of it,
put together from the same pieces in the ways of published models, in spaced-*.json beside the `tokenizer.json` itself.
"""

import io
import json
import pathlib

import sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

import corpus

TARGET = pathlib.Path(__file__).resolve().parents[1]
MARK = "\u2581"
CONTROL = ["<|im_start|>", "<|im_end|>"]
ADDED = ["<think>", "</think>"]


def train(kind, size, **options):
    """Lines without line breaks and rare characters, as these models want them."""
    lines = [line for text in corpus.strings()[:900] for line in text.split("\n") if line and "\0" not in line]
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=out, model_type=kind, vocab_size=size,
        normalization_rule_name="identity", remove_extra_whitespaces=False, control_symbols=CONTROL,
        user_defined_symbols=ADDED, minloglevel=2, num_threads=1, character_coverage=0.98, hard_vocab_limit=False, **options)
    return out.getvalue()


def kind(model, i):
    if model.is_unknown(i): return 2
    if model.is_control(i): return 3
    if model.is_unused(i): return 5
    if model.is_byte(i): return 6
    return 4 if model.id_to_piece(i) in ADDED else 1


def write(name, value):
    (TARGET / name).write_text(json.dumps(value, separators=(",\n", ":")) + "\n")


def line(ids):
    return " ".join(map(str, ids))


def described(model):
    ids = range(model.get_piece_size())
    types = [kind(model, i) for i in ids]
    spelled = [model.id_to_piece(i) for i in ids]
    return {"pieces": spelled, "types": types, "scores": [model.get_score(i) for i in ids]}


def encoded(model, text):
    """Other programs put no space in front of a user-defined piece, so that ours is to be compared without it."""
    ids = model.encode(text)
    return ids[1:] if text.startswith(tuple(ADDED)) else ids


def merges(golden):
    """All ways to make a piece out of two, best piece first: how `tokenizer.json` is made of a model."""
    rank = {p: s for p, s, t in zip(golden["pieces"], golden["scores"], golden["types"]) if t == 1}
    found = []
    for piece, score in rank.items():
        local = [(piece[:i], piece[i:]) for i in range(1, len(piece)) if piece[:i] in rank and piece[i:] in rank]
        found += [(score, pair) for pair in local]
    return [pair for _, pair in sorted(found, key=lambda entry: -entry[0])]


def put_together(golden, unigram=False, fallback=True, whole=False, normalizer=None, splitter=None, decoder=None):
    spelled = golden["pieces"]
    if unigram:
        model = models.Unigram(list(zip(spelled, golden["scores"])), 0, fallback)
    else:
        vocabulary = {p: i for i, p in enumerate(spelled)}
        model = models.BPE(
            vocab=vocabulary, merges=merges(golden), unk_token="<unk>", fuse_unk=True, byte_fallback=fallback,
            ignore_merges=whole)
    result = Tokenizer(model)
    if normalizer: result.normalizer = normalizer
    if splitter: result.pre_tokenizer = splitter
    result.decoder = decoder
    types = golden["types"]
    result.add_special_tokens([AddedToken(p, normalized=False) for p, t in zip(spelled, types) if t in (2, 3)])
    result.add_tokens([AddedToken(p, normalized=False) for p, t in zip(spelled, types) if t == 4])
    result.add_tokens([AddedToken("zoë late", normalized=True), AddedToken("<|late|>", normalized=True)])
    return result


def published(bpe, plain, unigram):
    """The ways in which published files are put together."""
    space = [decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse()]
    strip, keep = decoders.Sequence(space + [decoders.Strip(" ", 1, 0)]), decoders.Sequence(space)
    replace = normalizers.Replace(" ", MARK)
    prepend = normalizers.Sequence([normalizers.Prepend(MARK), replace])
    meta = pre_tokenizers.Metaspace
    yield "llama", put_together(bpe, normalizer=prepend, decoder=strip)
    yield "mistral", put_together(bpe, splitter=meta(MARK, "first", False), decoder=strip)
    yield "yi", put_together(bpe, whole=True, normalizer=replace, decoder=keep)
    yield "unknowns", put_together(
        plain, fallback=False, splitter=meta(MARK, "always", True), decoder=decoders.Metaspace(MARK, "always", True))
    yield "unigram", put_together(
        unigram, unigram=True, splitter=meta(MARK, "always", True),
        decoder=decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(MARK, "always", True)]))


def main():
    texts = corpus.strings()[:1000]
    goldens = {}
    for name, trainer, options in [("bpe", "bpe", {"byte_fallback": True, "split_digits": True}), ("plain", "bpe", {}),
                                   ("unigram", "unigram", {"byte_fallback": True})]:
        raw = train(trainer, 730 if name == "bpe" else 1400, **options)
        (TARGET / f"spm-{name}.model").write_bytes(raw)
        model = sentencepiece.SentencePieceProcessor(model_proto=raw)
        golden = {"model": "t5" if name == "unigram" else "llama", **described(model)}
        goldens[name] = golden
        ids = [encoded(model, text) for text in texts]
        write(f"spm-{name}.json", {**golden, "plain": [line(i) for i in ids], "decoded": [model.decode(i) for i in ids[:200]]})
    for name, tokenizer in published(goldens["bpe"], goldens["plain"], goldens["unigram"]):
        ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts[:700] + LATE]
        write(f"spaced-{name}.json", {
            "tokenizer": json.loads(tokenizer.to_str()), "special": [line(i) for i in ids], "late": LATE,
            "decoded": [tokenizer.decode(i, skip_special_tokens=False) for i in ids[:200]]})


LATE = ["<|late|>", "a<|late|>b", "a <|late|> b", "zoë late zoë late", " zoë late", "<think><|late|>", "<think>x <|late|>",
        "<think> y", "<think>z<|im_end|> w<|im_end|>  v", "   ", "a   b", "▁▁x ▁", ""]

main()
