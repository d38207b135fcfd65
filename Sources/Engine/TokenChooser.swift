import Kernels
import Sampling
import Synchronization

/// What choosing a sequence's next token came to.
enum TokenChoice: Sendable {
    /// Nothing was chosen.
    case none
    /// The next token with its report.
    case chosen(SampledToken)
    /// The logits could not be used.
    case failed(SamplingFailure)
}

/// Chooses the tokens of one sequence, on whichever thread of the pool comes to its logits.
final class TokenChooser: Sendable {
    fileprivate struct State: Sendable {
        var sampler: Sampler
        var thinking: ThinkingState?
        var form: FormState?
        var choice = TokenChoice.none
    }

    private let state: Mutex<State>
    /// Whether the answer has to have a form.
    let hasForm: Bool

    /// A chooser at the beginning of an answer to `request`; ids from `vocabulary` on are never chosen.
    init(_ request: GenerationRequest, vocabulary: Int) {
        hasForm = request.constraint != nil
        state = Mutex(
            State(
                sampler: Sampler(request.sampling, prompt: request.prompt, vocabulary: vocabulary),
                thinking: request.thinking.map { ThinkingState($0) },
                form: request.constraint.map {
                    FormState(
                        $0, vocabulary: vocabulary, ends: request.sampling.stopTokens,
                        opening: request.thinking?.opening)
                }))
    }

    /// Chooses from `logits`, working in `row`, and keeps the choice until it is taken.
    ///
    /// A token that the thinking must go on with is chosen whatever the logits say.
    func choose(from logits: Span<Float>, using row: inout LogitRow) {
        state.withLock { state in
            do throws(SamplingFailure) {
                let sampled = try state.sampled(from: logits, using: &row)
                state.accept(sampled.token)
                state.choice = .chosen(sampled)
            } catch {
                state.choice = .failed(error)
            }
        }
    }

    /// The choice, once.
    func take() -> TokenChoice {
        state.withLock { state in
            defer { state.choice = .none }
            return state.choice
        }
    }

    /// Adds the tokens that must come next, `count` at most, as far as the form of the answer tells.
    func appendForced(_ count: Int, to tokens: inout [Int32]) {
        state.withLock { state in
            guard state.thinking?.phase ?? .answer == .answer, state.thinking?.forced == nil else { return }
            state.form?.appendForced(count, to: &tokens)
        }
    }
}

extension TokenChooser.State {
    /// How often a token is chosen anew because it would close the thinking in the middle of its own text.
    private static let maximumRetries = 64

    fileprivate mutating func sampled(
        from logits: Span<Float>, using row: inout LogitRow
    ) throws(SamplingFailure) -> SampledToken {
        if let forced = thinking?.forced { return try sampler.report(forced, in: logits) }
        guard form != nil else { return try sampler.sample(logits, mask: nil, using: &row) }
        switch try form?.next(thinking?.phase) ?? .any {
        case .any: return try sampler.sample(logits, mask: nil, using: &row)
        case .exactly(let token): return try sampler.report(token, in: logits)
        case .among(let mask): return try sampled(from: logits, among: mask, using: &row)
        }
    }

    /// A token of the mask whose text does not begin the answer behind the closing tag: the form binds all of it.
    private func sampled(
        from logits: Span<Float>, among mask: TokenMask, using row: inout LogitRow
    ) throws(SamplingFailure) -> SampledToken {
        var mask = mask
        for _ in 0..<Self.maximumRetries {
            let sampled = try sampler.sample(logits, mask: mask, using: &row)
            guard let thinking, thinking.phase == .inside, thinking.runsOver(sampled.token) else { return sampled }
            mask.ban(sampled.token)
        }
        throw .nothingAllowed
    }

    fileprivate mutating func accept(_ token: Int32) {
        sampler.accept(token)
        let before = thinking?.phase
        // What must come behind a closing tag is no part of the answer yet.
        let isGap = thinking?.forced != nil
        thinking?.accept(token)
        if !isGap { form?.accept(token, from: before, to: thinking?.phase) }
    }
}

/// The rows of a step that sample, shared among the threads of the pool. A row's choice depends on that row alone.
final class SamplingBoard: RowVisitor {
    private let choosers = Mutex<[TokenChooser]>([])
    /// A working row for each thread that may be at work.
    private let rows: [WorkingRow]

    private final class WorkingRow: Sendable {
        let row: Mutex<LogitRow>
        init(vocabulary: Int) { row = Mutex(LogitRow(vocabulary: vocabulary)) }
    }

    init(vocabulary: Int, threads: Int) {
        rows = (0..<max(1, threads)).map { _ in WorkingRow(vocabulary: vocabulary) }
    }

    /// Begins a step.
    func removeAll() { choosers.withLock { $0.removeAll(keepingCapacity: true) } }

    /// Adds a sequence that samples; its logits are visited in the order of adding.
    func add(_ chooser: TokenChooser) { choosers.withLock { $0.append(chooser) } }

    func visit(_ index: Int, _ logits: Span<Float>) {
        let chooser = choosers.withLock { $0[index] }
        for free in rows where Self.choose(chooser, logits, in: free) { return }
        // More threads than rows: the first one is free in a moment.
        rows[0].row.withLock { chooser.choose(from: logits, using: &$0) }
    }

    private static func choose(_ chooser: TokenChooser, _ logits: Span<Float>, in working: WorkingRow) -> Bool {
        working.row.withLockIfAvailable { chooser.choose(from: logits, using: &$0) } != nil
    }
}
