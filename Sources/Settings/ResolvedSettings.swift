/// The configuration of one process, and where each value came from.
package struct ResolvedSettings: Sendable {
    /// Where a value came from, the weakest first.
    package enum Origin: Sendable, Equatable, CustomStringConvertible {
        case builtIn
        case file(String)
        case variable(String)
        case flag(String)

        /// `default`, or the file, variable or flag by name.
        package var description: String {
            switch self {
            case .builtIn: "default"
            case .file(let path): path
            case .variable(let name): name
            case .flag(let name): "--" + name
            }
        }
    }

    /// Variables with this prefix belong to the test suite and are passed over.
    package static let testPrefix = "MICHAT_TEST_"
    /// The variable that names the settings file.
    package static let fileVariable = "MICHAT_CONFIG"

    /// The values.
    package private(set) var configuration = Configuration()
    /// The origin of every key that is not at its default.
    package private(set) var origins: [String: Origin] = [:]

    /// Puts the sources together: a flag beats a variable, a variable the file, the file the default.
    ///
    /// - Parameters:
    ///   - environment: all variables; those that begin with `MICHAT_` must be known.
    ///   - flags: values by the name of their flag, without dashes.
    /// - Throws: ``SettingsError`` naming the source, the key and what it may be.
    package init(file: SettingsFile?, environment: [String: String], flags: [String: String]) throws(SettingsError) {
        for (key, text) in file?.values ?? [] {
            guard let row = SettingsTable.row(key) else { continue }
            try assign(row, text, .file(file?.path ?? ""))
        }
        try take(environment.filter { !ServiceVariable.isInjected($0.key, $0.value) })
        for row in SettingsTable.rows {
            guard let name = try Self.onlyOne(of: row.flags, in: flags, prefix: "--") else { continue }
            try assign(row, flags[name] ?? "", .flag(name))
        }
    }

    /// Where the value of a key came from.
    package func origin(of key: String) -> Origin { origins[key] ?? .builtIn }

    /// The values of a newer resolution that a running server takes over in these ways, over this one's others.
    ///
    /// - Returns: the merged settings, the keys taken over, and the keys that changed and were left.
    package func reloaded(
        from newer: ResolvedSettings, _ ways: [Setting.Reload] = [.signal, .model]
    ) -> (settings: ResolvedSettings, taken: [String], left: [String]) {
        var merged = self
        var taken: [String] = []
        var left: [String] = []
        for row in SettingsTable.rows where !row.hasEqualValue(configuration, newer.configuration) {
            guard ways.contains(row.reload) else {
                left.append(row.key)
                continue
            }
            row.copy(from: newer.configuration, to: &merged.configuration)
            merged.origins[row.key] = newer.origins[row.key]
            taken.append(row.key)
        }
        return (merged, taken, left)
    }

    private mutating func take(_ environment: [String: String]) throws(SettingsError) {
        let known = SettingsTable.rows.flatMap(\.variables) + [Self.fileVariable]
        for name in environment.keys.sorted() where name.hasPrefix("MICHAT_") && !name.hasPrefix(Self.testPrefix) {
            guard known.contains(name) else {
                throw SettingsError("unknown variable \(name)" + NearestName.hint(name, among: known))
            }
        }
        for row in SettingsTable.rows {
            guard let name = try Self.onlyOne(of: row.variables, in: environment, prefix: "") else { continue }
            try assign(row, environment[name] ?? "", .variable(name))
        }
    }

    private static func onlyOne(
        of names: [String], in values: [String: String], prefix: String
    ) throws(SettingsError) -> String? {
        let given = names.filter { values[$0] != nil }
        guard given.count <= 1 else {
            throw SettingsError("given twice: " + given.map { prefix + $0 }.joined(separator: " and "))
        }
        return given.first
    }

    private mutating func assign(_ row: Setting, _ text: String, _ origin: Origin) throws(SettingsError) {
        do {
            try row.assign(text, to: &configuration)
        } catch {
            throw SettingsError("\(origin): \(error.description)")
        }
        origins[row.key] = origin
    }
}

/// Variables that Kubernetes gives every container of a namespace for each of its services, also for one that is named
/// `michat`: `MICHAT_SERVICE_HOST`, `MICHAT_SERVICE_PORT_HTTP`, `MICHAT_PORT=tcp://10.0.0.1:80`, `MICHAT_PORT_80_TCP_ADDR`.
enum ServiceVariable {
    private static let protocols = ["TCP", "UDP", "SCTP"]

    /// Whether a variable has the form of one that nobody has written for us.
    static func isInjected(_ name: String, _ value: String) -> Bool {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        if words.count > 2, words.suffix(2) == ["SERVICE", "HOST"] { return true }
        if zip(words, words.dropFirst()).contains(where: { $0 == "SERVICE" && $1 == "PORT" }) { return true }
        if words.last == "PORT", protocols.contains(where: { value.hasPrefix($0.lowercased() + "://") }) { return true }
        // …_PORT_80_TCP, and …_PROTO, …_PORT, …_ADDR behind it.
        let isDetail = ["PROTO", "PORT", "ADDR"].contains(words.last)
        let form = isDetail ? words.dropLast().suffix(3) : words.suffix(3)
        guard form.count == 3, let kind = form.last, let port = form.dropLast().last else { return false }
        return form.first == "PORT" && UInt16(port) != nil && protocols.contains(String(kind))
    }
}

extension Setting {
    /// Whether two configurations agree on this row.
    func hasEqualValue(_ a: Configuration, _ b: Configuration) -> Bool {
        rendered(in: a) == rendered(in: b)
    }

    /// Takes this row's value from one configuration to the other.
    func copy(from source: Configuration, to target: inout Configuration) {
        switch kind {
        case .integer(let path, _), .bytes(let path, _): target[keyPath: path] = source[keyPath: path]
        case .number(let path, _): target[keyPath: path] = source[keyPath: path]
        case .toggle(let path): target[keyPath: path] = source[keyPath: path]
        case .text(let path), .choice(let path, _): target[keyPath: path] = source[keyPath: path]
        }
    }
}
