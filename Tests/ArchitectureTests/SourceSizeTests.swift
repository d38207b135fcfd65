import Testing

/// Sizes that a reader can hold in mind.
@Suite struct SourceSizeTests {
    private static let maximumFileLines = 400
    private static let maximumFunctionLines = 60

    private static let sources = Repository.files(below: "Sources", endings: ["swift", "c", "h"])
    private static let tests = Repository.files(below: "Tests", endings: ["swift"])

    @Test func filesAreShort() throws {
        for path in Self.sources + Self.tests {
            let count = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(count <= Self.maximumFileLines, "\(path) has \(count) lines")
        }
    }

    @Test func functionsAreShort() throws {
        for path in Self.sources where path.hasSuffix(".swift") {
            for function in Self.functions(in: try SourceCode(path: path))
            where function.lines > Self.maximumFunctionLines {
                Issue.record("\(path):\(function.start) \(function.name) has \(function.lines) lines")
            }
        }
    }

    @Test func theMeasureFindsALongFunction() {
        let body = String(repeating: "        work()\n", count: 70)
        let text = "struct A {\n    func long() {\n\(body)    }\n    func short() -> Int { 1 }\n}\n"
        let lengths = Self.functions(in: SourceCode(text)).map(\.lines)
        #expect(lengths == [72, 1])
    }

    /// Functions and initialisers with the number of lines from their first to their closing brace.
    private static func functions(in code: SourceCode) -> [(name: String, start: Int, lines: Int)] {
        var found: [(name: String, start: Int, lines: Int)] = []
        for (index, line) in code.lines.enumerated() {
            guard line.contains("func ") || line.contains("init") else { continue }
            guard let match = line.firstMatch(of: /\b(?:func (\S+?)[\(<]|init[?]?[\(<])/) else { continue }
            guard let end = closingLine(from: index, in: code.lines) else { continue }
            found.append((String(match.1 ?? "init"), index + 1, end - index + 1))
        }
        return found
    }

    /// The line on which the first brace opened at or after `start` closes; nil for a requirement without a body.
    private static func closingLine(from start: Int, in lines: [String]) -> Int? {
        var braces = 0
        var parentheses = 0
        var opened = false
        for index in start..<lines.count {
            for character in lines[index] {
                switch character {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{" where opened || parentheses == 0:
                    opened = true
                    braces += 1
                case "}" where opened: braces -= 1
                default: break
                }
                if opened && braces == 0 { return index }
                if parentheses < 0 { return nil }
            }
            if !opened && parentheses == 0 && !continues(lines, after: index) { return nil }
        }
        return nil
    }

    /// Whether a signature goes on in the next line.
    private static func continues(_ lines: [String], after index: Int) -> Bool {
        guard index + 1 < lines.count else { return false }
        let next = lines[index + 1].drop { $0 == " " }
        return ["{", "->", "where", "throws", "async", ")"].contains { next.hasPrefix($0) }
    }
}
