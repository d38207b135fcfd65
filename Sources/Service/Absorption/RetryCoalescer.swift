import HTTP
import Platform
import Synchronization
import Telemetry

/// Where answers under way can be found by a client that asks for the same again.
///
/// The SDKs close the connection when a request takes too long, wait a moment, and send the same bytes again with
/// `x-stainless-retry-count`. Without the coalescer every attempt begins anew, on a server that is slow already.
final class RetryCoalescer: Sendable {
    /// Where an answer lies: what was asked, by whom, and a number of its own.
    struct Place: Sendable, Hashable {
        fileprivate let question: [UInt8]
        fileprivate let number: Int
    }

    private struct Entry: Sendable {
        let number: Int
        weak let answer: SharedAnswer?
    }

    private struct State: Sendable {
        var entries: [[UInt8]: [Entry]] = [:]
        var count = 0
        var placesGiven = 0
    }

    /// Bytes that all answers together may hold.
    let bytes: ByteAllowance
    /// Follows requests when asked to.
    var trace: HopTrace { observers.trace }
    /// Answers that exist.
    var live: LiveCount { observers.metrics.live.sharedAnswers }
    private let settings: RetrySettings
    private let observers: ServiceObservers
    private let later: ServiceExecution.Timer
    private let state = Mutex(State())

    /// An empty coalescer; `later` runs what waits.
    init(
        settings: RetrySettings, observers: ServiceObservers, memory: ByteAllowance,
        later: @escaping ServiceExecution.Timer
    ) {
        self.settings = settings
        self.observers = observers
        self.later = later
        bytes = ByteAllowance(settings.heldBytes, within: memory)
    }

    /// Finds the answer that a request repeats, or a place for a new one.
    /// - Returns: where the answer is to be written; nil when it is under way, and the client was added to its readers.
    func target(of request: Request, route: String, caller: [UInt8], exchange: any Exchange) -> ResponseTarget? {
        let attempt = RetryAttempt(request.head.fields)
        guard settings.mode != .off, settings.mode == .always || attempt.isMarked else {
            return ResponseTarget(exchange: exchange, record: nil)
        }
        trace.hop(Self.self, request: request.id)
        let question = Digest.sha256(Array(route.utf8) + [0] + Digest.sha256(caller) + Digest.sha256(request.body))
        if settings.mode == .always || attempt.isFurther, let answer = join(question, exchange, attempt) {
            observers.metrics.countAbsorbed()
            observers.log.info("absorbed", ["request": request.id, "by": answer.requestID])
            return nil
        }
        let terms = SharedAnswer.Terms(
            graceSeconds: settings.graceSeconds, waitsAfterContent: settings.mode == .always,
            maximumBytes: settings.answerBytes)
        let answer = lay(question, (request.id, attempt), terms)
        if let answer { exchange.onPeerClosed { [weak answer] in answer?.leave() } }
        return ResponseTarget(exchange: exchange, record: answer)
    }

    /// Adds a reader to an answer to this question: to one that nobody reads, rather than to another.
    private func join(_ question: [UInt8], _ exchange: any Exchange, _ attempt: RetryAttempt) -> SharedAnswer? {
        var attempt = attempt
        attempt.isAbsorbed = true
        let answers = state.withLock { $0.entries[question, default: []].compactMap(\.answer) }
        let deserted = answers.filter(\.isDeserted)
        return (deserted + answers).first { $0.add(exchange, attempt) }
    }

    /// Puts a new answer on the coalescer; nil when the coalescer is full.
    private func lay(
        _ question: [UInt8], _ request: (id: String, attempt: RetryAttempt), _ terms: SharedAnswer.Terms
    ) -> SharedAnswer? {
        state.withLock { state in
            guard state.count < Self.maximumAnswers else { return nil }
            state.count += 1
            state.placesGiven += 1
            let place = Place(question: question, number: state.placesGiven)
            let answer = SharedAnswer(request, terms: terms, coalescer: self, place: place)
            state.entries[question, default: []].append(Entry(number: place.number, answer: answer))
            return answer
        }
    }

    /// An answer can be joined no longer.
    func withdraw(_ place: Place) {
        state.withLock { state in
            guard var entries = state.entries[place.question],
                let index = entries.firstIndex(where: { $0.number == place.number })
            else { return }
            entries.remove(at: index)
            state.count -= 1
            state.entries[place.question] = entries.isEmpty ? nil : entries
        }
    }

    /// Lets an answer go on for a while without readers; the timer keeps it until then, and lets go of it when it fires.
    func wait(_ seconds: Double, for answer: SharedAnswer, epoch: Int) {
        observers.metrics.countAwaitedRetry()
        observers.log.debug("retry awaited", ["request": answer.requestID])
        later(seconds) { answer.graceEnded(epoch: epoch) }
    }

    /// Running answers are bounded by the engine; this bounds those that have ended and wait for their client.
    private static let maximumAnswers = 4096
}
