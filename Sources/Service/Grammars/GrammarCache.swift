import Grammar
import Platform
import Sampling
import Synchronization

/// The grammars of one model that are ready to be followed, the latest used ones of each owner.
///
/// Requests that ask for the same grammar at once are called back when the first of them has made it be compiled; nobody
/// waits with a thread. What was refused is refused again without being looked at. Nothing is shared between owners: how
/// long a grammar takes would tell one what another has used.
final class GrammarCache: Sendable {
    /// Why there is no constraint.
    enum Failure: Error {
        /// The source cannot be used.
        case refused(GrammarError)
        /// Too many others are being compiled.
        case busy
        /// Others have the memory that is for grammars.
        case noMemory
    }

    /// Who asks, and what helps.
    struct Client: Sendable {
        /// Whose grammars are used.
        let owner: [UInt8]
        /// Compiles what is not ready.
        let compiler: GrammarCompiler
        /// Runs what goes on when it is.
        let resume: ServiceExecution.Runner
    }

    /// Is told the outcome, once, and then released: at once where it is known, else when it has been compiled or
    /// refused.
    typealias Receiver = @Sendable (Result<any TokenConstraint, Failure>) -> Void

    private struct Ready: Sendable {
        let grammar: CompiledGrammar
        let owner: [UInt8]
        var usedAt: Int
    }

    private struct State: Sendable {
        var ready: [GrammarKey: Ready] = [:]
        /// What cannot be used, and when that was asked last.
        var refused: [GrammarKey: (error: GrammarError, usedAt: Int)] = [:]
        /// Who waits for what is being compiled; released when it is settled, which every piece of work ends with.
        var waiting: [GrammarKey: [Receiver]] = [:]
        var waitingCount = 0
        var uses = 0
        /// What all grammars hold, also those in use that the cache has let go of.
        var holdings: GrammarHoldings
    }

    private enum Found {
        case known(Result<CompiledGrammar, Failure>)
        case isUnderway
        case isNew
    }

    private let vocabulary: GrammarVocabulary
    private let capacity: Int
    private let tokenise: @Sendable ([UInt8]) -> [Int32]
    private let state: Mutex<State>

    /// A cache of `capacity` grammars, which hold so many bytes together, also while they are compiled and in use.
    ///
    /// - Parameter tokenise: gives the tokens in which the model is used to read a text; held as long as any of them.
    init(
        _ vocabulary: GrammarVocabulary, capacity: Int, bytes: Int, tokenise: @escaping @Sendable ([UInt8]) -> [Int32]
    ) {
        self.vocabulary = vocabulary
        self.capacity = max(1, capacity)
        state = Mutex(State(holdings: GrammarHoldings(capacity: bytes, maskBytes: vocabulary.count / 8)))
        self.tokenise = tokenise
    }

    /// Gives the constraint for answers in the form of a source to `receive`.
    func constraint(_ source: GrammarSource, for client: Client, _ receive: @escaping Receiver) {
        let key = source.key.of(client.owner)
        let later: Receiver = { outcome in client.resume { receive(outcome) } }
        switch find(key, later) {
        case .known(let outcome): receive(constraint(outcome))
        case .isUnderway: return
        case .isNew:
            let work = GrammarCompiler.Work(
                owner: client.owner,
                attempt: { [self] milliseconds, isLast in
                    attempt(source, key, client.owner, milliseconds: milliseconds, isLast: isLast)
                },
                refuse: { [self] in settle(key, client.owner, .failure(.busy)) })
            if !client.compiler.take(work) { settle(key, client.owner, .failure(.busy)) }
        }
    }

    private func find(_ key: GrammarKey, _ receive: @escaping Receiver) -> Found {
        state.withLock { state in
            state.uses += 1
            if let ready = state.ready[key] {
                state.ready[key]?.usedAt = state.uses
                return .known(.success(ready.grammar))
            }
            if let refused = state.refused[key] {
                state.refused[key]?.usedAt = state.uses
                return .known(.failure(.refused(refused.error)))
            }
            guard state.waitingCount < Self.mostWaiting else { return .known(.failure(.busy)) }
            state.waitingCount += 1
            let isNew = state.waiting[key] == nil
            state.waiting[key, default: []].append(receive)
            return isNew ? .isNew : .isUnderway
        }
    }

