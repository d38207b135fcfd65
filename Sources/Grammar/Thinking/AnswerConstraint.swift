package import Sampling

/// What binds the answer to a chat: how long it may think, the form of what follows the thinking, and a look-out for
/// repetition there.
///
/// An answer that has not begun may begin with its form or with a block of thinking, and what was taken for the
/// beginning of the form is forgotten when it turns out to open a block. For example, with the form `yes|no`, a budget
/// of 4 tokens and `</think>` closed by two tokens:
///
///     token       <think>   hm        hm        </think>    \n        yes     end
///     bound to    yes|no,   no end    no end    this one    this one  yes|no  the end
///                 <think>
///     part        thinking  thinking  thinking  thinking    answer    answer
///     closed by                       budget    budget      budget    budget
package struct AnswerConstraint: TokenConstraint {
    private var thinking: ThinkingState?
    private var detector: RepetitionDetector?
    /// What the detector is made from at the first token, so that no later one takes the memory of a copy's own.
    private var repetition: RepetitionDetector.Rules?
    /// The form at the beginning of an answer, and where the answer stands in it.
    private let form: (any TokenConstraint)?
    private var rest: (any TokenConstraint)?
    /// Everything but the tokens that end an answer: what may come while thinking where a form is to follow.
    private let endless: TokenMask
    private let opening: Int32?
    /// What there is to know of the token accepted last.
    package private(set) var note = TokenNote()

    /// An answer without tokens.
    /// - Parameters:
    ///   - thinking: how its thinking is bounded; nil for an answer without any.
    ///   - form: what the answer behind it has to be; nil for anything.
    ///   - ends: the tokens that end an answer, which has no end inside its thinking where a form is to follow.
    ///   - repetition: what counts as repetition behind the thinking; nil for no look-out.
    package init(
        thinking: ThinkingRules?, form: (any TokenConstraint)?, ends: Set<Int32>,
        repetition: RepetitionDetector.Rules?
    ) {
        var endless = TokenMask.all(vocabulary: form == nil ? 0 : thinking?.vocabulary.count ?? 0)
        for token in ends { endless.ban(token) }
        self.endless = endless
        self.thinking = thinking.map { ThinkingState($0, separates: form != nil) }
        self.form = form
        rest = form
        opening = thinking?.vocabulary.opening
        self.repetition = repetition
    }

    /// What may come next: what closes the thinking, anything in it, or what the form allows.
    /// - Throws: ``ConstraintFailure`` if the form cannot be followed any further.
    package mutating func next() throws(ConstraintFailure) -> NextTokens {
        if let forced = thinking?.forced { return .exactly(forced) }
        guard rest != nil else { return .any }
        if thinking?.phase == .inside { return .among(endless) }
        let next = try rest?.next() ?? .any
        guard thinking?.phase == .before, let opening, Int(opening) < endless.vocabulary else { return next }
        switch next {
        case .any: return .any
        case .exactly(let token):
            var mask = TokenMask(vocabulary: endless.vocabulary)
            mask.allow(token)
            mask.allow(opening)
            return .among(mask)
        case .among(var mask):
            mask.allow(opening)
            return .among(mask)
        }
    }

    /// Whether a token may come after all: not one that closes the thinking and goes on with text, which the form would
    /// not bind.
    package func allows(_ token: Int32) -> Bool {
        guard rest != nil, let thinking, thinking.phase == .inside else { return true }
        return !thinking.runsOver(token)
    }

    /// Takes the next token.
    package mutating func accept(_ token: Int32) {
        if let rules = repetition {
            detector = RepetitionDetector(rules)
            repetition = nil
        }
        let wasInside = thinking?.phase == .inside
        // What must come behind a closing tag is no part of the form yet.
        let isSeparator = thinking?.forced != nil
        thinking?.accept(token)
        note = thinking?.note ?? note
        if thinking?.phase == .inside {
            rest = form
        } else if !wasInside {
            note.isRepeating = detector?.advance(token) ?? false
            if !isSeparator { rest?.accept(token) }
        }
    }

    /// Adds the tokens that the form leaves no choice about, `count` at most; none where thinking may come.
    package func appendForced(_ count: Int, to tokens: inout [Int32]) {
        guard thinking?.phase ?? .answer == .answer, thinking?.forced == nil else { return }
        rest?.appendForced(count, to: &tokens)
    }
}
