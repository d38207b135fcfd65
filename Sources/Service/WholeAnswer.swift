package import Engine
package import OpenAI

/// Gathers the engine's events into one body. Pure: events in, at last a body out.
package struct WholeAnswer: AnswerAssembler {
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
        case .nothing, .grew:
            return []
        case .promptReported:
            shareReports(of: sequence)
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

    /// Ends the answer with an error.
    package mutating func fail(_ error: APIError) -> [AnswerOutput] {
        guard !isOver else { return [] }
        isOver = true
        let others = choices.indices.filter { choices[$0].finish == nil }
        return others.map { .cancel(sequence: $0, .abandoned) } + [.refuse(error)]
    }

    /// Keeps the reports of a prompt once, however many answers there are to it: they are computed for each.
    private mutating func shareReports(of sequence: Int) {
        let first = sequence / job.candidates * job.candidates
        guard let reports = choices[first].promptLogprobs else { return }
        for other in first + 1..<first + job.candidates where choices[other].promptLogprobs == reports {
            choices[other].dropPromptLogprobs()
        }
    }

    /// The body, choice by choice: what is made for one is let go before the next.
    private mutating func body() -> [UInt8] {
        let usage = usage
        let chosen = job.prompts.indices.flatMap { best(ofPrompt: $0) }
        var reports: (prompt: Int, reports: [TokenReport]?)?
        let make = { (form: inout WholeAnswer, index: Int) -> CompletionChoice in
            let sequence = chosen[index]
            let prompt = sequence / form.job.candidates
            if form.choices[sequence].promptLogprobs != nil || reports?.prompt != prompt {
                reports = (prompt, form.job.promptReports(of: sequence, form.choices))
            }
            return form.choice(sequence: sequence, index: index, promptReports: reports?.reports)
        }
        return job.dialect.whole(choices: chosen.count, usage: usage) { make(&self, $0) }
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

    private mutating func choice(
        sequence: Int, index: Int, promptReports: [TokenReport]?
    ) -> CompletionChoice {
        let prompt = job.prompt(of: sequence)
        let delta = choices[sequence].take()
        var answer = CompletionChoice(
            index: index, text: (prompt.echo ?? "") + (delta?.text ?? ""), finish: choices[sequence].finish ?? .stop)
        answer.remarks = choices[sequence].remarks
        var numbering = CallNumbering(answer: job.dialect.identity.id, sequence: sequence)
        answer.calls = numbering.calls(of: delta?.calls ?? [])
        answer.callOffset = delta?.callOffset
        let reasoning = delta?.reasoning ?? ""
        if job.reasoning.isShown, !reasoning.isEmpty || job.reasoning.isExpected { answer.reasoning = reasoning }
        let reporting = job.options.reporting
        answer.tokenIDs = reporting.returnsTokenIDs ? delta?.tokenIDs ?? [] : nil
        if reporting.promptLogprobs != nil { answer.promptReports = promptReports }
        guard reporting.topLogprobs != nil else { return answer }
        let echoed = prompt.echo == nil ? [] : promptReports ?? []
        let isHidden = !reasoning.isEmpty && !job.reasoning.isShown
        answer.reasoningReports = isHidden ? 0 : delta?.reasoningReports ?? 0
        answer.reports = echoed + (delta?.reports ?? []).dropFirst(isHidden ? delta?.reasoningReports ?? 0 : 0)
        return answer
    }
}
