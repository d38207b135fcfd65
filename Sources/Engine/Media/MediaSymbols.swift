import Models
import OrderedCollections
import Platform

/// Gives rows of media the numbers below zero by which prompts name them.
///
/// Example: the picture with key K under the salt S has 3 rows and is met first. Its rows become -1, -2, -3, and a prompt
/// `[5, 0, 0, 0, 9]` with the picture in the middle becomes `[5, -1, -2, -3, 9]`. The same picture under S has the same
/// numbers later, so that pages with it are found; another picture, or this one under another salt, begins at -4.
///
/// The scheduler and the prefix index compare such numbers like tokens. A number never stands for anything else: when
/// they are used up, a new epoch begins, whose prompts share no pages with those of earlier ones.
package struct MediaSymbols: Sendable {
    private struct Identity: Hashable, Sendable {
        let salt: [UInt8]
        let key: [UInt8]
        let count: Int
    }

    /// The first number of what was met, the latest met last.
    private var known: OrderedDictionary<Identity, Int> = [:]
    /// The next number, without its sign.
    private var next = 1
    private var epoch = 0
    private let last: Int
    private let mostKnown: Int

    /// Symbols from -1 down to `-last`; what is not among the `mostKnown` met last gets new numbers.
    package init(last: Int = Int(Int32.max), mostKnown: Int = 4096) {
        self.last = last
        self.mostKnown = mostKnown
    }

    /// Names the media of a request: symbols stand in the place of its placeholders.
    /// - Returns: the salt under which its prefixes are cached.
    package mutating func name(_ request: inout GenerationRequest) -> [UInt8] {
        guard !request.media.isEmpty else { return request.cacheSalt }
        let identities = request.media.map { span in
            Identity(salt: request.cacheSalt, key: span.key, count: span.rows.count)
        }
        let fresh = identities.reduce(0) { sum, identity in known[identity] == nil ? sum + identity.count : sum }
        if next + fresh > last + 1 {
            known = [:]
            next = 1
            epoch += 1
        }
        for (span, identity) in zip(request.media, identities) {
            let first = first(of: identity)
            for (row, place) in span.range.enumerated() { request.prompt[place] = -Int32(clamping: first + row) }
        }
        guard epoch > 0 else { return request.cacheSalt }
        return Digest.sha256(request.cacheSalt + Array("media \(epoch)".utf8))
    }

    private mutating func first(of identity: Identity) -> Int {
        if let first = known.removeValue(forKey: identity) {
            known[identity] = first
            return first
        }
        if known.count >= mostKnown { known.removeFirst(known.count - mostKnown / 2) }
        defer { next += identity.count }
        known[identity] = next
        return next
    }
}
