import Dispatch
import Grammar
import Platform
import Sampling
import Synchronization

/// The grammars of one model that are ready to be followed, the latest used ones.
///
/// Requests that ask for the same grammar at once wait for the first of them to compile it. What was refused once is
/// refused again without being looked at.
final class GrammarCache: Sendable {
    /// What a grammar was made from.
    struct Key: Hashable, Sendable {
        private let digest: [UInt8]

        /// The key of a kind of source with its text.
        init(_ kind: String, _ source: String) { self.init(kind, source, beside: nil) }

        /// The key of a source that is used together with another.
        init(_ kind: String, _ source: String, beside other: Key?) {
            digest = Digest.sha256(Array("\(kind)\u{0}\(source)".utf8) + (other?.digest ?? []))
        }
    }

    /// Why there is no constraint.
    enum Failure: Error {
        /// The source cannot be used.
        case refused(GrammarError)
        /// Too many others are being compiled.
        case busy
    }

    /// Grammars that are compiled at once: the rest of the machine is for answers.
    private static let compilersAtOnce = 2
    /// Grammars that wait for that; whoever waits holds a thread on which others would be answered.
    private static let mostWaiting = 16

    /// One grammar, once somebody has compiled it.
    private final class Slot: Sendable {
        let outcome = Mutex<Result<CompiledGrammar, GrammarError>?>(nil)

        /// What it holds now; one that is being compiled counts later.
        var keptBytes: Int {
            let grammar = outcome.withLockIfAvailable { try? $0?.get() }
            return grammar??.keptBytes ?? 0
        }
    }

    private struct State: Sendable {
        var slots: [Key: (slot: Slot, usedAt: Int)] = [:]
        var uses = 0
        /// Grammars being compiled, or waiting for it.
        var compiling = 0
    }

    private let vocabulary: GrammarVocabulary
    private let capacity: Int
    private let tokenise: @Sendable ([UInt8]) -> [Int32]
    private let state = Mutex(State())
    private let compilers = DispatchSemaphore(value: compilersAtOnce)

    /// A cache of `capacity` grammars; `tokenise` gives the tokens in which the model is used to read a text.
    init(
        _ vocabulary: GrammarVocabulary, capacity: Int, tokenise: @escaping @Sendable ([UInt8]) -> [Int32]
    ) {
        self.vocabulary = vocabulary
        self.capacity = max(1, capacity)
        self.tokenise = tokenise
    }

    /// The constraint for answers of a grammar, which `definition` describes if it is not known yet.
    /// - Throws: what `definition` throws, that the grammar is too large, or that too many are being compiled.
    func constraint(
        _ key: Key, _ definition: () throws(GrammarError) -> GrammarDefinition
    ) throws(Failure) -> any TokenConstraint {
        let (slot, isNew) = try slot(key)
        defer { if isNew { state.withLock { $0.compiling -= 1 } } }
        let outcome = slot.outcome.withLock { outcome in
            if let outcome { return outcome }
            let made = compiled(definition)
            outcome = made
            return made
        }
        do {
            return GrammarConstraint(try outcome.get(), tokenise: tokenise)
        } catch {
            throw .refused(error)
        }
    }

    private func compiled(
        _ definition: () throws(GrammarError) -> GrammarDefinition
    ) -> Result<CompiledGrammar, GrammarError> {
        compilers.wait()
        defer { compilers.signal() }
        return Result { () throws(GrammarError) in
            try CompiledGrammar(try definition(), vocabulary: vocabulary, limits: .request)
        }
    }

    private func slot(_ key: Key) throws(Failure) -> (slot: Slot, isNew: Bool) {
        let found = state.withLock { state -> (slot: Slot, isNew: Bool)? in
            state.uses += 1
            if let known = state.slots[key]?.slot {
                state.slots[key] = (known, state.uses)
                return (known, false)
            }
            guard state.compiling < Self.compilersAtOnce + Self.mostWaiting else { return nil }
            state.compiling += 1
            Self.makeRoom(in: &state.slots, capacity: capacity)
            let slot = Slot()
            state.slots[key] = (slot, state.uses)
            return (slot, true)
        }
        guard let found else { throw .busy }
        return found
    }

    /// What all grammars together may hold when another one comes.
    private static let mostBytes = 256 << 20

    /// Lets go of the grammars that were unused longest, for one more to come.
    private static func makeRoom(in slots: inout [Key: (slot: Slot, usedAt: Int)], capacity: Int) {
        var bytes = slots.values.reduce(0) { $0 + $1.slot.keptBytes }
        while slots.count >= capacity || bytes > mostBytes {
            guard let oldest = slots.min(by: { $0.value.usedAt < $1.value.usedAt }) else { return }
            bytes -= oldest.value.slot.keptBytes
            slots[oldest.key] = nil
        }
    }
}
