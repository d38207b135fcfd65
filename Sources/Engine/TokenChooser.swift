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
    private struct State: Sendable {
        var sampler: Sampler
        var thinking: ThinkingState?
        var choice = TokenChoice.none
    }

    private let state: Mutex<State>

    /// A chooser at the beginning of an answer; `thinking` bounds its thinking, if it has any.
    init(_ sampler: Sampler, thinking: ThinkingRules?) {
        state = Mutex(State(sampler: sampler, thinking: thinking.map { ThinkingState($0) }))
    }

    /// Chooses from `logits`, working in `row`, and keeps the choice until it is taken.
    ///
    /// A token that the thinking must go on with is chosen whatever the logits say.
    func choose(from logits: Span<Float>, using row: inout LogitRow) {
        state.withLock { state in
            do throws(SamplingFailure) {
                let sampled =
                    if let forced = state.thinking?.forced {
                        try state.sampler.report(forced, in: logits)
                    } else {
                        try state.sampler.sample(logits, mask: nil, using: &row)
                    }
                state.sampler.accept(sampled.token)
                state.thinking?.accept(sampled.token)
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
