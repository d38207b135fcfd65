import Settings

/// What a model's makers recommend to sample with; nil where they say nothing.
struct SamplingSuggestion: Equatable {
    var temperature: Double?
    var topP: Double?
    var topK: Int?
    var minP: Double?
    var repetitionPenalty: Double?

    /// The settings with these values in all places that nobody has set; `given` are the keys that somebody has.
    func applied(to settings: Configuration.Sampling, given: Set<String>) -> Configuration.Sampling {
        var result = settings
        func isFree(_ key: String) -> Bool { !given.contains("sampling." + key) }
        if let temperature, isFree("temperature") { result.temperature = temperature }
        if let topP, isFree("top_p") { result.topP = topP }
        if let topK, isFree("top_k") { result.topK = topK }
        if let minP, isFree("min_p") { result.minP = minP }
        if let repetitionPenalty, isFree("repetition_penalty") { result.repetitionPenalty = repetitionPenalty }
        return result
    }

    /// `temperature 0.6, top_p 0.95`; nil where nothing is recommended.
    var summary: String? {
        let parts = [
            temperature.map { $0 == 0 ? "greedy" : "temperature \($0)" }, topP.map { "top_p \($0)" },
            topK.map { "top_k \($0)" }, minP.map { "min_p \($0)" },
            repetitionPenalty.map { "repetition_penalty \($0)" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
