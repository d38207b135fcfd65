import Foundation

/// The tree that this test stands in.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A file's text, by its path from the root.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// Paths from the root of all files below a folder with one of the endings.
    static func files(below folder: String, endings: [String]) -> [String] {
        let base = root.appendingPathComponent(folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return names.filter { name in endings.contains { name.hasSuffix("." + $0) } && !name.contains(".build/") }
            .map { folder + "/" + $0 }.sorted()
    }

    /// Swift files of one target.
    static func swiftFiles(of target: String) -> [String] { files(below: "Sources/" + target, endings: ["swift"]) }

    /// The names of the folders in `Sources`.
    static func targets() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("Sources").path).sorted()
    }
}

/// A source file as lines of code: comments blanked, string contents blanked, so that words in them do not count.
struct SourceCode {
    let lines: [String]

    init(_ text: String) {
        var lines: [String] = []
        var fence: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let open = fence {
                lines.append("")
                if line.contains(open) { fence = nil }
                continue
            }
            let code = Self.withoutStringsAndComments(String(line))
            lines.append(code)
            if let open = Self.multilineFence(String(line)) { fence = open }
        }
        self.lines = lines
    }

    init(path: String) throws { self.init(try Repository.text(path)) }

    /// The closing mark when the line opens a multi-line string and does not close it.
    private static func multilineFence(_ line: String) -> String? {
        guard line.contains("\"\"\"") else { return nil }
        guard let range = line.range(of: #"#*""""#, options: .regularExpression) else { return nil }
        let hashes = line[range].filter { $0 == "#" }
        let close = "\"\"\"" + hashes
        return line[range.upperBound...].contains(close) ? nil : close
    }

    private static func withoutStringsAndComments(_ line: String) -> String {
        var result = ""
        var inString = false
        var previous: Character = " "
        for character in line {
            if inString {
                if character == "\"" && previous != "\\" { inString = false }
                previous = previous == "\\" ? " " : character
                continue
            }
            if character == "\"" {
                inString = true
                previous = " "
                result.append("\"\"")
                continue
            }
            if character == "/" && previous == "/" { return String(result.dropLast()) }
            result.append(character)
            previous = character
        }
        return result
    }
}
