import Platform
import Settings

/// A file of API keys, one a line; empty lines and lines that begin with `#` are none.
enum APIKeyFile {
    /// Why a file cannot be used.
    struct Failure: Error, Equatable, CustomStringConvertible {
        /// What is wrong, and in which line.
        let description: String
    }

    /// The keys of the settings or, where they say nothing, of the service manager's credential `api-keys`; none means that
    /// everybody may come in.
    /// - Throws: ``CommandFailure`` or ``TextFileError`` that names the file.
    static func keys(of settings: Configuration.HTTP) throws -> [String] {
        var keys = settings.apiKey.isEmpty ? [] : [settings.apiKey]
        let credential = keys.isEmpty ? Self.credential() : nil
        guard let path = settings.apiKeyFile.isEmpty ? credential : settings.apiKeyFile else { return keys }
        let text = try TextFile.text(path)
        if path == credential, isDeclaredEmpty(text) { return keys }
        do throws(Failure) {
            keys += try Self.keys(in: text, longestBytes: settings.maxHeadBytes)
        } catch {
            throw CommandFailure("\(path): \(error.description)")
        }
        return keys
    }

    /// The keys in a text; a byte order mark at its head is no part of the first one.
    /// - Parameter longestBytes: bytes of a request's head, in which a key has to have room.
    /// - Throws: a key that no request can carry, or no key at all: a server that nobody can use is not started.
    static func keys(in text: String, longestBytes: Int) throws(Failure) -> [String] {
        var scalars = Substring(text).unicodeScalars
        if scalars.first == "\u{feff}" { scalars.removeFirst() }
        var keys: [String] = []
        for (index, line) in Substring(scalars).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            let key = line.filter { !$0.isWhitespace }
            guard !key.isEmpty, !key.hasPrefix("#") else { continue }
            guard key.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                throw Failure(description: "the key in line \(index + 1) contains a control character")
            }
            let room = longestBytes - restOfHeadBytes
            guard key.utf8.count <= room else {
                throw Failure(
                    description: "the key in line \(index + 1) has \(key.utf8.count) bytes; the head of a request has "
                        + "room for \(max(0, room)) (http.max_head_bytes)")
            }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw Failure(description: "holds no key") }
        return keys
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
