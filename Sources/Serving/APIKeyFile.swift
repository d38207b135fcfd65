import Platform
package import Settings

/// A file of API keys, one a line; empty lines and lines that begin with `#` are none.
package enum APIKeyFile {
    /// Why a file cannot be used.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        /// What is wrong, and in which line.
        package let description: String
    }

    /// The keys of the settings or, where they say nothing, of the service manager's credential `api-keys`; none means that
    /// everybody may come in.
    /// - Throws: ``ServingError`` that names the file or the setting.
    package static func keys(of settings: Configuration.HTTP) throws(ServingError) -> [String] {
        var keys = settings.apiKey.isEmpty ? [] : [settings.apiKey]
        if let key = keys.first, let fault = fault(in: trimmed(key[...]), longestBytes: settings.maxHeadBytes) {
            throw .setting("http.api_key \(fault)")
        }
        let credential = keys.isEmpty ? Self.credential() : nil
        guard let path = settings.apiKeyFile.isEmpty ? credential : settings.apiKeyFile else { return keys }
        let text: String
        do {
            text = try TextFile.text(path)
        } catch {
            throw .text(error.description)
        }
        if path == credential, isDeclaredEmpty(text) { return keys }
        do throws(Failure) {
            keys += try Self.keys(in: text, longestBytes: settings.maxHeadBytes)
        } catch {
            throw .text("\(path): \(error.description)")
        }
        return keys
    }

    /// The keys in a text; a byte order mark at its head is no part of the first one, and one anywhere else is refused.
    /// - Parameter longestBytes: bytes of a request's head, in which a key has to have room.
    /// - Throws: a key that no request can carry or nobody can read, or no key at all: a server that nobody can use is not
    ///   started.
    package static func keys(in text: String, longestBytes: Int) throws(Failure) -> [String] {
        var scalars = Substring(text).unicodeScalars
        if scalars.first == "\u{feff}" { scalars.removeFirst() }
        var keys: [String] = []
        for (index, line) in Substring(scalars).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            let key = trimmed(line)
            guard !key.isEmpty, !key.hasPrefix("#") else { continue }
            if let fault = fault(in: key, longestBytes: longestBytes) {
                throw Failure(description: "the key in line \(index + 1) \(fault)")
            }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw Failure(description: "holds no key") }
        return keys
    }

    /// Why nobody could send a key, or would not see what to send; nil for a sound one. The key itself is not told.
    private static func fault(in key: String, longestBytes: Int) -> String? {
        for scalar in key.unicodeScalars {
            guard scalar.value >= 0x20, scalar.value != 0x7f else { return "contains a control character" }
            if scalar.properties.isWhitespace { return "contains a blank (\(name(of: scalar)))" }
            if isUnseen(scalar) { return "contains a character that nobody sees (\(name(of: scalar)))" }
        }
        let room = longestBytes - restOfHeadBytes
        guard key.utf8.count > room else { return nil }
        return "has \(key.utf8.count) bytes; the head of a request has room for \(max(0, room)) (http.max_head_bytes)"
    }

    /// Byte order marks and whatever else leaves no trace on a screen.
    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        if properties.isDefaultIgnorableCodePoint { return true }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return true
        default: return false
        }
    }

    /// `U+FEFF`
    private static func name(of scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// A line without what is blank at its ends.
    private static func trimmed(_ line: Substring) -> String {
        let rest = line.drop { $0.isWhitespace }
        return String(rest.prefix(rest.count - rest.reversed().prefix { $0.isWhitespace }.count))
    }

    /// The file of the service manager's credential `api-keys`; nil where there is none.
    ///
    /// Source: systemd.exec(5), `$CREDENTIALS_DIRECTORY`.
    static func credential() -> String? {
        guard let folder = ProcessEnvironment.value("CREDENTIALS_DIRECTORY"), folder.hasPrefix("/") else {
            return nil
        }
        let path = folder + "/api-keys"
        return FileName.isTaken(path) ? path : nil
    }

    /// Whether a credential is what the service unit puts in place of a file that is not there.
    static func isDeclaredEmpty(_ text: String) -> Bool { text.filter { !$0.isNewline } == "# no keys" }

    /// What the request line and the fields that every client sends take besides the key.
    private static let restOfHeadBytes = 256
}
