import Dispatch
import Scheduling
import Synchronization

/// What other threads ask of the engine thread, which releases it, closures included, when it has taken it; a closed
/// command queue takes none.
enum Command: Sendable {
    case submit(SequenceID, GenerationRequest, Terms, EventSink)
    case cancel(SequenceID, CancelReason)
    case drain(deadlineSeconds: Double, completion: @Sendable () -> Void)

    /// What was agreed when a request was admitted.
    struct Terms: Sendable {
        /// Tokens that the prompt and the answer may have together.
        let limit: Int
        /// Names the request whose sequence it is, for taking turns.
        let group: UInt64
        /// On the engine's clock.
        let submittedAt: Double
    }
}

/// The one lock: an array of commands, and whether the engine thread sleeps.
///
/// The wake is level-style: the semaphore is raised once per sleep at most, so signals cannot pile up while the engine
/// is busy and does not look.
final class CommandQueue: Sendable {
    private struct State {
        var commands: [Command] = []
        var isSleeping = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    /// Leaves a command; false if nobody will read it any more.
    func post(_ command: Command) -> Bool { post([command]) }

    /// Leaves commands that are taken together; false if nobody will read them any more.
    func post(_ commands: [Command]) -> Bool {
        let (isOpen, mustWake) = state.withLock { state -> (Bool, Bool) in
            guard !state.isClosed else { return (false, false) }
            state.commands.append(contentsOf: commands)
            let wasSleeping = state.isSleeping
            state.isSleeping = false
            return (true, wasSleeping)
        }
        if mustWake { wake.signal() }
        return isOpen
    }

    /// Takes what was left since last time, without waiting.
    func take() -> [Command] {
        state.withLock { state in
            let commands = state.commands
            state.commands = []
            return commands
        }
    }

    /// Takes what was left since last time; waits for it at most `idleSeconds`. For the engine thread alone.
    func take(waitingSeconds idleSeconds: Double) -> [Command] {
        let mustSleep = state.withLock { state in
            state.isSleeping = state.commands.isEmpty
            return state.isSleeping
        }
        if mustSleep, wake.wait(timeout: .now() + idleSeconds) == .timedOut {
            let wasWoken = state.withLock { state in
                let wasWoken = !state.isSleeping
                state.isSleeping = false
                return wasWoken
            }
            // The signal came just after the time was up: take it, or it would end the next sleep.
            if wasWoken { wake.wait() }
        }
        return take()
    }

    /// Refuses commands from now on and takes the last ones.
    func close() -> [Command] {
        state.withLock { state in
            state.isClosed = true
            let commands = state.commands
            state.commands = []
            return commands
        }
    }
}
