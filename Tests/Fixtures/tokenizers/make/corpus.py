"""The strings on which tokenizers are compared: our own sentences, every script, and everything that breaks scanners."""

import random
import unicodedata

SENTENCES = [
    "The quick brown fox jumps over the lazy dog; it doesn't care, we're told.",
    "I'm sure they've said: \"You'll see, she'd know, it's Tom's.\" DON'T SHOUT, I'LL LEAVE, WE'RE DONE, THEY'VE GONE.",
    "Curly quotes don\u2019t contract: we\u2019re, I\u2019ll, IT\u2019S. \u2018quoted\u2019 \u201cdouble\u201d",
    "'s 't 're 've 'm 'll 'd 'S 'T 'RE 'vE 'M 'Ll 'D 'x '' ''s '\u017f it'\u017f 'r 'v 'l 'lx 'rx",
    "def f(x):\n    if x > 1:\n\t\treturn x ** 2  # squared\n\n\n    return [i for i in range(10)]\n",
    "{\"key\": [1, 2.5, -3e10, true, null], \"nested\": {\"a\": \"\\u00e9\\n\"}}",
    "for (int i = 0; i < 1000000; ++i) { sum += a[i] * b[i]; }  // 12345678901234567890",
    "SELECT name, COUNT(*) FROM users WHERE age >= 18 GROUP BY name HAVING COUNT(*) > 1;",
    "<html><body class=\"x\">&amp;nbsp; 100% &lt;b&gt;</b></body></html>",
    "https://example.org/path/to?query=1&other=two#fragment  user@example.org  C:\\dir\\file.txt",
    "1 12 123 1234 12345 123456 1,234,567.89 0x1F 3.14159 1e-9 2024-02-29T23:59:60Z",
    "\u00bd \u00b2 \u2167 \u0663\u0664\u0665 \u0967\u0968\u0969 \u2460\u2461 \U0001d7d8\U0001d7d9 \u3007\u4e00 \u2076\u2077",
    "Zw\u00f6lf Boxk\u00e4mpfer jagen Viktor quer \u00fcber den gro\u00dfen Sylter Deich. \u00c4\u00d6\u00dc \u1e9e",
    "Voix ambigu\u00eb d\u2019un c\u0153ur qui, au z\u00e9phyr, pr\u00e9f\u00e8re les jattes de kiwis.",
    "El ping\u00fcino Wenceslao hizo kil\u00f3metros bajo exhaustiva lluvia y fr\u00edo, \u00bfno? \u00a1s\u00ed!",
    "\u0421\u044a\u0435\u0448\u044c \u0436\u0435 \u0435\u0449\u0451 \u044d\u0442\u0438\u0445 \u043c\u044f\u0433\u043a\u0438\u0445 \u0431\u0443\u043b\u043e\u043a, 42 \u0448\u0442\u0443\u043a\u0438.",
    "\u039e\u03b5\u03c3\u03ba\u03b5\u03c0\u03ac\u03b6\u03c9 \u03c4\u1f74\u03bd \u03c8\u03c5\u03c7\u03bf\u03c6\u03b8\u03cc\u03c1\u03b1 \u03b2\u03b4\u03b5\u03bb\u03c5\u03b3\u03bc\u03af\u03b1.",
    "\u6211\u80fd\u541e\u4e0b\u73bb\u7483\u800c\u4e0d\u4f24\u8eab\u4f53\u3002\u4f60\u597d\uff0c\u4e16\u754c\uff01\u4e00\u4e8c\u4e09 123",
    "\u3044\u308d\u306f\u306b\u307b\u3078\u3068 \u30ab\u30bf\u30ab\u30ca \u6f22\u5b57\u4ea4\u3058\u308a\u6587\u3002\u3000\u5168\u89d2\uff21\uff22\uff11\uff12",
    "\ud0a4\uc2a4\uc758 \uace0\uc720\uc870\uac74\uc740 \uc785\uc220\ub07c\ub9ac \ub9cc\ub098\uc57c \ud55c\ub2e4. \u1112\u1161\u11ab\u1100\u1173\u11af",
    "\u0e40\u0e1b\u0e47\u0e19\u0e21\u0e19\u0e38\u0e29\u0e22\u0e4c\u0e2a\u0e38\u0e14\u0e1b\u0e23\u0e30\u0e40\u0e2a\u0e23\u0e34\u0e10 \u0e01\u0e33 \u0e19\u0e49\u0e33",
    "\u0915\u094d\u0937\u0924\u094d\u0930\u093f\u092f \u0939\u093f\u0928\u094d\u0926\u0940 \u092e\u0947\u0902 \u0932\u093f\u0916\u093e \u0939\u0941\u0906 \u0935\u093e\u0915\u094d\u092f\u0964 \u0958\u0959",
    "\u0646\u0635 \u062d\u06a9\u064a\u0645\u064c \u0644\u0647\u064f \u0633\u0631\u0651\u064c \u0642\u0627\u0637\u0639\u064c \u0648\u0630\u0648 \u0634\u0623\u0646\u064d \u0639\u0638\u064a\u0645\u064d",
    "\u05d3\u05d2 \u05e1\u05e7\u05e8\u05df \u05e9\u05d8 \u05d1\u05d9\u05dd \u05de\u05d0\u05d5\u05db\u05d6\u05d1 \u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "\u0b85\u0ba9\u0bc8\u0ba4\u0bcd\u0ba4\u0bc1 \u0bae\u0ba9\u0bbf\u0ba4\u0bb0\u0bcd\u0b95\u0bb3\u0bc1\u0bae\u0bcd \u0c24\u0c46\u0c32\u0c41\u0c17\u0c41 \u0d2e\u0d32\u0d2f\u0d3e\u0d33\u0d02",
    "\u10e5\u10d0\u10e0\u10d7\u10e3\u10da\u10d8 \u0540\u0561\u0575\u0565\u0580\u0565\u0576 \u1200\u1208\u1210 \u13e3\u13b3\u13a9 \u1401\u1403",
    "\u1019\u103c\u1014\u103a\u1019\u102c\u1018\u102c\u101e\u102c \u1797\u17b6\u179f\u17b6\u1781\u17d2\u1798\u17c2\u179a \u0f56\u0f7c\u0f51\u0f0b\u0f66\u0f90\u0f51\u0f0b",
    "C\u1eeda Vi\u1ec7t r\u1ed9ng m\u1edf ti\u1ebfng Vi\u1ec7t, d\u1ea5u ng\u00e3 v\u00e0 d\u1ea5u n\u1eb7ng: \u1eef \u1ef1 \u1ec7",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f3f3\ufe0f\u200d\U0001f308 \U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea \u2764\ufe0f\u200d\U0001f525 \U0001f9d1\u200d\U0001f4bb!",
    "Titlecase \u01c5 \u01c8 \u01cb \u01f2, ligatures \ufb01 \ufb03 \ufb06, Kelvin \u212a, \u00c5ngstr\u00f6m \u212b, micro \u00b5, ohm \u2126",
    "Decomposed: e\u0301 a\u030a n\u0303 o\u0302\u0323 o\u0323\u0302 q\u0307\u0323 \u1e0d\u0307 d\u0323\u0307 \u0344 \u0958 \u1100\u1161\u11a8 \uac00\u11a8 \u0cc6\u0cd5",
    "Math: \u2200x\u2208\u211d: \u2308x\u2309 = \u2212\u230a\u2212x\u230b, \u03b1 \u2227 \u00ac\u03b2, \U0001d400\U0001d41a\U0001d7ce \u222b\u2080\u00b9",
    "Marks alone: \u0301\u0302 \u0301x \u20dd\u20de  \u0e31 \u093e \ufe0f \u200d\u200d \u200b \u2060 \ufeff \u00ad \u180e",
    "Private \ue000\uf8ff \U000f0000 \U0010fffd, noncharacters \ufdd0 \uffff \U0001ffff, unassigned \u0378 \u05ff \U000e0080",
    "\ufeffstarts with a byte order mark\u0000and holds\u0000NULs\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000e\u001b[0m\u007f\u0080\u0085\u009f",
    "Spaces: \u00a0\u00a0 \u1680 \u2000\u2001\u2002\u2003 \u2028\u2029 \u202f \u205f \u3000\u3000end \u0085 \u000b\u000c \u001c\u001d\u001e\u001f",
    "line one\r\nline two\n\rline three\r\r\n\n  \n\t\n   indented\r\n\r\n \r\n end \n",
]

