package import Engine
import HTTP
package import OpenAI

/// Turns the engine's events into the events of a streamed answer. Pure: events in, bytes to write out.
package struct GenerationStream: AnswerForm {
    private let job: GenerationJob
    private let writer: ChunkWriter
    private var choices: [ChoiceProgress]
    private var hasBegun: [Bool]
    /// Scalars of each choice that were written.
    private var offsets: [Int]
    /// The calls of each choice.
    private var numbering: [CallNumbering]
    private var running: Int
    private var isOver = false
    private var announced = "accepted"

    /// A stream in which nothing has happened.
    package init(_ job: GenerationJob) {
        self.job = job
        writer = ChunkWriter(job)
        choices = job.freshChoices()
        hasBegun = choices.map { _ in false }
        offsets = choices.map { _ in 0 }
        numbering = choices.indices.map { CallNumbering(answer: job.identity.id, sequence: $0) }
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
            return []
        case .promptReported:
            return begin(sequence)
        case .grew:
            return defers ? [] : begin(sequence) + more(sequence)
        case .ended(let cancels):
            let cancellation = cancels ? [AnswerOutput.cancel(sequence: sequence, .stopString)] : []
            return begin(sequence) + finish(sequence) + cancellation + endIfLast()
        case .failed(let error):
            return fail(error)
        }
    }

    /// The comment that tells a waiting client where it stands.
    package var keepAlive: [UInt8]? { ServerSentEvents.comment(hasText ? "keep-alive" : announced) }

    /// The error as an event, then the end: what a client sees when something breaks.
    package mutating func fail(_ error: APIError) -> [AnswerOutput] {
        guard !isOver else { return [] }
        isOver = true
        let others = choices.indices.filter { choices[$0].finish == nil }.map {
            AnswerOutput.cancel(sequence: $0, .abandoned)
        }
        return [.write(ServerSentEvents.data(error.body()) + ServerSentEvents.done)] + others + [.finish]
    }

    private mutating func begin(_ sequence: Int) -> [AnswerOutput] {
        guard !hasBegun[sequence] else { return [] }
        let prompt = job.prompt(of: sequence)
        let reports = prompt.echo == nil ? nil : job.promptReports(of: sequence, choices)
        hasBegun[sequence] = true
        guard let opening = writer.opening(sequence, prompt: prompt, reports: reports, usage: chunkUsage) else {
            return []
        }
        offsets[sequence] += prompt.echo?.unicodeScalars.count ?? 0
        return [.write(ServerSentEvents.data(opening))]
    }

    private mutating func more(_ sequence: Int) -> [AnswerOutput] {
        guard let delta = choices[sequence].take() else { return [] }
        defer { offsets[sequence] += delta.text.unicodeScalars.count }
        let place = ChunkWriter.Place(sequence: sequence, offset: offsets[sequence])
        let calls = numbering[sequence].fragments(of: delta.calls)
        let chunks = writer.content(delta, calls, at: place, usage: chunkUsage)
        return chunks.isEmpty ? [] : [.write(chunks.flatMap { ServerSentEvents.data($0) })]
    }

    private mutating func finish(_ sequence: Int) -> [AnswerOutput] {
        let rest = choices[sequence].take()
        let ending = ChunkWriter.Ending(
            reason: choices[sequence].finish ?? .stop, remarks: choices[sequence].remarks)
        let place = ChunkWriter.Place(sequence: sequence, offset: offsets[sequence])
        guard let rest, !rest.isSilent else {
            return [.write(ServerSentEvents.data(writer.finish(ending, rest: rest, at: place, usage: chunkUsage)))]
        }
        let calls = numbering[sequence].fragments(of: rest.calls)
        let chunks = writer.content(rest, calls, at: place, usage: chunkUsage)
        let end = ChunkWriter.Place(sequence: sequence, offset: place.offset + rest.text.unicodeScalars.count)
        let last = writer.finish(ending, rest: nil, at: end, usage: chunkUsage)
        return [.write((chunks + [last]).flatMap { ServerSentEvents.data($0) })]
    }

    private mutating func endIfLast() -> [AnswerOutput] {
        running -= 1
        guard running == 0 else { return [] }
        isOver = true
        var bytes: [UInt8] = []
        if job.options.stream?.includesUsage == true { bytes += ServerSentEvents.data(writer.usage(usage)) }
        return [.write(bytes + ServerSentEvents.done), .finish]
    }

    private var chunkUsage: ChunkUsage {
        guard let stream = job.options.stream else { return .absent }
        if stream.continuousUsage { return .counts(usage) }
        return stream.includesUsage ? .null : .absent
    }

    private static func comment(_ progress: GenerationProgress) -> String {
        switch progress {
        case .queued(let position): "queued \(position)"
        case .prefill(let done, let total): "prefill \(done)/\(total)"
        }
    }
}
