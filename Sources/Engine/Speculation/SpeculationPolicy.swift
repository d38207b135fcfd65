/// Decides how far to draft ahead from what steps take and how often drafts prove right.
///
/// Whatever it decides changes speed alone. Time comes in as data.
/// Source: Leviathan, Kalman and Matias, "Fast Inference from Transformers via Speculative Decoding", arXiv:2211.17192
/// (drafts checked by one step; here a draft is kept only if the sampler would have chosen it).
package struct SpeculationPolicy: Sendable {
    /// Drafting has to promise this much more than not drafting.
    private static let worthwhile = 1.02
    /// Every so many rounds of the model's layer the step goes without drafts, so that its plain time stays known.
    private static let plainEvery = 64
    private static let weightOfLatest = 0.1

    private let options: SpeculationOptions
    private(set) var times = StepTimes()
    private(set) var acceptance = ModelAcceptance()
    /// What a pass of the layer takes: a fixed part and a part per sequence, of the first pass and of each further one.
    private var firstPass = StepTimes()
    private var furtherPass = StepTimes()
    private var rounds = 0
    /// Drafts from text that were checked, and how many were right; later ones count more.
    private var lookedUp = (right: 6.0, tried: 10.0)
    private static let lookupMemory = 0.99

    /// Nothing is known yet.
    package init(_ options: SpeculationOptions) { self.options = options }

    // MARK: Learning

    /// A step without prompts computed so many tokens; the layer's passes are not part of its time.
    package mutating func learn(tokens: Int, seconds: Double) { times.learn(tokens: tokens, seconds: seconds) }

    /// The layer made `depth` drafts for each of so many sequences: the first of them, then all further ones.
    package mutating func learnPasses(sequences: Int, depth: Int, firstSeconds: Double, furtherSeconds: Double) {
        firstPass.learn(tokens: sequences, seconds: firstSeconds)
        if depth > 1 { furtherPass.learn(tokens: sequences, seconds: furtherSeconds / Double(depth - 1)) }
    }

    /// A round of the layer's drafts was checked.
    package mutating func learnRound(drafted: Int, accepted: Int) {
        acceptance.learn(drafted: drafted, accepted: accepted)
    }

    /// A round of drafts from text was checked.
    package mutating func learnLookup(drafted: Int, accepted: Int) {
        lookedUp.right = lookedUp.right * Self.lookupMemory + Double(accepted)
        lookedUp.tried = lookedUp.tried * Self.lookupMemory + Double(accepted < drafted ? accepted + 1 : accepted)
    }

    // MARK: Deciding

    /// The chance that a draft from text is right, as far as all sequences together tell.
    package var lookupChance: Double { lookedUp.right / max(lookedUp.tried, 1) }

    /// How many drafts the model's layer shall make for each of so many sequences; 0 where that does not pay.
    package mutating func modelDepth(sequences: Int) -> Int {
        guard options.asksModel, sequences > 0 else { return 0 }
        guard !options.isConstant else { return options.modelDrafts }
        let depth = bestDepth(sequences: sequences)
        if depth == 0 {
            acceptance.fade()
            times.doubt(above: sequences)
        }
        return depth
    }

    private func bestDepth(sequences: Int) -> Int {
        guard let plain = times.seconds(tokens: sequences) else { return 1 }
        var (best, bestRate) = (0, Self.worthwhile / plain)
        var (tokens, seconds) = (1.0, firstPass.seconds(tokens: sequences) ?? 0)
        for depth in 1...max(1, options.modelDrafts) {
            tokens += acceptance.share(depth: depth)
            if depth > 1 { seconds += furtherPass.seconds(tokens: sequences) ?? 0 }
            let trunk = times.seconds(tokens: sequences * (1 + depth)) ?? plain
            let rate = tokens / (max(trunk, plain) + seconds)
            if rate > bestRate { (best, bestRate) = (depth, rate) }
        }
        return best
    }

    /// Whether the next step shall go without the drafts that there are.
    package mutating func goesPlain() -> Bool {
        rounds += 1
        return !options.isConstant && rounds.isMultiple(of: Self.plainEvery)
    }

    /// What one more token in a step of so many sequences costs, in tokens that the step gives anyway.
    package func price(sequences: Int) -> Double {
        let rows = max(sequences, 1)
        let further = max(4, rows)
        guard !options.isConstant, let plain = times.seconds(tokens: rows),
            let more = times.seconds(tokens: rows + further)
        else {
            return Self.leastPrice
        }
        return max(Self.leastPrice, (more - plain) / Double(further) * Double(rows) / plain)
    }

    /// No draft is free, whatever was measured.
    private static let leastPrice = 0.05
}
