import Testing

/// Comments, messages and pages in plain English, with the field's terms.
@Suite struct PlainWordsTests {
    /// Words and phrases that have to be read twice, or that stand for a term of the field.
    private static let banned = [
        "foretell", "in circles", "lend a hand", "lends a hand", ", as ever", "whoever",
        "held against", "hold against", "what becomes of", "what became of", "slips of the pen",
    ]

    @Test func words_noPhraseThatHasToBeReadTwice() throws {
        let pages =
            ["README.md", "Config/michat.toml", "systemd/michat.service"]
            + Repository.files(below: "Sources", endings: ["swift", "md", "c", "h"])
            + Repository.files(below: "Benchmarks", endings: ["md"])
            + Repository.files(below: "scripts", endings: [""])
        for path in pages {
            let text = try Repository.text(path).lowercased()
            guard Self.banned.contains(where: { text.contains($0) }) else { continue }
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                for phrase in Self.banned where line.contains(phrase) {
                    Issue.record("\(path):\(number + 1) says \"\(phrase)\"")
                }
            }
        }
    }

    /// A term that a reader of vLLM looks for must be in the glossary, and what it names in our sources must exist.
    @Test func words_theGlossaryNamesWhatExists() throws {
        let page = try Repository.text("Sources/michat/michat.docc/Glossary.md")
        let sources = Set(
            Repository.files(below: "Sources", endings: ["swift", "h"]).map {
                String($0.split(separator: "/").last?.split(separator: ".").first ?? "")
            })
        var rows = 0
        for line in page.split(separator: "\n") where line.hasPrefix("| ") && line.contains("`") {
            let cells = line.split(separator: "|")
            guard cells.count >= 3 else { continue }
            rows += 1
            for match in cells[1].matches(of: /`([A-Z]\w+)`/) {
                #expect(sources.contains(String(match.1)), "Glossary.md names \(match.1), and no file is named so")
            }
        }
        #expect(rows >= 25)
        for term in ["scheduler", "block table", "KV cache", "prefix cache", "guided decoding", "logit bias"] {
            #expect(page.lowercased().contains(term.lowercased()), "Glossary.md lacks \(term)")
        }
    }
}
