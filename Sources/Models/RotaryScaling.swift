/// How the rotary position embedding is stretched over a longer context than it was trained on.
package enum RotaryScaling: Sendable, Equatable {
    /// Not at all.
    case none
    /// Every angle divided by the factor (position interpolation: arXiv:2306.15595).
    case linear(factor: Double)
    /// Slow frequencies divided by the factor, fast ones kept, a ramp between them.
    case yarn(YarnScaling)
    /// LLaMA 3's (apply_scaling in the model.py of its reference): slow frequencies divided by the factor, fast ones
    /// kept, an interpolation between them.
    case llama3(LongWaveScaling)
}

/// The numbers of LLaMA 3's scaling.
package struct LongWaveScaling: Sendable, Equatable {
    /// By how much slow frequencies are divided, at least 1.
    package let factor: Double
    /// Positions the model was trained on before stretching.
    package let originalContext: Double
    /// Turns within the original context below which a frequency is divided.
    package let lowTurns: Double
    /// Turns within the original context above which a frequency is kept; more than `lowTurns`.
    package let highTurns: Double

    /// The numbers as a model file states them.
    package init(factor: Double, originalContext: Double, lowTurns: Double, highTurns: Double) {
        self.factor = factor
        self.originalContext = originalContext
        self.lowTurns = lowTurns
        self.highTurns = highTurns
    }
}

/// The numbers of YaRN (Peng et al., arXiv:2309.00071).
package struct YarnScaling: Sendable, Equatable {
    /// By how much the context is stretched, at least 1.
    package let factor: Double
    /// Positions the model was trained on before stretching.
    package let originalContext: Double
    /// Turns within the original context above which a frequency is kept.
    package let betaFast: Double
    /// Turns within the original context below which a frequency is divided.
    package let betaSlow: Double

    /// The numbers as a model file states them.
    package init(factor: Double, originalContext: Double, betaFast: Double, betaSlow: Double) {
        self.factor = factor
        self.originalContext = originalContext
        self.betaFast = betaFast
        self.betaSlow = betaSlow
    }
}