    /// Compiles within a time; false when that was too short and there may be more.
    private func attempt(
        _ source: GrammarSource, _ key: GrammarKey, _ owner: [UInt8], milliseconds: Int, isLast: Bool
    ) -> Bool {
        let time = ProcessorAllowance(milliseconds: milliseconds) { Clock.threadNanoseconds() }
        // Once its rules are known, a grammar gets more time to be made ready for answers.
        let readyMilliseconds = isLast ? max(milliseconds, Self.readyMilliseconds) : milliseconds * 2
        let whole = ProcessorAllowance(milliseconds: readyMilliseconds) { Clock.threadNanoseconds() }
        let (memory, release) = attemptMemory()
        defer { release() }
        var limits = GrammarLimits.request.within(time, memory)
        if !isLast { limits.stepsBeforeTime = 0 }
        do throws(GrammarError) {
            let share = state.withLock { $0.holdings.share }
            let grammar = try CompiledGrammar(
                try source.definition(limits), vocabulary: vocabulary,
                limits: AutomatonLimits.request.sharing(share, memory), time: whole)
            // What takes longer to be made ready is made anew where nobody with a small one waits for it.
            guard isLast || !whole.isUsedUp else { return false }
            settle(key, owner, .success(grammar), fixedBytes: memory.keptBytes)
        } catch {
            if error.isExhaustion, !isLast, !memory.isTooLarge { return false }
            settle(key, owner, .failure(error.cause == .shortage ? .noMemory : .refused(error)))
        }
        return true
    }

    /// The memory of one attempt, and what gives it back.
    private func attemptMemory() -> (GrammarMemory, release: () -> Void) {
        let (attempt, limit) = state.withLock { ($0.holdings.beginAttempt(), $0.holdings.compilingBytes) }
        // Grammars refer to their memory, so it must not refer to those who keep them.
        let memory = GrammarMemory(limit: limit) { [weak self] bytes in
            self?.state.withLock { $0.holdings.hold(bytes, for: attempt) } ?? false
        }
        return (
            memory,
            { [self] in
                state.withLock { $0.holdings.end(attempt: attempt) }
                Allocator.shared.returned(memory.neededBytes)
            }
        )
    }

    /// Keeps an outcome and tells it to everybody who waits for it.
    private func settle(
        _ key: GrammarKey, _ owner: [UInt8], _ outcome: Result<CompiledGrammar, Failure>, fixedBytes: Int = 0
    ) {
        let receivers = state.withLock { state in
            switch outcome {
            case .success(let grammar):
                state.holdings.add(grammar, fixedBytes: fixedBytes)
                state.ready[key] = Ready(grammar: grammar, owner: owner, usedAt: state.uses)
                makeRoom(in: &state)
            case .failure(.refused(let error)):
                Self.makeRoom(in: &state.refused)
                state.refused[key] = (error: error, usedAt: state.uses)
            case .failure(.busy), .failure(.noMemory): break
            }
            let receivers = state.waiting.removeValue(forKey: key) ?? []
            state.waitingCount -= receivers.count
            return receivers
        }
        for receive in receivers { receive(constraint(outcome)) }
    }

    private func constraint(
        _ outcome: Result<CompiledGrammar, Failure>
    ) -> Result<any TokenConstraint, Failure> {
        outcome.flatMap { grammar in
            let isTaken = state.withLock { state in
                let isTaken = state.holdings.beginUse(of: grammar)
                makeRoom(in: &state)
                return isTaken
            }
            guard isTaken else { return .failure(.noMemory) }
            let use = GrammarUse(of: grammar, in: self)
            // As long as an answer may ask for tokens, the grammar is in use.
            return .success(
                GrammarConstraint(grammar) { [tokenise] bytes in withExtendedLifetime(use) { tokenise(bytes) } })
        }
    }

    /// An answer that followed a grammar has ended.
    func endUse(of grammar: CompiledGrammar) {
        state.withLock { state in
            state.holdings.endUse(of: grammar)
            makeRoom(in: &state)
        }
    }

    /// Processor time after which masks are no longer worked out in advance.
    private static let readyMilliseconds = 100
    /// Requests that wait for a grammar.
    private static let mostWaiting = 512
    /// Refusals that are remembered.
    private static let mostRefused = 1024

    /// Lets go of the grammars that nobody follows and that were unused longest, of the tenant that has most of them, and shares
    /// out the rest.
    private func makeRoom(in state: inout State) {
        while state.ready.count > capacity || state.holdings.isIdleExcessive() {
            let idle = state.ready.filter { state.holdings.isIdle($0.value.grammar) }
            var counts: [[UInt8]: Int] = [:]
            for one in idle.values { counts[one.owner, default: 0] += 1 }
            let most = counts.values.max() ?? 0
            let candidates = idle.filter { counts[$0.value.owner] == most }
            guard let oldest = candidates.min(by: { $0.value.usedAt < $1.value.usedAt }) else { break }
            state.holdings.letGo(of: oldest.value.grammar)
            state.ready[oldest.key] = nil
        }
        state.holdings.shareOut()
    }

    private static func makeRoom(in refused: inout [GrammarKey: (error: GrammarError, usedAt: Int)]) {
        guard refused.count >= mostRefused, let oldest = refused.min(by: { $0.value.usedAt < $1.value.usedAt }) else {
            return
        }
        refused[oldest.key] = nil
    }
}
