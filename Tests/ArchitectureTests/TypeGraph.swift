/// Which types of a target name which others, by their names in the source text.
///
/// Nested types and extensions count for the type that they belong to; a nested name hides one of the target. Members of
/// other targets' types that an extension adds cannot be followed.
struct TypeGraph {
    private var references: [String: Set<String>] = [:]

    /// The graph of these files.
    init(_ files: [SourceCode]) {
        var words: [String: Set<String>] = [:]
        var nested: [String: Set<String>] = [:]
        var declared: Set<String> = []
        for file in files {
            var current: String?
            for line in file.lines {
                if let first = line.first, !first.isWhitespace, !"})".contains(first) {
                    current = nil
                    if let (kind, name) = Self.declaration(in: line) {
                        current = name
                        if kind != "extension" { declared.insert(name) }
                    }
                }
                guard let current else { continue }
                if line.first?.isWhitespace == true, let (kind, name) = Self.declaration(in: line), kind != "func" {
                    nested[current, default: []].insert(name)
                }
                words[current, default: []].formUnion(Self.names(in: line))
            }
        }
        for name in declared {
            references[name] = words[name, default: []].intersection(declared).subtracting(nested[name, default: []])
                .subtracting([name])
        }
    }

    private static let kinds: Set<String> = [
        "struct", "class", "enum", "protocol", "actor", "extension", "typealias", "func",
    ]
    private static let modifiers: Set<String> = [
        "package", "private", "fileprivate", "final", "indirect", "nonisolated", "static", "mutating",
    ]

    /// The kind and the name that a line declares.
    private static func declaration(in line: String) -> (kind: String, name: String)? {
        let words = line.split { $0 == " " }.drop { modifiers.contains(String($0)) || $0.hasPrefix("@") }
        guard let kind = words.first, kinds.contains(String(kind)), let next = words.dropFirst().first else {
            return nil
        }
        let name = next.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return name.isEmpty ? nil : (String(kind), String(name))
    }

    /// The identifiers of a line that are no members of something.
    private static func names(in line: String) -> [String] {
        var names: [String] = []
        var word = ""
        var isMember = false
        var previous: Character = " "
        for character in line + " " {
            if character.isLetter || character.isNumber || character == "_" {
                if word.isEmpty { isMember = previous == "." }
                word.append(character)
            } else if !word.isEmpty {
                if !isMember { names.append(word) }
                word = ""
            }
            previous = character
        }
        return names
    }

    /// Types that lead to each other, the largest circle first (strongly connected components).
    ///
    /// Source: R. Tarjan, "Depth-first search and linear graph algorithms", 1972.
    var circles: [[String]] {
        var search = Search(references: references)
        for name in references.keys.sorted() where search.order[name] == nil { search.visit(name) }
        return search.found.map { $0.sorted() }.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
    }

    private struct Search {
        let references: [String: Set<String>]
        var order: [String: Int] = [:]
        private var lowest: [String: Int] = [:]
        private var open: [String] = []
        private(set) var found: [[String]] = []

        init(references: [String: Set<String>]) { self.references = references }

        mutating func visit(_ name: String) {
            let number = order.count
            (order[name], lowest[name]) = (number, number)
            open.append(name)
            for next in references[name, default: []] {
                if order[next] == nil {
                    visit(next)
                    lowest[name] = min(lowest[name] ?? number, lowest[next] ?? number)
                } else if open.contains(next) {
                    lowest[name] = min(lowest[name] ?? number, order[next] ?? number)
                }
            }
            guard lowest[name] == number, let start = open.firstIndex(of: name) else { return }
            if open.count - start > 1 { found.append(Array(open[start...])) }
            open.removeSubrange(start...)
        }
    }
}
