import Testing

/// What declarations must say, and that something uses them.
@Suite struct DeclarationTests {
    private static let swift = Repository.files(below: "Sources", endings: ["swift"])

    /// Read by tests alone, as nothing else shows the state they are about.
    private static let readByTests: Set<String> = [
        "checkInvariants", "inPlay", "waitingIDs", "wordBytes", "availableBytes",
    ]
    /// Called by the standard library, the argument parser or the system.
    private static let calledFromOutside: Set<String> = [
        "checkIsolated", "customMirror", "underestimatedCount", "Michat",
    ]

    @Test func house10_everyThrowingDeclarationSaysWhatItThrows() throws {
        var count = 0
        for path in Self.swift {
            let lines = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated()
            where line.contains(/^\s*package\s.*\b(?:func|init|subscript|var)\b/) {
                guard Self.signature(lines, from: index).contains(/\bthrows\b/) else { continue }
                count += 1
                if !Self.documentation(lines, above: index).contains(where: { $0.contains("- Throws:") }) {
                    Issue.record("\(path):\(index + 1) does not say what it throws: \(line)")
                }
            }
        }
        #expect(count > 100)
    }

    @Test func house10_noNameIsDeclaredThatNothingUses() throws {
        var uses: [Substring: Int] = [:]
        var declared: [(name: Substring, path: String)] = []
        for path in Self.swift {
            // Names in the interpolations of strings count: only comments are taken out.
            for line in try Repository.text(path).split(separator: "\n") {
                let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
                for word in code.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) {
                    uses[word, default: 0] += 1
                }
                for match in code.matches(
                    of: /\b(?:func|var|let|struct|class|enum|typealias|protocol|actor) `?([A-Za-z]\w*)/)
                {
                    declared.append((match.1, path))
                }
            }
        }
        for (name, path) in declared where uses[name] == 1 {
            let isKnown = Self.readByTests.contains(String(name)) || Self.calledFromOutside.contains(String(name))
            if !isKnown { Issue.record("\(path) declares \(name), which nothing uses") }
        }
    }

    /// The declaration up to its body.
    private static func signature(_ lines: [Substring], from index: Int) -> String {
        var text = ""
        for line in lines[index...].prefix(12) {
            text += line.prefix { $0 != "{" }
            if line.contains("{") { break }
            let isOpen = text.count { $0 == "(" } > text.count { $0 == ")" }
            if !isOpen, !line.hasSuffix(")"), !line.hasSuffix("->") { break }
        }
        return text
    }

    private static func documentation(_ lines: [Substring], above index: Int) -> ArraySlice<Substring> {
        var first = index
        while first > 0, lines[first - 1].contains(/^\s*(?:\/\/\/|@)/) { first -= 1 }
        return lines[first..<index]
    }
}
