import Grammar
package import OpenAI
package import Sampling

/// What the service is told about thinking, and about answers that repeat themselves.
package struct ReasoningSettings: Sendable {
    /// When thinking is told from the answer.
    package enum Mode: String, Sendable {
        /// Where the prompt has opened a block or the answer begins with one.
        case auto
        /// The same, and answers begin inside a block that nobody has opened.
        case always
        /// Never: answers are text.
        case never
    }

    /// When thinking is told from the answer.
    package var mode: Mode
    /// The names under which it is sent.
    package var fields: ReasoningFields
    /// Tokens of thinking when a request does not say; nil: no bound.
    package var budget: Int?
    /// The most that a request may ask for; nil: no bound.
    package var maximumBudget: Int?
    /// Thinking that repeats itself is closed; nil: never.
    package var thinkingLoop: RepetitionDetector.Rules?
    /// An answer that repeats itself is ended; nil: never.
    package var answerLoop: RepetitionDetector.Rules?

    /// No bounds, both names, no look-out for circles.
    package init(mode: Mode) {
        self.mode = mode
        fields = .both
    }
}

/// The handling of the thinking of one request.
struct ReasoningPlan: Sendable {
    /// How it is found and bounded; nil: there is none.
    private let thinking: ThinkingRules?
    /// How it is told from the answer; nil: it is not.
    let splitting: ReasoningParser.Rules?
    /// When an answer repeats itself; nil: nobody looks.
    private let answerLoop: RepetitionDetector.Rules?
    /// The names under which it is sent.
    let fields: ReasoningFields
    /// Whether it is sent.
    let isShown: Bool
    /// Whether its member is there even without any.
    let isExpected: Bool

    /// A text that is taken as it comes.
    static let raw = ReasoningPlan()

    private init() {
        (thinking, splitting, answerLoop, fields, isShown, isExpected) = (nil, nil, nil, .both, false, false)
    }

    /// The plan for an answer that begins at `start`, with room for `room` tokens.
    /// - Throws: 400 when more is asked for than the server grants.
    init(
        _ options: GenerationOptions, start: ReasoningStart, room: Int, form: ReasoningStyle,
        settings: ReasoningSettings
    ) throws(APIError) {
        let asked = options.reasoning
        let budget = try Self.budget(asked, room: room, settings)
        fields = settings.fields
        answerLoop = options.stopping.ignoresEnd ? nil : settings.answerLoop
        guard settings.mode != .never, start != .answering else {
            (thinking, splitting, isShown, isExpected) = (nil, nil, false, false)
            return
        }
        let isInside = start == .inside || settings.mode == .always && start == .open
        let scanner = ThinkingScanner(
            isInside: isInside, awaitsLateClose: form.isExpected && start == .open)
        thinking = ThinkingRules(
            form.vocabulary, start: scanner, budget: budget, repetition: settings.thinkingLoop,
            hidesSpecial: options.reporting.skipsSpecialTokens)
        let isSeparate = asked?.isSeparate ?? true
        isShown = asked?.isShown ?? true
        isExpected = isShown && isSeparate && form.isExpected
        splitting = isSeparate ? ReasoningParser.Rules(isInside: isInside, recalls: options.stream == nil) : nil
    }

    /// What binds an answer: its thinking, and then this form; nil if nothing does.
    /// - Parameter ends: the tokens that end an answer.
    func constraint(_ form: (any TokenConstraint)?, ends: Set<Int32>) -> (any TokenConstraint)? {
        guard thinking != nil || answerLoop != nil else { return form }
        return AnswerConstraint(thinking: thinking, form: form, ends: ends, repetition: answerLoop)
    }

    /// Most tokens of thinking: as asked for, or the share of the answer that the effort stands for, or the default.
    private static func budget(
        _ asked: ReasoningOptions?, room: Int, _ settings: ReasoningSettings
    ) throws(APIError) -> Int? {
        let most = settings.maximumBudget
        if let budget = asked?.budget {
            if let tokens = budget.tokens, let most, tokens > most {
                throw .invalid(budget.field, "'\(budget.field)' must be at most \(most) on this server; got \(tokens).")
            }
            return budget.tokens ?? most
        }
        if asked?.isEnabled == false { return 0 }
        guard let share = asked?.effort?.share else { return [settings.budget, most].compactMap { $0 }.min() }
        return [Int(Double(room) * share), most].compactMap { $0 }.min()
    }
}

extension ReasoningOptions.Effort {
    /// The part of an answer's room that may be thinking.
    fileprivate var share: Double {
        switch self {
        case .none: 0
        case .minimal: 0.1
        case .low: 0.2
        case .medium: 0.5
        case .high: 0.8
        case .xhigh: 0.95
        }
    }
}
