/// A copy of a row of logits in which single tokens are changed or banned.
package struct ShapedLogits {
    /// The logit of every token; −∞ is banned.
    package private(set) var values: [Float]

    /// Room for a row of `vocabulary` tokens.
    init(vocabulary: Int) { values = [Float](repeating: 0, count: vocabulary) }

    /// A copy of a row.
    package init(_ logits: Span<Float>) {
        self.init(vocabulary: logits.count)
        load(logits)
    }

    /// Starts anew with these logits.
    mutating func load(_ logits: Span<Float>) {
        if values.count != logits.count { values = [Float](repeating: 0, count: logits.count) }
        var target = values.mutableSpan
        for index in logits.indices { target[index] = logits[index] }
    }

    /// No logit in play leaves ±`bound`, so that differences stay finite.
    private static let bound: Float = 1e30

    /// Bans one token; ids outside the vocabulary are ignored.
    package mutating func ban(_ token: Int32) {
        guard token >= 0, Int(token) < values.count else { return }
        values[Int(token)] = -.infinity
    }

    /// Changes one token's logit; a banned token stays banned, ids outside the vocabulary are ignored.
    package mutating func change(_ token: Int32, _ body: (Float) -> Float) {
        guard token >= 0, Int(token) < values.count, values[Int(token)] > -.infinity else { return }
        let changed = body(values[Int(token)])
        values[Int(token)] = changed.isNaN ? -Self.bound : min(max(changed, -Self.bound), Self.bound)
    }
}
