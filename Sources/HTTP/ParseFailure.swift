/// Why the bytes of a peer are no request. The connection is closed after any of them: where the next request begins
/// is unknown.
package enum ParseFailure: Error, Sendable, Equatable {
    /// Not the grammar of HTTP/1.1.
    case malformed(Malformation)
    /// The head is longer, or has more fields, than is allowed.
    case headTooLarge
    /// The request target is longer than is allowed.
    case targetTooLong
    /// The body is longer than `limit` bytes.
    case bodyTooLarge(limit: Int)
    /// All requests under way together hold as much memory as they may.
    case noMemory
    /// Another major version.
    case unsupportedVersion
    /// An `expect` other than `100-continue`.
    case unsupportedExpectation

    /// Whether the head was read to its end and only what it asks for is refused.
    var isOfWellFormedHead: Bool {
        switch self {
        case .bodyTooLarge, .noMemory, .unsupportedExpectation: true
        case .malformed, .headTooLarge, .targetTooLong, .unsupportedVersion: false
        }
    }

    /// The status of the refusal.
    package var status: Int {
        switch self {
        case .malformed: 400
        case .headTooLarge: 431
        case .targetTooLong: 414
        case .bodyTooLarge: 413
        case .noMemory: 503
        case .unsupportedVersion: 505
        case .unsupportedExpectation: 417
        }
    }

    /// One sentence for the person who debugs the client.
    package var message: String {
        switch self {
        case .malformed(let what): "The request is malformed: \(what.rawValue)."
        case .headTooLarge: "The header fields are too large."
        case .targetTooLong: "The request target is too long."
        case .bodyTooLarge(let limit): "The request body is larger than \(limit) bytes."
        case .noMemory: "There is no memory for this request now; try again shortly."
        case .unsupportedVersion: "This server speaks HTTP/1.0 and HTTP/1.1."
        case .unsupportedExpectation: "The only expectation this server meets is 100-continue."
        }
    }

    /// A word for programs.
    package var code: String {
        switch self {
        case .malformed: "malformed_request"
        case .headTooLarge: "headers_too_large"
        case .targetTooLong: "target_too_long"
        case .bodyTooLarge: "body_too_large"
        case .noMemory: "server_overloaded"
        case .unsupportedVersion: "unsupported_http_version"
        case .unsupportedExpectation: "unsupported_expectation"
        }
    }
}

/// The ways in which a request breaks the grammar; the raw value is the end of the sentence that the client reads.
package enum Malformation: String, Sendable, Equatable, CaseIterable {
    /// CR that is not followed by LF.
    case bareCarriageReturn = "a carriage return stands without its line feed"
    /// LF that does not follow CR.
    case bareLineFeed = "a line feed stands without its carriage return"
    /// NUL, another control character, or DEL.
    case controlCharacter = "it contains a control character"
    /// A method that is empty, too long or no token.
    case method = "the method is not a token"
    /// Not `METHOD target HTTP/x.y` with single blanks.
    case requestLine = "the request line is not a method, a target and a version"
    /// A version that is not `HTTP/` digit `.` digit.
    case version = "the version is not of the form HTTP/1.1"
    /// A target in no accepted form, or with bytes or encodings that do not belong.
    case target = "the request target is not valid"
    /// A line that begins with a blank.
    case foldedField = "a header field is folded over several lines"
    /// A field without a colon, or with a name that is no token (so also a blank before the colon).
    case fieldName = "a header field has no valid name"
    /// HTTP/1.1 without `host`, or two of them.
    case hostCount = "there is not exactly one host field"
    /// A host other than `name[:port]`.
    case host = "the host is not a name or address with an optional port"
    /// `content-length` that is not one number of 63 bits, or stands twice.
    case contentLength = "the content-length is not one decimal number that a body can have"
    /// Any `transfer-encoding` other than one `chunked` in HTTP/1.1.
    case transferEncoding = "the transfer-encoding is not exactly chunked"
    /// Both framings at once.
    case bothLengths = "it has both a content-length and a transfer-encoding"
    /// A chunk size that is no hexadecimal number, or a size with junk behind it.
    case chunkSize = "a chunk size is not a hexadecimal number"
    /// Chunk extensions beyond the limit or not of the form `;name=value`.
    case chunkExtension = "a chunk extension is not valid or too long"
    /// Bytes between the data of a chunk and its line break.
    case chunkEnd = "the data of a chunk does not end where its size says"
    /// A trailer line that is no field.
    case trailer = "a trailer field is not valid"
}
