import HTTP

/// Which of its client's attempts a request is, as far as the client says.
struct RetryAttempt: Sendable {
    /// From 0; nil when the client does not count.
    private let number: Int?
    /// Whether it joined an answer that was begun for an earlier one.
    var isAbsorbed = false

    /// Reads the count that the SDKs generated with Stainless send, the official ones among them.
    init(_ fields: Fields) { number = fields["x-stainless-retry-count"].flatMap { Int($0) }.map { max(0, $0) } }

    /// Whether the client counts its attempts.
    var isMarked: Bool { number != nil }

    /// Whether it is not the first.
    var isFurther: Bool { number ?? 0 > 0 }

    /// Seconds within which the next attempt comes, if there is one; 0 when the client makes none.
    ///
    /// The SDKs wait 0.5 s, then each time twice as long, 8 s at most. Twice that and the time of a slow connection.
    var graceSeconds: Double {
        guard let number else { return 0 }
        let wait = min(8, 0.5 * Double(1 << min(number, 4)))
        return 2 * wait + 2
    }
}
