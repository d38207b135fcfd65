package import HTTP
package import OpenAI
import Platform

/// The API keys, kept as digests. Without keys everybody is admitted.
package struct Authentication: Sendable {
    private let digests: [[UInt8]]

    /// The keys that open the service; empty lines and blanks around a key are not part of it.
    package init(keys: [String]) {
        digests = keys.map { Self.trimmed($0) }.filter { !$0.isEmpty }.map { Digest.sha256(Array($0.utf8)) }
    }

    /// Whether keys are needed.
    package var isRequired: Bool { !digests.isEmpty }

    /// Refuses a request whose head carries no key of ours; every key is compared, in constant time.
    /// - Throws: 401 when a key is needed and none, or a wrong one, was sent.
    package func check(_ fields: Fields) throws(APIError) {
        guard isRequired else { return }
        guard let key = Self.presentedKey(fields) else { throw .invalidAPIKey(isPresent: false) }
        guard matching(key) != nil else { throw .invalidAPIKey(isPresent: true) }
    }

    /// Bytes that keep the cached prefixes of different keys apart; empty without keys.
    package func tenant(_ fields: Fields) -> [UInt8] {
        guard isRequired, let key = Self.presentedKey(fields), let digest = matching(key) else { return [] }
        return digest
    }

    /// Bytes that tell one caller from another, also where no key is needed and whatever is presented opens the door.
    package func caller(_ fields: Fields) -> [UInt8] {
        Self.presentedKey(fields).map { Digest.sha256(Array($0.utf8)) } ?? []
    }

    private func matching(_ key: String) -> [UInt8]? {
        let presented = Digest.sha256(Array(key.utf8))
        var found: [UInt8]?
        for digest in digests where Digest.equalInConstantTime(digest, presented) { found = digest }
        return found
    }

    /// The key in `Authorization: Bearer` or `x-api-key`.
    private static func presentedKey(_ fields: Fields) -> String? {
        if let value = fields["authorization"] {
            let scheme = "bearer "
            guard value.utf8.count > scheme.utf8.count, value.prefix(scheme.count).lowercased() == scheme else {
                return nil
            }
            return trimmed(value.dropFirst(scheme.count))
        }
        return fields["x-api-key"].map { trimmed($0) }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        let head = text.drop(while: isBlank)
        return String(String(head.reversed().drop(while: isBlank)).reversed())
    }
}
