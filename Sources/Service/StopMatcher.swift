/// Finds the first stop string that a growing text completes, and how much of its end might still become one.
///
/// Bytes are looked at once, whatever the pieces in which they come, so the pieces cannot change what is found.
/// Source: Knuth, Morris and Pratt, "Fast Pattern Matching in Strings", SIAM J. Comput. 6 (2), 1977.
package struct StopMatcher: Sendable {
    /// A stop string that was completed.
    package struct Match: Equatable, Sendable {
        /// Bytes of the piece up to the end of the stop string.
        package let consumedBytes: Int
        /// Length of the stop string; it may have begun in an earlier piece.
        package let stopBytes: Int
    }

    /// One string with its table of borders (Knuth–Morris–Pratt) and how much of it the text's end matches.
    private struct Pattern: Sendable {
        let bytes: [UInt8]
        let borders: [Int]
        var matched = 0

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            var borders = [Int](repeating: 0, count: bytes.count)
            var length = 0
            for index in bytes.indices.dropFirst() {
                while length > 0, bytes[index] != bytes[length] { length = borders[length - 1] }
                if bytes[index] == bytes[length] { length += 1 }
                borders[index] = length
            }
            self.borders = borders
        }

        /// Takes the next byte; true when the pattern is complete.
        mutating func advance(_ byte: UInt8) -> Bool {
            while matched > 0, bytes[matched] != byte { matched = borders[matched - 1] }
            if bytes[matched] == byte { matched += 1 }
            return matched == bytes.count
        }
    }

    private var patterns: [Pattern]

    /// A matcher of these strings; an empty one, which would match everywhere, matches nowhere.
    package init(_ stops: [String]) {
        patterns = stops.filter { !$0.isEmpty }.map { Pattern(Array($0.utf8)) }
    }

    /// A matcher of one sequence of bytes; an empty one matches nowhere.
    init(bytes: [UInt8]) {
        patterns = bytes.isEmpty ? [] : [Pattern(bytes)]
    }

    /// Bytes at the end of the text that a following byte might turn into a stop string.
    package var heldBytes: Int { patterns.reduce(0) { max($0, $1.matched) } }

    /// Takes the next piece. The match that ends first wins; of those ending together, the longest.
    /// After a match the matcher is spent.
    package mutating func append(_ piece: some Collection<UInt8>) -> Match? {
        guard !patterns.isEmpty else { return nil }
        var consumed = 0
        for byte in piece {
            consumed += 1
            var longest = 0
            for index in patterns.indices where patterns[index].advance(byte) {
                longest = max(longest, patterns[index].bytes.count)
            }
            if longest > 0 { return Match(consumedBytes: consumed, stopBytes: longest) }
        }
        return nil
    }
}
