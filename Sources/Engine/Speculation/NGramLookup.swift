/// Finds what followed the last tokens of a text when they stood there, or in another text, before.
/// Source: Yang and others, "Inference with Reference", arXiv:2304.04487.
package enum NGramLookup {
    /// Fewer equal tokens say nothing.
    package static let leastMatch = 2
    /// So many equal tokens rarely come by chance.
    static let tellingMatch = 4
    /// More equal tokens say no more.
    static let longestMatch = 12
    /// How far back a text is searched.
    static let searchedTokens = 16_384

    /// Where a match ends, and how many tokens are equal.
    struct Match: Equatable {
        /// Index of the token that followed.
        let next: Int
        let length: Int
    }

    /// The longest earlier match of the end of `text`, the latest among equals.
    static func match(in text: Span<Int32>) -> Match? {
        guard let last = text.indices.last else { return nil }
        return search(text, limit: last, for: text)
    }

    /// The longest match of the end of `text` in `other`, the latest among equals.
    static func match(of text: Span<Int32>, in other: Span<Int32>) -> Match? {
        search(other, limit: other.count - 1, for: text)
    }

    /// Looks at matches that end before index `limit` of `source`, so that a token follows.
    private static func search(_ source: Span<Int32>, limit: Int, for text: Span<Int32>) -> Match? {
        guard text.count >= leastMatch, limit > 0 else { return nil }
        let last = text[text.count - 1]
        var best: Match?
        var place = limit - 1
        let end = max(0, limit - searchedTokens)
        while place >= end {
            if source[place] == last {
                let length = commonEnd(source.extracting(...place), text)
                if length >= leastMatch, length > best?.length ?? 0 { best = Match(next: place + 1, length: length) }
                if best?.length == longestMatch { break }
            }
            place -= 1
        }
        return best
    }

    private static func commonEnd(_ one: Span<Int32>, _ other: Span<Int32>) -> Int {
        let most = min(one.count, other.count, longestMatch)
        var length = 0
        while length < most, one[one.count - 1 - length] == other[other.count - 1 - length] { length += 1 }
        return length
    }

    /// Appends up to `count` tokens that may follow `text`, whose last `generated` tokens are the answer so far.
    ///
    /// A prediction comes first; where the text ends in a repetition, the repetition goes on.
    package static func guess(
        _ count: Int, after text: Span<Int32>, generated: Int, prediction: Span<Int32>, leastMatch: Int,
        into guess: inout [Int32]
    ) {
        if let next = continuation(of: text, generated: generated, in: prediction) {
            for index in next..<min(next + count, prediction.count) { guess.append(prediction[index]) }
            if !guess.isEmpty { return }
        }
        guard let match = match(in: text), match.length >= leastMatch else { return }
        for offset in 0..<count {
            let token = text[match.next + offset % (text.count - match.next)]
            // Media can be followed, but not guessed.
            guard token >= 0 else { return }
            guess.append(token)
        }
    }

    /// Where in the prediction the answer goes on.
    private static func continuation(of text: Span<Int32>, generated: Int, in prediction: Span<Int32>) -> Int? {
        guard prediction.count > 0, generated > 0 else { return nil }
        if generated < leastMatch {
            return prediction.count > generated && prediction[generated - 1] == text[text.count - 1] ? generated : nil
        }
        return match(of: text.extracting(last: generated), in: prediction)?.next
    }
}
