"""The reference tokenizers: the `tokenizers` package, put together from pieces, types and merges as published models do."""

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

NORMAL, UNKNOWN, CONTROL, USER_DEFINED = 1, 2, 3, 4

MODERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
TEKKEN = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
          r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
          r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
STAGES = ["[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"]
FAMILIES = ["gpt-2", "smollm", "qwen2", "llama-bpe"]
# These differ from the others in how they split, and in nothing else.
SPLITTERS = FAMILIES + ["tekken", "deepseek-coder"]


def pre_tokenizer(family):
    classic = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    bare = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    if family == "gpt-2":
        return classic
    if family == "smollm":
        return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), classic])
    if family == "deepseek-coder":
        splits = [pre_tokenizers.Split(Regex(stage), "isolated") for stage in STAGES]
        return pre_tokenizers.Sequence(splits + [pre_tokenizers.Digits(individual_digits=True), bare])
    if family == "tekken":
        return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(TEKKEN), "isolated"), bare])
    pattern = MODERN % {"qwen2": "", "llama-bpe": "{1,3}"}[family]
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), bare])


def tokenizer(family, pieces, types, merges, special):
    """Pieces in id order. Without `special`, control tokens are text and only user-defined ones are matched."""
    vocabulary = {piece: i for i, piece in enumerate(pieces) if types[i] == NORMAL}
    added = [(i, piece) for i, piece in enumerate(pieces) if types[i] != NORMAL]
    vocabulary.update({piece: i for i, piece in added})
    pairs = [tuple(merge.split(" ")) for merge in merges]
    result = Tokenizer(models.BPE(vocab=vocabulary, merges=pairs, ignore_merges=family == "llama-bpe"))
    if family == "qwen2":
        result.normalizer = normalizers.NFC()
    result.pre_tokenizer = pre_tokenizer(family)
    result.decoder = decoders.ByteLevel()
    if special:
        result.add_special_tokens([AddedToken(p, normalized=False) for i, p in added if types[i] in (UNKNOWN, CONTROL)])
    result.add_tokens([AddedToken(p, normalized=False) for i, p in added if types[i] == USER_DEFINED])
    assert all(result.token_to_id(piece) == i for i, piece in enumerate(pieces))
    return result


def encode(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False).ids
