package import Kernels

/// The tokens among which one is drawn: all that are in play until a stage narrows them to a list.
///
/// The row itself is never changed or copied: after its survey, each call takes it again, with its mask.
package struct Candidates {
    private let selection: RowSelection
    /// What a weight is made of: e to the power (logit - best) * factor.
    private var factor: Float = 1
    private var isListed = false
    private var isWeighed = false

    /// Room for the tokens of a vocabulary.
    package init(vocabulary: Int, instructionSet: InstructionSet) {
        selection = RowSelection(vocabulary: vocabulary, instructionSet: instructionSet)
    }

    /// Looks at a row for its largest logit alone; false if a logit is not finite, in play or not.
    package func survey(_ logits: Span<Float>, mask: TokenMask?) -> Bool {
        selection.survey(logits, mask: mask?.words, factor: 1, weighs: false)
    }

    /// Begins with everything in play, at a temperature; false if a logit is not finite, in play or not.
    ///
    /// Without `weighs` the next thing is a stage that makes a list.
    package mutating func begin(_ logits: Span<Float>, mask: TokenMask?, temperature: Float, weighs: Bool) -> Bool {
        let least = SamplingParameters.greedyTemperature
        factor = 1 / (temperature > least ? temperature : least)
        (isListed, isWeighed) = (false, false)
        return selection.survey(logits, mask: mask?.words, factor: factor, weighs: weighs)
    }

    /// Whether nothing is in play.
    package var isEmpty: Bool { selection.best == -.infinity }

    /// The most likely token, the lowest id among equals; nil if nothing is in play.
    package func best(_ logits: Span<Float>, mask: TokenMask?) -> Int32? {
        selection.bestToken(of: logits, mask: mask?.words)
    }

    /// Keeps what is at least `fraction` as likely as the best.
    package mutating func keep(fraction: Float, _ logits: Span<Float>, mask: TokenMask?) {
        let distance = Float(Logarithm.natural(Double(fraction))) / factor
        list(downTo: selection.best + min(distance, 0), logits, mask)
    }

    /// Keeps so many most likely tokens, the lower ids first among equals.
    package mutating func keep(count: Int, _ logits: Span<Float>, mask: TokenMask?) {
        guard count < (isListed ? selection.count : logits.count) else { return }
        if !isListed { listMostLikely(count, logits, mask) }
        guard count < selection.count else { return }
        selection.weighEqually()
        selection.keep(Double(count))
        isWeighed = false
    }

    /// Keeps the smallest set of most likely tokens with this share of the probability, one at least.
    package mutating func keep(share: Double, _ logits: Span<Float>, mask: TokenMask?) {
        if isListed {
            selection.keep(share * selection.weigh())
        } else {
            let goal = share * selection.weight
            var reach = Self.firstReach
            while true {
                list(downTo: selection.best - reach / factor, logits, mask)
                if selection.weigh() >= goal || reach > Self.lastReach { break }
                reach *= Self.widening
            }
            selection.keep(goal)
        }
        isWeighed = true
    }

    /// How far below the best logit, in units of what a weight loses, a list begins, how much further the next one goes,
    /// and from where on there is no weight.
    private static let firstReach: Float = 3
    private static let widening: Float = 1.5
    private static let lastReach: Float = 90

    private mutating func list(downTo low: Float, _ logits: Span<Float>, _ mask: TokenMask?) {
        selection.gather(logits, mask: mask?.words, downTo: low)
        isListed = true
    }

    /// Lists at least the `count` most likely tokens, if so many are in play.
    private mutating func listMostLikely(_ count: Int, _ logits: Span<Float>, _ mask: TokenMask?) {
        if count <= selection.blocks { return list(downTo: selection.peak(ranking: count), logits, mask) }
        var reach = Self.firstReach
        repeat {
            list(downTo: reach > Self.lastReach ? -.infinity : selection.best - reach, logits, mask)
            if selection.count >= count { return }
            reach *= 2
        } while reach <= 4 * Self.lastReach
    }

    /// The token at which the running weight passes `uniform` of the whole; nil if nothing is in play.
    package mutating func draw(_ logits: Span<Float>, mask: TokenMask?, _ uniform: Double) -> Int32? {
        guard isListed else { return selection.draw(logits, mask: mask?.words, uniform) }
        if !isWeighed { _ = selection.weigh() }
        isWeighed = true
        return selection.drawCandidate(uniform)
    }

    /// The tokens in play, in ascending order.
    package func inPlay(_ logits: Span<Float>, mask: TokenMask?) -> [Int32] {
        if isListed { return (0..<selection.count).map { selection[$0].token } }
        return logits.indices.filter { logits[$0] > -.infinity && mask?.allows(Int32($0)) ?? true }.map { Int32($0) }
    }

    /// The natural logarithm of the sum of e to the power of all logits, none of which is infinite.
    func normaliser(_ logits: Span<Float>) -> Double {
        _ = selection.survey(logits, mask: nil, factor: 1, weighs: true)
        return Double(selection.best) + Logarithm.natural(max(selection.weight, .leastNormalMagnitude))
    }

    /// The `count` largest logits with their tokens, the largest first and the lower id first among equals.
    mutating func mostLikely(_ count: Int, _ logits: Span<Float>) -> [(token: Int32, logit: Float)] {
        guard count > 0 else { return [] }
        _ = begin(logits, mask: nil, temperature: 1, weighs: false)
        listMostLikely(count, logits, nil)
        keep(count: count, logits, mask: nil)
        return (0..<selection.count).map { selection[$0] }
            .sorted { ($0.logit, $1.token) > ($1.logit, $0.token) }
    }
}
