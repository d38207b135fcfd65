#!/usr/bin/env python3
"""Writes text.txt: English prose of our own, for measuring perplexity.

    python3 make_text.py

The articles of the documentation and the sentences above the declarations of the sources, as they were on the day it ran:
the text is kept, since goldens hang on it, and is not to follow the documentation. Tables, code, links and marks are left out.
"""
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MOST_BYTES = 32_000


def plain(text):
    """Markdown without its marks."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    lines = [re.sub(r"^#+ *|^[-*] +|^\d+\. +", "", line) for line in text.split("\n") if not line.lstrip().startswith("|")]
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    kept = [" ".join(p.replace("**", "").replace("`", "").replace("*", "").split()) for p in paragraphs]
    return [p for p in kept if len(p.split()) >= 8 and "<" not in p]


def comments(text):
    """The doc comments of a source that are whole sentences."""
    found = []
    for block in re.findall(r"(?:^ *///.*\n)+", text, flags=re.M):
        lines = [line.strip()[3:].strip() for line in block.split("\n") if line.strip()]
        for paragraph in "\n".join(lines).split("\n\n"):
            sentence = " ".join(paragraph.replace("`", "").split())
            if len(sentence.split()) >= 10 and not sentence.startswith("-") and "[" not in sentence:
                found.append(sentence if sentence.endswith((".", "!", "?")) else sentence + ".")
    return found


def main():
    articles = sorted((ROOT / "Sources/michat/michat.docc").glob("*.md"))
    pages = [ROOT / "README.md", *articles, ROOT / ".github/CONTRIBUTING.md"]
    paragraphs = [p for page in pages for p in plain(page.read_text())]
    for source in sorted(ROOT.glob("Sources/*/**/*.swift")):
        said = comments(source.read_text())
        if said:
            paragraphs.append(" ".join(said))
    text = ""
    for paragraph in paragraphs:
        if len((text + paragraph).encode()) > MOST_BYTES:
            break
        text += paragraph + "\n\n"
    (HERE / "text.txt").write_text(text.strip() + "\n")


if __name__ == "__main__":
    main()
