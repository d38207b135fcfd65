package import Engine
import HTTP
package import OpenAI

/// Turns the engine's events into the events of a streamed answer. Pure: events in, bytes to write out.
package struct GenerationStream: AnswerAssembler {
    private let job: GenerationJob
    private var dialect: any AnswerDialect
    private var choices: [ChoiceProgress]
    private var hasStarted = false
    private var hasBegun: [Bool]
    /// The calls of each choice.
    private var numbering: [CallNumbering]
    private var running: Int
    private var isOver = false
    private var announced = "accepted"

    /// A stream in which nothing has happened.
    package init(_ job: GenerationJob) {
        self.job = job
        dialect = job.dialect
        choices = job.freshChoices()
        hasBegun = choices.map { _ in false }
        numbering = choices.indices.map { CallNumbering(answer: job.dialect.identity.id, sequence: $0) }
        running = choices.count
    }

    /// What was read and written so far.
    package var usage: TokenUsage { job.usage(of: choices) }

    /// What happened to its choices.
    package var incidents: AnswerIncidents { AnswerIncidents(choices) }

    /// Whether the first bytes of an answer have been written.
    private var hasText: Bool { hasBegun.contains(true) }

    /// Takes an event of one sequence.
    /// - Parameter defers: whether the reader is behind: text then waits and is merged into a later event.
    package mutating func consume(_ event: GenerationEvent, sequence: Int, defers: Bool) -> [AnswerOutput] {
        guard !isOver else { return [] }
        if case .progress(let progress) = event { announced = Self.comment(progress) }
        switch choices[sequence].apply(event) {
        case .nothing:
            return start()
        case .promptReported:
            return begin(sequence)
        case .grew:
            return defers ? start() : begin(sequence) + more(sequence)
        case .ended(let cancels):
            let cancellation = cancels ? [AnswerOutput.cancel(sequence: sequence, .stopString)] : []
            return begin(sequence) + finish(sequence) + cancellation + endIfLast()
        case .failed(let error):
            return fail(error)
        }
    }

    /// The comment that tells a waiting client where it stands.
    package var keepAlive: [UInt8]? { ServerSentEvents.comment(hasText ? "keep-alive" : announced) }

    /// The error in the stream, then the end: what a client sees when something breaks.
    package mutating func fail(_ error: APIError) -> [AnswerOutput] {
        guard !isOver else { return [] }
        isOver = true
        let others = choices.indices.filter { choices[$0].finish == nil }.map {
            AnswerOutput.cancel(sequence: $0, .abandoned)
        }
        return start() + [.write(dialect.failure(error))] + others + [.finish]
    }

    /// What the stream begins with, once.
    private mutating func start() -> [AnswerOutput] {
        guard !hasStarted else { return [] }
        hasStarted = true
        return Self.writing(dialect.start())
    }

    private mutating func begin(_ sequence: Int) -> [AnswerOutput] {
        guard !hasBegun[sequence] else { return [] }
        let start = start()
        let echo = job.prompt(of: sequence).echo
        let opening = ChoiceOpening(
            sequence: sequence, echo: echo, reports: echo == nil ? nil : job.promptReports(of: sequence, choices))
        hasBegun[sequence] = true
        return start + Self.writing(dialect.opening(opening) { [choices, job] in job.usage(of: choices) })
    }

    private mutating func more(_ sequence: Int) -> [AnswerOutput] {
        guard let text = choices[sequence].take() else { return [] }
        return Self.writing(write(text, of: sequence))
    }

    private mutating func finish(_ sequence: Int) -> [AnswerOutput] {
        var rest = choices[sequence].take()
        var bytes: [UInt8] = []
        if let text = rest, !text.isSilent {
            bytes = write(text, of: sequence)
            rest = nil
        }
        let ending = ChoiceEnding(
            sequence: sequence, reason: choices[sequence].finish ?? .stop, remarks: choices[sequence].remarks,
            rest: rest)
        return [.write(bytes + dialect.finish(ending) { [choices, job] in job.usage(of: choices) })]
    }

    private mutating func write(_ text: AnswerText.Delta, of sequence: Int) -> [UInt8] {
        let calls = numbering[sequence].fragments(of: text.calls)
        return dialect.delta(ChoiceDelta(sequence: sequence, text: text, calls: calls)) { [choices, job] in
            job.usage(of: choices)
        }
    }

    private mutating func endIfLast() -> [AnswerOutput] {
        running -= 1
        guard running == 0 else { return [] }
        isOver = true
        return [.write(dialect.end { [choices, job] in job.usage(of: choices) }), .finish]
    }

    private static func writing(_ bytes: [UInt8]) -> [AnswerOutput] { bytes.isEmpty ? [] : [.write(bytes)] }

    private static func comment(_ progress: GenerationProgress) -> String {
        switch progress {
        case .queued(let position): "queued \(position)"
        case .prefill(let done, let total): "prefill \(done)/\(total)"
        }
    }
}
