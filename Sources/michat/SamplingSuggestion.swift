import Settings

/// What a model's makers recommend to sample with; nil where they say nothing.
struct SamplingSuggestion: Equatable {
    var temperature: Double?
    var topP: Double?
    var topK: Int?
    var minP: Double?
    var repetitionPenalty: Double?

    /// The settings with these values in all places that nobody has set; `given` are the keys that somebody has.
    ///
    /// Makers who recommend anything mean the rest to be neutral; the defaults are for models of which nobody says
    /// anything.
    func applied(to settings: Configuration.Sampling, given: Set<String>) -> Configuration.Sampling {
        guard summary != nil else { return settings }
        var result = settings
        func isFree(_ key: String) -> Bool { !given.contains("sampling." + key) }
        if isFree("temperature") { result.temperature = temperature ?? 1 }
        if isFree("top_p") { result.topP = topP ?? 1 }
        if isFree("top_k") { result.topK = topK ?? 0 }
        if isFree("min_p") { result.minP = minP ?? 0 }
        if isFree("repetition_penalty") { result.repetitionPenalty = repetitionPenalty ?? 1 }
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