SPECIALS = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<think>", "</think>", "<|eot_id|>", "<|im_", "<|im_start|", "<|"]
NEWLINES = ["\n", "\r\n", "\r", "\n\n", "\u0085", "\u2028", "\u2029", "\u000b", "\u000c", " \n", "\n ", "\t\n"]
JOINTS = ["", " ", "  ", "\n", "'", "'s", "\u200d", ".", " '", "\u00a0", "1", "\u0301", "\t"]
EMOJI = ["\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44b\U0001f3ff", "\U0001f1eb\U0001f1f7", "\u263a\ufe0f", "1\ufe0f\u20e3"]


def scalar(rng):
    while True:
        value = rng.choice([rng.randrange(0x80), rng.randrange(0x800), rng.randrange(0x3000), rng.randrange(0x10000),
                            rng.randrange(0x10000, 0x20000), rng.randrange(0x110000)])
        if not 0xD800 <= value < 0xE000:
            return chr(value)


def runs():
    out = [""]
    for unit in [" ", "\n", "\t", "\r\n", "1", "9", "a", "A", ".", "'", "-", "\u00a0", "\u0301", "\u200d", "ab", "e\u0301", "\u4e2d", "\U0001f600",
                 "\u0e01\u0e33", "\u0915\u094d", "\u0663", "\u00bd", "\0", "\u0004", "!\u0004", "=\u0006=", "\ue000"]:
        for length in [1, 2, 3, 4, 7, 16, 33]:
            out += [unit * length, "x" + unit * length, unit * length + "x", "x" + unit * length + " y", " " + unit * length + "\n"]
    return out


