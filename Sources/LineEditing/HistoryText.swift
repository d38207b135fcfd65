/// Earlier lines as the text of a file: one a line, with `\n` and `\\` for what would break it.
package enum HistoryText {
    /// Entries that are kept.
    package static let maximumEntries = 1000
    /// Bytes of one entry; longer ones are not kept.
    package static let maximumEntryBytes = 16 << 10
    /// Bytes of the file; a longer one is written anew with the entries that are kept.
    package static let maximumFileBytes = 1 << 20

    /// The line of an entry with its line break; nil when it is too long or there is nothing to keep.
    package static func line(_ entry: String) -> String? {
        guard entry.utf8.count <= maximumEntryBytes, entry.contains(where: { !$0.isWhitespace }) else { return nil }
        var line = ""
        for character in entry {
            switch character {
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            default: line.append(character)
            }
        }
        return line + "\n"
    }

    /// The last entries of a file, the oldest first; whatever is damaged costs its own line only.
    package static func entries(_ text: String) -> [String] {
        let lines = text.split(separator: "\n").suffix(maximumEntries)
        return lines.filter { $0.utf8.count <= 2 * maximumEntryBytes }.map { KeyDecoder.harmless(unescaped($0)) }
            .filter { !$0.isEmpty }
    }

    private static func unescaped(_ line: Substring) -> String {
        var entry = ""
        var isEscaped = false
        for character in line {
            if isEscaped {
                entry.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                entry.append(character)
            }
        }
        return entry
    }
}
