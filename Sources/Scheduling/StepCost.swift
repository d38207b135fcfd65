/// What steps cost on this machine with this model, learnt from the steps themselves.
///
/// Two running estimates that forget: the time of steps that only generate, and, as a straight line over the position,
/// the time that each prompt token adds. A measurement far from what was expected counts only in part: the machine was
/// busy with something else, or it will be confirmed by the next ones. And whatever the estimates say, a step reads only
/// half as many prompt tokens again as one that kept to the target did. Nothing here reaches a number that a model
/// computes; a wrong estimate makes a step too long or too short, never an answer different.
package struct StepCost: Sendable, Equatable {
    /// A step as it was measured.
    package struct Measured: Sendable, Equatable {
        /// Rows that generate.
        package let streams: Int
        /// Tokens of prompts.
        package let promptTokens: Int
        /// Mean position of those tokens.
        package let meanPosition: Double
        /// How long it took.
        package let seconds: Double

        /// A measurement.
        package init(streams: Int, promptTokens: Int, meanPosition: Double, seconds: Double) {
            self.streams = streams
            self.promptTokens = promptTokens
            self.meanPosition = meanPosition
            self.seconds = seconds
        }
    }

    /// How much of its weight a measurement keeps with each later one.
    private static let memory = 0.9
    /// How many times above or below its expectation a measurement counts in full.
    private static let credibleFactor = 2.0
    /// Chunks with fewer tokens say more about the step than about its tokens.
    private static let tellingTokens = 16

    /// Prompt tokens of the first step beside streams, and how much further each next one may go.
    private static let firstTokens = 64
    private static let stride = 1.5

    /// How long a step shall last at most in which nothing streams: newcomers and cancellations wait for its end.
    package static let loneSeconds = 2.0

    /// How long a reader shall see nothing at most, in steps.
    private static let longestGap = 1.25

    /// How long a step beside running streams shall last at most; 0: as long as it takes.
    private let targetSeconds: Double
    /// Prompt tokens beside streams that a step may read after those that kept to the target.
    private var provenTokens = StepCost.firstTokens
    /// Seconds of a step in which streams generate and no prompt is read; nil before the first one.
    package private(set) var generatingSeconds: Double?
    private var line = FadingLine()
    /// How far measurements lie from what was expected, as a share of it, lately.
    private var scatter = 0.0

    /// Nothing is known yet.
    package init(targetSeconds: Double) { self.targetSeconds = targetSeconds }

    /// Learns from a step.
    package mutating func learn(_ step: Measured) {
        guard step.seconds.isFinite, step.seconds > 0 else { return }
        if step.promptTokens == 0 { return learnGenerating(step.seconds) }
        if step.streams > 0 { prove(step) }
        guard step.promptTokens >= Self.tellingTokens else { return }
        let base = step.streams > 0 ? generatingSeconds ?? 0 : 0
        // Beside streams the step itself is theirs; what is left over is never nothing.
        let share = max(step.seconds - base, step.seconds / 8) / Double(step.promptTokens)
        let expected = line.value(at: step.meanPosition)
        var credible = share
        if let expected, expected > 0 {
            credible = min(max(share, expected / Self.credibleFactor), expected * Self.credibleFactor)
            scatter = scatter * Self.memory + abs(credible - expected) / expected * (1 - Self.memory)
        }
        line.fade(Self.memory)
        line.add(x: step.meanPosition, y: credible, weight: 1)
    }

    /// What a step beside streams may last. Where generating alone takes longer than the target, holding prompts back
    /// wins little and starves them: then half of each step is theirs.
    private var limitSeconds: Double {
        let generating = generatingSeconds ?? 0
        return generating < targetSeconds ? targetSeconds : 2 * generating
    }

    /// Lets the next step go further than one that kept to the target, and not as far as one that did not.
    private mutating func prove(_ step: Measured) {
        if step.seconds <= limitSeconds {
            provenTokens = max(provenTokens, Int(Double(step.promptTokens) * Self.stride))
        } else {
            let kept = Double(step.promptTokens) * max(limitSeconds / step.seconds, 1 / Self.credibleFactor)
            provenTokens = max(Self.tellingTokens, min(provenTokens, Int(kept * Self.stride)))
        }
    }

    private mutating func learnGenerating(_ seconds: Double) {
        guard let known = generatingSeconds else {
            generatingSeconds = seconds
            return
        }
        let credible = min(seconds, known * Self.credibleFactor)
        generatingSeconds = known * Self.memory + credible * (1 - Self.memory)
    }

    /// What prompts may take of a step beside running streams, so that it lasts no longer than the target.
    ///
    /// What was measured scatters, so the budget stays below the target by twice as much: nearly all steps then keep
    /// to it.
    /// Before anything was measured nothing can be promised: then the budget is 0 and the planner's least share holds.
    package var budget: PromptBudget { budget(afterSilence: 0) }

    /// The same where a stream has shown its reader nothing for so many seconds, as tokens without text make one gap of two
    /// steps: the next step is to end that gap before it is a quarter longer than the target.
    package func budget(afterSilence silence: Double) -> PromptBudget {
        guard targetSeconds > 0 else { return .unbounded }
        guard let costs = line.coefficients else {
            return PromptBudget(tokens: 0, seconds: 0, tokenSeconds: 1, positionSeconds: 0)
        }
        let generating = generatingSeconds ?? 0
        var limit = limitSeconds
        if generating < targetSeconds { limit = min(limit, Self.longestGap * targetSeconds - silence) }
        return PromptBudget(
            tokens: provenTokens, seconds: max(0, limit - generating) / (1 + 2 * scatter),
            tokenSeconds: costs.atZero, positionSeconds: costs.slope)
    }

    /// What prompts may take of a step in which nothing streams. Before anything was measured a short beginning of a
    /// prompt is read, so that a slow machine is known as one before it has begun on a long step.
    package var loneBudget: PromptBudget {
        guard let costs = line.coefficients else {
            return PromptBudget(tokens: Self.firstTokens, seconds: .infinity, tokenSeconds: 0, positionSeconds: 0)
        }
        return PromptBudget(
            tokens: .max, seconds: Self.loneSeconds, tokenSeconds: costs.atZero, positionSeconds: costs.slope)
    }
}

/// A straight line through weighted points, fitted by least squares; older points fade.
struct FadingLine: Sendable, Equatable {
    private var weight = 0.0
    private var sumX = 0.0
    private var sumY = 0.0
    private var sumXX = 0.0
    private var sumXY = 0.0

    /// Multiplies the weight of all points so far.
    mutating func fade(_ factor: Double) {
        weight *= factor
        sumX *= factor
        sumY *= factor
        sumXX *= factor
        sumXY *= factor
    }

    /// Adds a point.
    mutating func add(x: Double, y: Double, weight added: Double) {
        weight += added
        sumX += added * x
        sumY += added * y
        sumXX += added * x * x
        sumXY += added * x * y
    }

    /// The value at 0 and the rise per unit, neither of them negative; nil without points.
    var coefficients: (atZero: Double, slope: Double)? {
        guard weight > 0 else { return nil }
        let (meanX, meanY) = (sumX / weight, sumY / weight)
        let spread = sumXX / weight - meanX * meanX
        // Points that lie close together say nothing about the slope.
        guard spread > 1 else { return (meanY, 0) }
        let slope = max(0, (sumXY / weight - meanX * meanY) / spread)
        let atZero = meanY - slope * meanX
        return atZero >= 0 ? (atZero, slope) : (0, meanY / meanX)
    }

    /// The line's value.
    func value(at x: Double) -> Double? { coefficients.map { $0.atZero + $0.slope * x } }
}
