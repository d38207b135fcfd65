import TOMLKit

/// A settings file: TOML with one table for each section of ``SettingsTable``.
package struct SettingsFile: Sendable {
    /// The largest file that is read.
    package static let maximumBytes = 1 << 20

    /// Values as text, by key.
    let values: [(key: String, text: String)]
    /// Where the file came from, for messages.
    let path: String

    /// Reads a file's text; every key must be one of the table.
    /// - Throws: ``SettingsError`` with the path, the line and the key.
    package init(text: String, path: String) throws(SettingsError) {
        guard text.utf8.count <= Self.maximumBytes else { throw SettingsError("\(path): larger than 1 MiB") }
        // The TOML library takes a C string: what follows a NUL would be passed over in silence.
        guard !text.utf8.contains(0) else { throw SettingsError("\(path): contains a NUL byte") }
        // An escaped one would cut the value short: a key to nothing, which lets everybody in.
        guard !["\\u0000", "\\U00000000", "\\x00"].contains(where: { text.utf8.contains($0.utf8) }) else {
            throw SettingsError("\(path): contains an escaped NUL (\\u0000)")
        }
        if let line = Self.oddHeader(in: text) {
            throw SettingsError("\(path):\(line): a table begins with its name in brackets, such as [http]")
        }
        self.path = path
        let root: TOMLTable
        do {
            root = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw SettingsError("\(path):\(error.source.begin.line): \(error.description)")
        } catch {
            throw SettingsError("\(path): \(error)")
        }
        var values: [(key: String, text: String)] = []
        for section in root.keys.sorted() {
            guard let table = root[section]?.table else {
                throw SettingsError("\(path): \(section) must be a table" + Self.hint(section))
            }
            for name in table.keys.sorted() {
                let key = "\(section).\(name)"
                guard let row = SettingsTable.row(key), let value = table[name] else {
                    throw SettingsError("\(path): unknown key \(key)" + Self.hint(key))
                }
                values.append((key, try Self.text(of: value, for: row, path: path)))
            }
        }
        self.values = values
    }

    /// The first line that begins a table without a name: the TOML library ends the process there.
    private static func oddHeader(in text: String) -> Int? {
        for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let blanks: Set<UInt8> = [0x20, 0x09]
            var rest = line.drop { blanks.contains($0) }
            guard rest.first == UInt8(ascii: "[") else { continue }
            rest = rest.drop { $0 == UInt8(ascii: "[") || blanks.contains($0) }
            for part in rest.prefix(while: { $0 != UInt8(ascii: "]") }).split(
                separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            {
                guard let first = part.first(where: { !blanks.contains($0) }), Self.beginsName(first) else {
                    return index + 1
                }
            }
        }
        return nil
    }

    /// Whether a byte can begin a name: a letter, a digit, `_`, `-` or a quotation mark.
    private static func beginsName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        case UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: false
        }
    }

    private static func hint(_ key: String) -> String {
        NearestName.hint(key, among: SettingsTable.rows.map(\.key))
    }

    /// The value in the form that a flag would have, if TOML's type fits the row.
    private static func text(
        of value: any TOMLValueConvertible, for row: Setting, path: String
    ) throws(SettingsError) -> String {
        let text: String? =
            switch row.kind {
            case .integer: value.int.map { String($0) }
            case .bytes: value.int.map { String($0) } ?? value.string
            case .number: value.double.map { String($0) } ?? value.int.map { String($0) }
            case .toggle: value.bool.map { String($0) }
            case .text, .choice: value.string
            }
        guard let text else { throw SettingsError("\(path): \(row.key) must be \(row.domain)") }
        return text
    }
}
