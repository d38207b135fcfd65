/// Why there is no answer, or only a part of one.
package enum HTTPClientError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The URL, or the key that is to be sent, cannot be used.
    case address(String)
    /// The connection could not be made, or broke.
    case connection(String)
    /// Nothing came in time.
    case silence
    /// The server closed the connection before the answer was whole.
    case ended(String)
    /// What came is not HTTP.
    case malformed(String)
    /// The server sent more than is taken.
    case limit(String)

    /// A few words, without a line break.
    package var description: String {
        switch self {
        case .silence: "nothing more within the time limit"
        case .address(let text), .connection(let text), .ended(let text), .malformed(let text), .limit(let text): text
        }
    }
}
