/// How often the drafts of the model's own layer prove right, by their depth; later rounds count more.
struct ModelAcceptance: Sendable, Equatable {
    /// Most drafts in a row.
    static let maximumDepth = 4
    private static let memory = 0.98
    /// How slowly drafts that were given up regain their chance.
    private static let fading = 0.998
    /// What is expected before anything was seen, and how many rounds that expectation counts for.
    private static let prior: [Double] = [0.6, 0.35, 0.2, 0.1]
    private static let priorRounds = 4.0

    private var right = [Double](repeating: 0, count: ModelAcceptance.maximumDepth)
    private var tried = [Double](repeating: 0, count: ModelAcceptance.maximumDepth)

    /// Takes note of a round in which the first `accepted` of `drafted` drafts were right.
    mutating func learn(drafted: Int, accepted: Int) {
        for depth in 0..<min(drafted, Self.maximumDepth) {
            right[depth] = right[depth] * Self.memory + (accepted > depth ? 1 : 0)
            tried[depth] = tried[depth] * Self.memory + 1
        }
    }

    /// Lets what was seen count for less, so that drafts that were given up are tried again some time.
    mutating func fade() {
        for depth in right.indices {
            right[depth] *= Self.fading
            tried[depth] *= Self.fading
        }
    }

    /// The share of rounds in which the first `depth` drafts are all right.
    func share(depth: Int) -> Double {
        let place = min(max(depth, 1), Self.maximumDepth) - 1
        return (right[place] + Self.prior[place] * Self.priorRounds) / (tried[place] + Self.priorRounds)
    }
}
