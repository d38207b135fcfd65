import Sampling
import Synchronization

/// A grammar made ready for a vocabulary: shared by all answers that follow it.
///
/// It works out what it needs as answers come by it, keeps that within a budget and forgets it when the budget is used
/// up, which changes nothing but time.
package final class CompiledGrammar: Sendable {
    /// Where an answer is in the grammar: a state of the automaton of one epoch, and its readers for other epochs.
    struct Position: Sendable {
        var epoch: Int
        var state: Int32
        var readers: PortableReaders
        /// Steps that masks may still take.
        var credit: Int
        /// The fingerprints of states whose masks were paid for, latest last: coming by one of them again is free, also
        /// when the mask was forgotten meanwhile, so that nothing hangs on what other answers have done.
        var paid: [UInt64] = []

        /// How many of them are remembered.
        static let mostPaid = 256

        /// Takes the steps of the mask of its state off the credit, unless they were paid.
        mutating func pay(_ steps: Int) throws(ConstraintFailure) {
            if !paid.contains(readers.fingerprint) {
                credit -= steps
                if paid.count >= Self.mostPaid { paid.removeFirst(Self.mostPaid / 2) }
                paid.append(readers.fingerprint)
            }
            guard credit >= 0 else { throw ConstraintFailure(reason: "the grammar takes too many steps to follow") }
        }
    }

    private struct Kept {
        var epoch = 0
        var memo: GrammarMemo
        /// The readers of states at which answers stand.
        var portable: [Int32: PortableReaders] = [:]
    }

    /// The vocabulary for which it is made.
    package let vocabulary: GrammarVocabulary
    private let graph: GrammarGraph
    private let limits: AutomatonLimits
    private let slices: [VocabularySlice]
    private let kept: Mutex<Kept>

    /// Compiles a definition.
    /// - Parameter time: what is left of the processor time for compiling; nil for no bound but that of work.
    /// - Throws: for definitions that no text can follow, with rules that begin with themselves, beyond the limits, or
    ///   so ambiguous that answers would soon fail.
    package init(
        _ definition: GrammarDefinition, vocabulary: GrammarVocabulary, limits: AutomatonLimits,
        time: ProcessorAllowance? = nil
    ) throws(GrammarError) {
        var builder = GraphBuilder(definition, limits: limits, vocabulary: vocabulary.count, time: time)
        try builder.build()
        graph = try GraphTrimming.trimmed(builder.graph, of: definition, stackDepth: limits.stackDepth)
        self.vocabulary = vocabulary
        self.limits = limits
        var memo = GrammarMemo(
            graph, vocabulary: vocabulary, slices: [vocabulary.slice(.plainJSON)], limits: limits)
        WarmUp.run(&memo, effort: .request, time: time)
        try Self.check(&memo)
        memo.automaton.reserve()
        slices = memo.usedSlices
        kept = Mutex(Kept(memo: memo))
    }

    /// Refuses a grammar in which an answer cannot begin, or of which it is known that answers soon cannot go on.
    private static func check(_ memo: inout GrammarMemo) throws(GrammarError) {
        var isTooWide = memo.automaton.isTooWide
        if !isTooWide {
            do throws(GrammarMemo.Failure) { _ = try memo.mask(at: memo.automaton.start()) } catch {
                isTooWide = error == .tooManyWays || memo.automaton.isTooWide
            }
        }
        guard !isTooWide else {
            throw GrammarError(
                place: "", reason: "too complicated: its texts can be read in too many ways at once", cause: .size)
        }
    }

    /// About how many bytes it keeps of what it has worked out.
    package var keptBytes: Int { kept.withLock { $0.memo.keptBytes } }

    /// The beginning of a text.
    func start() -> Position {
        kept.withLock { kept in
            let state = kept.memo.automaton.start()
            return Self.position(at: state, credit: limits.savedSteps, paid: [], in: &kept)
        }
    }

    /// What may follow at a position.
    /// - Parameter tokenise: the model's own tokenisation of bytes; longest tokens first if there is none.
    func next(
        at position: inout Position, tokenise: (@Sendable ([UInt8]) -> [Int32])?
    ) throws(ConstraintFailure) -> NextTokens {
        if let token = forced(at: &position, tokenise: tokenise) { return .exactly(token) }
        let result = kept.withLock { [position] kept -> (Position, Result<GrammarMemo.Worked, GrammarMemo.Failure>) in
            let position = renew(position, in: &kept)
            do throws(GrammarMemo.Failure) {
                return (position, .success(try kept.memo.mask(at: position.state)))
            } catch {
                return (position, .failure(error))
            }
        }
        position = result.0
        switch result.1 {
        case .success(let worked):
            try position.pay(worked.steps)
            return .among(worked.mask)
        case .failure(.deadEnd) where position.state == LazyAutomaton.dead:
            throw ConstraintFailure(
                reason: "the answer has left its grammar, or the grammar allows too many ways to read it")
        case .failure(.deadEnd):
            throw ConstraintFailure(reason: "no token of the model can continue the answer as its grammar wants")
        case .failure(.tooManyWays):
            throw ConstraintFailure(reason: "the grammar allows too many ways to continue the answer")
        }
    }

    /// The token that must follow, if one must.
    func forced(at position: inout Position, tokenise: (@Sendable ([UInt8]) -> [Int32])?) -> Int32? {
        let (renewed, known) = kept.withLock { [position] kept in
            let position = renew(position, in: &kept)
            return (position, kept.memo.forced(at: position.state))
        }
        position = renewed
        guard case .firstToken(let run) = known else {
            guard case .known(let token) = known else { return nil }
            return token
        }
        let canonical = tokenise?(run).first
        return kept.withLock { kept in
            kept.memo.confirm(canonical, of: run, at: renew(renewed, in: &kept).state)
        }
    }

    /// Where a token leads.
    func advance(_ position: Position, by token: Int32) -> Position {
        kept.withLock { kept in
            let renewed = renew(position, in: &kept)
            let credit = min(limits.savedSteps, position.credit + limits.stepsPerToken)
            return Self.position(
                at: kept.memo.state(after: token, at: renewed.state), credit: credit, paid: renewed.paid, in: &kept)
        }
    }

    /// Where bytes lead.
    func advance(_ position: Position, by bytes: some Sequence<UInt8>) -> Position {
        kept.withLock { kept in
            let renewed = renew(position, in: &kept)
            var state = renewed.state
            for byte in bytes { state = kept.memo.automaton.step(state, byte) }
            return Self.position(at: state, credit: position.credit, paid: renewed.paid, in: &kept)
        }
    }

    /// Whether a text may end at a position.
    func isAccepting(_ position: Position) -> Bool { position.readers.isAccepting }

    /// The position in the epoch of now, which begins anew if the budget is used up.
    private func renew(_ position: Position, in kept: inout Kept) -> Position {
        if kept.memo.keptBytes > limits.keptBytes {
            kept.epoch += 1
            kept.memo = GrammarMemo(graph, vocabulary: vocabulary, slices: slices, limits: limits)
            kept.portable = [:]
        }
        guard position.epoch != kept.epoch else { return position }
        let state = position.readers.intern(into: &kept.memo.automaton)
        var renewed = position
        (renewed.epoch, renewed.state) = (kept.epoch, state)
        return renewed
    }

    private static func position(at state: Int32, credit: Int, paid: [UInt64], in kept: inout Kept) -> Position {
        if let readers = kept.portable[state] {
            return Position(epoch: kept.epoch, state: state, readers: readers, credit: credit, paid: paid)
        }
        let readers = PortableReaders(of: state, in: kept.memo.automaton)
        kept.portable[state] = readers
        return Position(epoch: kept.epoch, state: state, readers: readers, credit: credit, paid: paid)
    }
}
