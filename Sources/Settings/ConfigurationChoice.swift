extension Configuration {
    /// What the word of a choice stands for.
    ///
    /// The words of a choice stand in ``SettingsTable``, their meanings in the modules that act on them; a word of the one
    /// that the other does not know must not quietly mean something else.
    ///
    /// - Parameters:
    ///   - path: where the word is kept.
    ///   - meaning: nil for a word that it does not know.
    /// - Throws: ``SettingsError`` that names the setting and the word, where the word has no meaning.
    package func choice<Value>(
        _ path: KeyPath<Configuration, String>, _ meaning: (String) -> Value?
    ) throws(SettingsError) -> Value {
        let word = self[keyPath: path]
        guard let value = meaning(word) else {
            throw SettingsError("\(SettingsTable.key(of: path)): no part of this program knows '\(word.prefix(64))'")
        }
        return value
    }

    /// The case whose raw value is the word of a choice.
    /// - Throws: ``SettingsError`` that names the setting and the word, where no case has it.
    package func choice<Value: RawRepresentable<String>>(
        _ path: KeyPath<Configuration, String>
    ) throws(SettingsError) -> Value {
        try choice(path) { Value(rawValue: $0) }
    }
}

extension SettingsTable {
    /// The key of the choice that is kept at `path`.
    fileprivate static func key(of path: KeyPath<Configuration, String>) -> String {
        let row = rows.first { row in
            guard case .choice(let place, _) = row.kind else { return false }
            return (place as AnyKeyPath) == path
        }
        return row?.key ?? "a setting"
    }
}
