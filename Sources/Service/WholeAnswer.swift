package import Engine
package import OpenAI

/// Gathers the engine's events into one body. Pure: events in, at last a body out.
package struct WholeAnswer: AnswerForm {
    private let job: GenerationJob
    private var choices: [ChoiceProgress]
    private var running: Int
    private var isOver = false

    /// An answer of which nothing is there.
    package init(_ job: GenerationJob) {
        self.job = job
        choices = job.freshChoices()
        running = choices.count
    }

    /// Nothing: a whole answer has no place for comments.
    package var keepAlive: [UInt8]? { nil }

    /// What was read and written so far.
    package var usage: TokenUsage { job.usage(of: choices) }

    /// What happened to its choices.
    package var incidents: AnswerIncidents { AnswerIncidents(choices) }

    /// Takes an event of one sequence.
    package mutating func consume(_ event: GenerationEvent, sequence: Int, defers: Bool) -> [AnswerOutput] {
        guard !isOver else { return [] }
        switch choices[sequence].apply(event) {
        case .nothing, .grew, .promptReported:
            return []
        case .ended(let cancels):
            running -= 1
            let cancellation = cancels ? [AnswerOutput.cancel(sequence: sequence, .stopString)] : []
            guard running == 0 else { return cancellation }
            isOver = true
            return cancellation + [.respond(body())]
        case .failed(let error):
            isOver = true
            let others = choices.indices.filter { choices[$0].finish == nil && $0 != sequence }
            return others.map { .cancel(sequence: $0, .abandoned) } + [.refuse(error)]
        }
    }

    private mutating func body() -> [UInt8] {
        let usage = usage
        let chosen = job.prompts.indices.flatMap { best(ofPrompt: $0) }
        let answers = chosen.enumerated().map { choice(sequence: $1, index: $0) }
        switch job.shape {
        case .chat:
            return ChatResponse(
                identity: job.identity, choices: answers, usage: usage, reasoning: job.reasoning.fields
            ).body()
        case .completion: return CompletionResponse(identity: job.identity, choices: answers, usage: usage).body()
        }
    }

    /// The sequences of a prompt that are returned: all, or the likeliest per token, the earlier first among equals.
    private func best(ofPrompt prompt: Int) -> [Int] {
        let all = Array(prompt * job.candidates..<(prompt + 1) * job.candidates)
        guard job.candidates > job.options.choices else { return all }
        func likelihood(_ sequence: Int) -> Double {
            choices[sequence].logprobSum / Double(max(1, choices[sequence].text.tokenCount))
        }
        let ranked = all.sorted { (likelihood($0), $1) > (likelihood($1), $0) }
        return Array(ranked.prefix(job.options.choices))
    }

    private mutating func choice(sequence: Int, index: Int) -> CompletionChoice {
        let prompt = job.prompt(of: sequence)
        let delta = choices[sequence].take()
        var answer = CompletionChoice(
            index: index, text: (prompt.echo ?? "") + (delta?.text ?? ""), finish: choices[sequence].finish ?? .stop)
        answer.remarks = choices[sequence].remarks
        var numbering = CallNumbering(answer: job.identity.id, sequence: sequence)
        answer.calls = numbering.calls(of: delta?.calls ?? [])
        let reasoning = delta?.reasoning ?? ""
        if job.reasoning.isShown, !reasoning.isEmpty || job.reasoning.isExpected { answer.reasoning = reasoning }
        let reporting = job.options.reporting
        answer.tokenIDs = reporting.returnsTokenIDs ? delta?.tokenIDs ?? [] : nil
        let promptReports = job.promptReports(of: sequence, choices)
        if reporting.promptLogprobs != nil { answer.promptReports = promptReports }
        guard reporting.topLogprobs != nil else { return answer }
        let echoed = prompt.echo == nil ? [] : promptReports ?? []
        let isHidden = !reasoning.isEmpty && !job.reasoning.isShown
        answer.reports = echoed + (delta?.reports ?? []).dropFirst(isHidden ? delta?.reasoningReports ?? 0 : 0)
        return answer
    }
}