def blocks():
    """A window of every part of the code space that is in use, and of some that are not."""
    return ["".join(chr(c) for c in range(start, start + 24) if not 0xD800 <= c < 0xE000) for start in
            list(range(0x80, 0x3400, 0x60)) + list(range(0xA000, 0xD7A0, 0x300)) + list(range(0xD780, 0x10000, 0x90))
            + list(range(0x10000, 0x1FC00, 0x140)) + [0x20000, 0x2F800, 0x30000, 0xE0000, 0xE0100, 0xF0000, 0x10FFE0]]


def mixtures(rng, count):
    words = [word for sentence in SENTENCES for word in sentence.split(" ") if word]
    pools = [
        lambda: rng.choice(words),
        lambda: rng.choice(words).upper(),
        lambda: " " * rng.choice([1, 1, 2, 3, 9, 40]),
        lambda: rng.choice(NEWLINES) * rng.choice([1, 1, 2, 5]),
        lambda: "".join(rng.choice("0123456789") for _ in range(rng.choice([1, 2, 3, 4, 5, 20]))),
        lambda: "".join(scalar(rng) for _ in range(rng.randrange(1, 8))),
        lambda: rng.choice(EMOJI),
        lambda: rng.choice(SPECIALS),
        lambda: rng.choice(JOINTS),
        lambda: chr(rng.randrange(0x20)),
        lambda: rng.choice("'\"!?.,;:()[]{}<>|/\\-_+=*&^%$#@~`") * rng.choice([1, 1, 2, 6]),
        lambda: unicodedata.normalize("NFD", rng.choice(words)),
        lambda: "'" + rng.choice(["s", "S", "t", "re", "RE", "Ve", "m", "ll", "lL", "d", "x", "\u017f", "1", " s"]),
    ]
    return ["".join(rng.choice(pools)() for _ in range(rng.choice([2, 3, 5, 8, 14]))) for _ in range(count)]


def strings():
    rng = random.Random(20251)
    out = list(SENTENCES)
    out += [s.upper() for s in SENTENCES] + [unicodedata.normalize("NFD", s) for s in SENTENCES]
    out += [unicodedata.normalize("NFKC", s).lower() for s in SENTENCES]
    out += [a + joint + b for joint in JOINTS for a, b in zip(SENTENCES[::3], SENTENCES[1::3])]
    out += [a + token + b for token in SPECIALS for a, b in [("", ""), ("x ", " y"), ("1\n", "\n1"), (token, "\u0338"), ("'", "s")]]
    out += runs() + blocks() + mixtures(rng, 1100)
    return list(dict.fromkeys(out))


if __name__ == "__main__":
    print(len(strings()), sum(len(s.encode()) for s in strings()))
