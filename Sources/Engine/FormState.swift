import Sampling

/// Follows the form that one answer has to have: a function of its tokens so far, and of nothing else.
///
/// The form binds what follows the thinking. An answer that has not begun may begin with either, and what was taken for
/// the beginning of the answer is forgotten when it turns out to open a block.
struct FormState: Sendable {
    private let whole: any TokenConstraint
    private var rest: any TokenConstraint
    /// Everything but the tokens that end an answer: what may come while thinking.
    private let endless: TokenMask
    private let opening: Int32?

    /// The form of an answer without tokens.
    /// - Parameters:
    ///   - ends: the tokens that end an answer, which has no end inside its thinking.
    ///   - opening: the token that opens a block, if one token does.
    init(_ constraint: any TokenConstraint, vocabulary: Int, ends: Set<Int32>, opening: Int32?) {
        whole = constraint
        rest = constraint
        var endless = TokenMask.all(vocabulary: vocabulary)
        for token in ends where token >= 0 && Int(token) < vocabulary { endless.ban(token) }
        self.endless = endless
        self.opening = opening
    }

    /// What may come next for an answer that stands at `phase` of its thinking; nil for one that never thinks.
    mutating func next(_ phase: ThinkingPhase?) throws(SamplingFailure) -> NextTokens {
        guard phase != .inside else { return .among(endless) }
        let next: NextTokens
        do { next = try rest.next() } catch { throw .formFailed(error) }
        guard phase == .before, let opening, Int(opening) < endless.vocabulary else { return next }
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

    /// Takes the next token of an answer that went from one phase of its thinking to another with it.
    mutating func accept(_ token: Int32, from: ThinkingPhase?, to phase: ThinkingPhase?) {
        if phase == .inside {
            rest = whole
        } else if from != .inside {
            rest.accept(token)
        }
    }

    /// Adds tokens that must come next.
    func appendForced(_ count: Int, to tokens: inout [Int32]) { rest.appendForced(count, to: &tokens) }
}
