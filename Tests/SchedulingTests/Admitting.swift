import Scheduling

extension Scheduler {
    /// Admits a sequence as the engine does, and adds it.
    mutating func add(
        _ id: SequenceID, prompt: [Int32], maximumTokens: Int?, options: SequenceOptions
    ) throws(AdmissionError) {
        guard runningCount + waitingCount < limits.live else { throw .queueFull(limit: limits.live) }
        let limit = try limits.check(promptTokens: prompt.count, maximumTokens: maximumTokens)
        add(id, prompt: prompt, limit: limit, options: options)
    }
}
