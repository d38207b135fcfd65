package import HTTP
package import OpenAI

/// What the service is told by the settings.
package struct ServiceSettings: Sendable {
    /// The product's version, for `/version`.
    package let version: String
    /// Bounds on requests; the vocabulary is filled in from the model.
    package let limits: RequestLimits
    /// Most tokens of a chat answer when the request does not say; nil: what is left of the context.
    package let maximumTokens: Int?
    /// Times and amounts of delivery.
    package let delivery: DeliverySettings
    /// Names by which the server may be called.
    package let hosts: HostRule
    /// Whether only this machine can reach the server.
    package var isLoopback = false
    /// Web pages that may call.
    package var origins = OriginRule.ownOnly
    /// The handling of thinking.
    package let reasoning: ReasoningSettings
    /// How messages become a prompt.
    package let messages: MessageSettings
    /// The handling of requests that are sent again.
    package let retries: RetrySettings
    /// The handling of forms that requests want their answers to have.
    package let structured: StructuredSettings
    /// What a request's `priority` does.
    package var priority = PriorityRule.clamp

    /// All settings.
    package init(
        version: String, limits: RequestLimits, maximumTokens: Int?,
        delivery: DeliverySettings, hosts: HostRule, reasoning: ReasoningSettings, structured: StructuredSettings,
        messages: MessageSettings, retries: RetrySettings
    ) {
        self.retries = retries
        self.messages = messages
        self.maximumTokens = maximumTokens
        self.version = version
        self.limits = limits
        self.delivery = delivery
        self.hosts = hosts
        self.reasoning = reasoning
        self.structured = structured
    }
}

/// What a request samples with when it does not say.
package struct SamplingDefaults: Sendable {
    /// 0 is greedy.
    package var temperature: Double
    /// 1 keeps all.
    package var topP: Double
    /// 0 keeps all.
    package var topK: Int
    /// 0 keeps all.
    package var minP: Double
    /// 1 is neutral.
    package var repetitionPenalty: Double

    /// All of them.
    package init(temperature: Double, topP: Double, topK: Int, minP: Double, repetitionPenalty: Double) {
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
    }
}

/// Times and amounts of delivery.
package struct DeliverySettings: Sendable {
    /// Seconds between two comments in a stream that has nothing else to say.
    package let keepAliveSeconds: Double
    /// Bytes that may wait for a reader before it counts as gone; above half of it, deltas are merged.
    package let outputBytes: Int
    /// Seconds without a sign of life after which the engine counts as stuck.
    package let stuckSeconds: Double

    /// All of them.
    package init(keepAliveSeconds: Double, outputBytes: Int, stuckSeconds: Double) {
        self.keepAliveSeconds = keepAliveSeconds
        self.outputBytes = outputBytes
        self.stuckSeconds = stuckSeconds
    }
}

/// The handling of a request that is sent again while the first is being answered.
package struct RetrySettings: Sendable {
    /// Which requests join an answer under way.
    package enum Mode: String, Sendable {
        /// None.
        case off
        /// Those that say that they are a further attempt.
        case retries
        /// All that ask for the same with the same key.
        case always
    }

    /// Which requests join.
    package let mode: Mode
    /// Seconds that an answer goes on at most when its client has left and may come back.
    package let graceSeconds: Double
    /// Bytes that all answers together may hold to be told again.
    package let heldBytes: Int
    /// Bytes that one of them may hold.
    package let answerBytes: Int

    /// All of them.
    package init(mode: Mode, graceSeconds: Double, heldBytes: Int, answerBytes: Int) {
        self.mode = mode
        self.graceSeconds = graceSeconds
        self.heldBytes = heldBytes
        self.answerBytes = answerBytes
    }
}

/// The handling of forms that requests want their answers to have.
package struct StructuredSettings: Sendable {
    /// Whether blanks and line breaks may stand between the parts of JSON where a request does not say.
    package let allowsWhitespace: Bool
    /// Most grammars that are kept.
    package let cachedGrammars: Int
    /// Whether objects may have properties that their schema does not declare, where it does not say.
    package let allowsAdditional: Bool
    /// Milliseconds of processor time for compiling one of them.
    package let compileMilliseconds: Int

    /// All of them.
    package init(
        allowsWhitespace: Bool, cachedGrammars: Int, allowsAdditional: Bool = false, compileMilliseconds: Int = 100
    ) {
        self.allowsAdditional = allowsAdditional
        self.compileMilliseconds = compileMilliseconds
        self.allowsWhitespace = allowsWhitespace
        self.cachedGrammars = cachedGrammars
    }
}
