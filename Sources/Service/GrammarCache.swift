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
    }

    private let vocabulary: GrammarVocabulary
    private let capacity: Int
    private let tokenise: @Sendable ([UInt8]) -> [Int32]
    private let state = Mutex(State())

    /// A cache of `capacity` grammars; `tokenise` gives the tokens in which the model is used to read a text.
    init(
        _ vocabulary: GrammarVocabulary, capacity: Int, tokenise: @escaping @Sendable ([UInt8]) -> [Int32]
    ) {
        self.vocabulary = vocabulary
        self.capacity = max(1, capacity)
        self.tokenise = tokenise
    }

    /// The constraint for answers of a grammar, which `definition` describes if it is not known yet.
    /// - Throws: what `definition` throws, or that the grammar is too large.
    func constraint(
        _ key: Key, _ definition: () throws(GrammarError) -> GrammarDefinition
    ) throws(GrammarError) -> any TokenConstraint {
        let slot = slot(key)
        let outcome = slot.outcome.withLock { outcome in
            if let outcome { return outcome }
            let made = Result { () throws(GrammarError) in
                try CompiledGrammar(try definition(), vocabulary: vocabulary, limits: .request)
            }
            outcome = made
            return made
        }
        return GrammarConstraint(try outcome.get(), tokenise: tokenise)
    }

    private func slot(_ key: Key) -> Slot {
        state.withLock { state in
            state.uses += 1
            if let known = state.slots[key]?.slot {
                state.slots[key] = (known, state.uses)
                return known
            }
            Self.makeRoom(in: &state.slots, capacity: capacity)
            let slot = Slot()
            state.slots[key] = (slot, state.uses)
            return slot
        }
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
