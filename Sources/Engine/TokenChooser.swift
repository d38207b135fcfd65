import Kernels
import Sampling
import Synchronization

/// What choosing a sequence's next token came to.
enum TokenChoice: Sendable {
    /// Nothing was chosen.
    case none
    /// The next token with its report, and what the constraint knows of it.
    case chosen(SampledToken, TokenNote)
    /// The logits could not be used.
    case failed(SamplingFailure)
}

/// Chooses the tokens of one sequence, on whichever thread of the pool comes to its logits.
final class TokenChooser: Sendable {
    fileprivate struct State: Sendable {
        var sampler: Sampler
        var constraint: (any TokenConstraint)?
        var choice = TokenChoice.none
    }

    private let state: Mutex<State>
    /// Whether anything binds the answer.
    let isConstrained: Bool

    /// A chooser at the beginning of an answer to `request`; ids from `vocabulary` on are never chosen.
    init(_ request: GenerationRequest, vocabulary: Int) {
        isConstrained = request.constraint != nil
        state = Mutex(
            State(
                sampler: Sampler(request.sampling, prompt: request.prompt, vocabulary: vocabulary),
                constraint: request.constraint))
    }

    /// Chooses from `logits`, working in `row`, and keeps the choice until it is taken.
    func choose(from logits: Span<Float>, using row: inout LogitRow) {
        state.withLock { state in
            do throws(SamplingFailure) {
                let sampled = try state.sampled(from: logits, using: &row)
                state.choice = .chosen(sampled, state.accept(sampled.token))
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

    /// Adds the tokens that must come next, `count` at most, as far as the constraint tells.
    func appendForced(_ count: Int, to tokens: inout [Int32]) {
        state.withLock { $0.constraint?.appendForced(count, to: &tokens) }
    }
}

extension TokenChooser.State {
    /// How often a token is chosen anew because the constraint objects to the one that was chosen.
    private static let maximumRetries = 64

    /// The next token: one that must come is chosen whatever the logits say.
    fileprivate mutating func sampled(
        from logits: Span<Float>, using row: inout LogitRow
    ) throws(SamplingFailure) -> SampledToken {
        switch try next() {
        case .any: return try sampler.sample(logits, mask: nil, using: &row)
        case .exactly(let token): return try sampler.report(token, in: logits, using: &row)
        case .among(var mask):
            for _ in 0..<Self.maximumRetries {
                let sampled = try sampler.sample(logits, mask: mask, using: &row)
                if constraint?.allows(sampled.token) ?? true { return sampled }
                mask.ban(sampled.token)
            }
            throw .nothingAllowed
        }
    }

    private mutating func next() throws(SamplingFailure) -> NextTokens {
        do { return try constraint?.next() ?? .any } catch { throw .constraintFailed(error) }
    }

    fileprivate mutating func accept(_ token: Int32) -> TokenNote {
        sampler.accept(token)
        constraint?.accept(token)
        return constraint?.note ?? TokenNote()
    }
}

/// The rows of a step that sample, shared among the threads of the pool. A row's choice depends on that row alone.
final class RowSampler: RowVisitor {
    private let choosers = Mutex<[TokenChooser]>([])
    /// A working row for each thread that may be at work.
    private let rows: [WorkingRow]

    private final class WorkingRow: Sendable {
        let row: Mutex<LogitRow>
        init(vocabulary: Int, _ instructionSet: InstructionSet) {
            row = Mutex(LogitRow(vocabulary: vocabulary, instructionSet: instructionSet))
        }
    }

    init(vocabulary: Int, threads: Int, instructionSet: InstructionSet) {
        rows = (0..<max(1, threads)).map { _ in WorkingRow(vocabulary: vocabulary, instructionSet) }
    }

    /// Begins a step.
    func removeAll() { choosers.withLock { $0.removeAll(keepingCapacity: true) } }

    /// Adds a sequence that samples; its logits are visited in the order of adding.
    func add(_ chooser: TokenChooser) { choosers.withLock { $0.append(chooser) } }

    /// Reports on a token that was not chosen, between two visits; nil if the logits are not finite.
    func report(on token: Int32, _ logits: Span<Float>, topCount: Int) -> TokenLogprobs? {
        rows[0].row.withLock { row in
            row.isFinite(logits) ? TokenLogprobs(logits, chosen: token, topCount: topCount, using: &row) : nil
        }
    }

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
