import Dispatch
import Synchronization

/// What leaves the engine thread, in order.
enum Outgoing: Sendable {
    /// A token for the reader of a sequence.
    case token(EventSink, GeneratedToken)
    /// Anything else for the reader of a sequence.
    case event(EventSink, GenerationEvent)
    /// Everything before this has been delivered.
    case completion(@Sendable () -> Void)
    /// Nothing more will come.
    case end
}

/// The way out of the engine thread: events are put down once a step and handed on by a thread of their own.
///
/// So whatever a receiver does costs the step nothing: no closure is made, nobody is woken but one thread, once. The two
/// arrays change places at each hand-over and keep their memory. What can pile up is bounded by what was asked for. An
/// item, and with it the sink that it goes to, is released when everything taken together with it was delivered.
final class EventQueue: Sendable {
    private struct State: Sendable {
        var items: [Outgoing] = []
        var isWaiting = false
        var hasEnded = false
        /// Who waits for the end; released when it has been told.
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    /// How many items there is memory for from the beginning.
    let usualItems: Int

    /// A queue that takes memory for `usualItems` at once.
    init(usualItems: Int) {
        self.usualItems = usualItems
        state.withLock { $0.items.reserveCapacity(usualItems) }
    }

    /// Hands over everything in `items`, which is empty afterwards. For the engine thread alone.
    func send(_ items: inout [Outgoing]) {
        guard !items.isEmpty else { return }
        let mustWake = state.withLock { state in
            if state.items.isEmpty { swap(&state.items, &items) } else { state.items.append(contentsOf: items) }
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        items.removeAll(keepingCapacity: true)
        if mustWake { wake.signal() }
    }

    /// Delivers until the end comes.
    func deliver() {
        var items: [Outgoing] = []
        items.reserveCapacity(usualItems)
        while true {
            items.removeAll(keepingCapacity: true)
            let mustWait = state.withLock { state in
                swap(&state.items, &items)
                state.isWaiting = items.isEmpty
                return items.isEmpty
            }
            if mustWait { wake.wait() }
            for item in items where !Self.deliver(item) { return end() }
        }
    }

    private func end() {
        let waiting = state.withLock { state in
            state.hasEnded = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for body in waiting { body() }
    }

    /// Calls `body` when everything has been delivered: at once, or on the thread that delivers.
    func atEnd(_ body: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            if !state.hasEnded { state.waiting.append(body) }
            return state.hasEnded
        }
        if hasEnded { body() }
    }

    /// Delivers one item; false if it was the last.
    private static func deliver(_ item: Outgoing) -> Bool {
        switch item {
        case .token(let sink, let token): sink(.tokens([token]))
        case .event(let sink, let event): sink(event)
        case .completion(let body): body()
        case .end: return false
        }
        return true
    }
}
