/// One row of the settings table: everything that flag, variable, file, help and documentation need to know.
package struct Setting: Sendable {
    /// A place in the configuration.
    package typealias Path<Value> = any WritableKeyPath<Configuration, Value> & Sendable

    /// What a value may be, and where it is kept.
    package enum Kind: Sendable {
        /// A whole number.
        case integer(Path<Int>, ClosedRange<Int>)
        /// A size in bytes, also written as `512MiB` or `2GiB`.
        case bytes(Path<Int>, ClosedRange<Int>)
        /// A number.
        case number(Path<Double>, ClosedRange<Double>)
        /// `true` or `false`.
        case toggle(Path<Bool>)
        /// Any text on one line.
        case text(Path<String>)
        /// One word of a list.
        case choice(Path<String>, [String])
    }

    /// The key in the file: `http.port`.
    package let key: String
    /// The short name that works as a flag and as a variable too: `port`.
    package let alias: String?
    /// The letter that works as a flag: `m`.
    package let letter: Character?
    /// What a value may be.
    package let kind: Kind
    /// One sentence.
    package let help: String
    /// Never shown.
    package let isSecret: Bool
    /// What it takes for a running server to have another value.
    package let reload: Reload
    /// What it takes for a running server to have another value.
    package enum Reload: Sendable {
        /// A restart.
        case restart
        /// SIGHUP, at once.
        case signal
        /// SIGHUP, which loads the model anew.
        case model
    }

    /// What other programs call the words of a choice, and the word.
    let otherNames: [String: String]

    init(
        _ key: String, alias: String? = nil, letter: Character? = nil, _ kind: Kind, secret: Bool = false,
        reload: Reload? = nil, otherNames: [String: String] = [:],
        _ help: String
    ) {
        self.key = key
        self.alias = alias
        self.letter = letter
        self.kind = kind
        self.help = help
        self.isSecret = secret
        self.reload = reload ?? (key.hasPrefix("model.") || key.hasPrefix("engine.") ? .model : .restart)
        self.otherNames = otherNames
    }

    /// How a running server takes it over, for the shipped file; empty where it does not.
    var reloadNote: String {
        switch reload {
        case .restart: ""
        case .signal: "; taken over on SIGHUP"
        case .model: "; SIGHUP loads the model anew"
        }
    }

    /// The table of the file that the key stands in: `http`.
    package var section: String { String(key.prefix { $0 != "." }) }
    /// The key inside its table: `port`.
    package var name: String { String(key.drop { $0 != "." }.dropFirst()) }
    /// The flags without their dashes, the short one first.
    package var flags: [String] { [alias, key].compactMap(\.self) }
    /// The environment variables, the short one first.
    package var variables: [String] {
        flags.map { "MICHAT_" + $0.map { ".-".contains($0) ? "_" : $0.uppercased() }.joined() }
    }

    /// Takes a value as written in a flag or a variable.
    /// - Throws: ``SettingsError`` saying what the value may be.
    package func assign(_ text: String, to configuration: inout Configuration) throws(SettingsError) {
        switch kind {
        case .integer(let path, let range):
            configuration[keyPath: path] = try inRange(Int(text), range, text)
        case .bytes(let path, let range):
            guard let count = ByteCount.parse(text), range.contains(count) else {
                throw SettingsError(refusal(text).description + "; \(ByteCount.manual)")
            }
            configuration[keyPath: path] = count
        case .number(let path, let range):
            configuration[keyPath: path] = try inRange(Double(text), range, text)
        case .toggle(let path):
            guard let value = ["true": true, "false": false][text] else { throw refusal(text) }
            configuration[keyPath: path] = value
        case .text(let path):
            guard text.utf8.count <= 4096, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
                throw SettingsError("\(key) must be text on one line of at most 4096 bytes")
            }
            configuration[keyPath: path] = text
        case .choice(let path, let words):
            let name = text.lowercased()
            guard let word = words.contains(name) ? name : otherNames[name] else { throw refusal(text) }
            configuration[keyPath: path] = word
        }
    }

    /// The value as it would be written in the file.
    package func rendered(in configuration: Configuration) -> String {
        switch kind {
        case .integer(let path, _), .bytes(let path, _): String(configuration[keyPath: path])
        case .number(let path, _): Self.plain(configuration[keyPath: path])
        case .toggle(let path): String(configuration[keyPath: path])
        case .text(let path), .choice(let path, _): Self.quoted(configuration[keyPath: path])
        }
    }

    /// What a value may be, in words: `0 to 65535`.
    package var domain: String {
        switch kind {
        case .integer(_, let range): "\(range.lowerBound) to \(range.upperBound)"
        case .bytes(_, let range): "\(ByteCount.text(range.lowerBound)) to \(ByteCount.text(range.upperBound))"
        case .number(_, let range): "\(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound))"
        case .toggle: "true or false"
        case .text: "text"
        case .choice(_, let words): words.joined(separator: ", ")
        }
    }

    /// The word for a value in a usage line: `<n>`.
    package var placeholder: String {
        switch kind {
        case .integer, .number: "n"
        case .bytes: "bytes"
        case .toggle: "true|false"
        case .text: "text"
        case .choice(_, let words): words.joined(separator: "|")
        }
    }

    private func inRange<Value: Comparable>(
        _ value: Value?, _ range: ClosedRange<Value>, _ text: String
    ) throws(SettingsError) -> Value {
        guard let value, range.contains(value) else { throw refusal(text) }
        return value
    }

    private func refusal(_ text: String) -> SettingsError {
        let shown = isSecret ? "that" : "'\(text.prefix(64))'"
        return SettingsError("\(key) must be \(domain), not \(shown)")
    }

    private static func plain(_ value: Double) -> String {
        guard let whole = Int(exactly: value) else { return String(value) }
        return "\(whole).0"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }
}

/// A setting that cannot be taken, in words for the person who wrote it.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    /// What is wrong and where.
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Sizes as people write them.
package enum ByteCount {
    private static let units: [(suffix: String, shift: Int)] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
    private static let decimalUnits: [(suffix: String, bytes: Int)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000),
    ]
    /// How a size may be written.
    static let manual = "a size is a number of bytes, or one of KiB, MiB, GiB, TiB (1024) or KB, MB, GB, TB (1000)"

    /// `4096`, `512MiB`, `2GB`, whatever the case of the letters; nil when it is none of these or too large.
    package static func parse(_ text: String) -> Int? {
        let all = units.map { (suffix: $0.suffix, bytes: 1 << $0.shift) } + decimalUnits
        let lowercased = text.lowercased()
        guard let unit = all.first(where: { lowercased.hasSuffix($0.suffix.lowercased()) }) else { return Int(text) }
        let digits = text.dropLast(unit.suffix.count)
        guard let count = Int(digits.last == " " ? digits.dropLast() : digits), count >= 0 else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    /// The largest unit that divides the count exactly.
    package static func text(_ bytes: Int) -> String {
        guard bytes > 0, let unit = units.first(where: { bytes % (1 << $0.shift) == 0 }) else { return String(bytes) }
        return "\(bytes >> unit.shift)\(unit.suffix)"
    }
}
