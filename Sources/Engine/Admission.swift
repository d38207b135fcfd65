package import Scheduling
import Synchronization

/// Requests that the engine has taken, with a place and a name for each of their sequences. What is not submitted gives
/// its places back at the end of its life.
package final class Admission: Sendable {
    /// The names of the sequences: of the first request's choices, then of the next one's.
    package let ids: [SequenceID]
    /// The requests, and how many tokens the prompt and the answer of each may have together.
    let requests: [(request: GenerationRequest, limit: Int)]
    /// How many answers each of them gets.
    let choices: Int
    private let state: EngineState
    private let isUsed = Atomic<Bool>(false)

    init(_ requests: [(request: GenerationRequest, limit: Int)], choices: Int, ids: [SequenceID], state: EngineState) {
        self.requests = requests
        self.choices = choices
        self.ids = ids
        self.state = state
    }

    deinit { if !isUsed.load(ordering: .acquiring) { state.release(ids.count) } }

    /// Hands the places over to the code that will give them back; false if that was done before.
    func use() -> Bool { !isUsed.exchange(true, ordering: .acquiringAndReleasing) }
}
