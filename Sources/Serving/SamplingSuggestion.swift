package import Settings

/// What a model's makers recommend to sample with; nil where they say nothing.
package struct SamplingSuggestion: Sendable, Equatable {
    /// 0 is greedy.
    var temperature: Double?
    /// 1: all tokens.
    var topP: Double?
    /// 0: all tokens.
    var topK: Int?
    /// 0: all tokens.
    var minP: Double?
    /// 1: none.
    var repetitionPenalty: Double?

    /// The settings with these values in all places that nobody has set; `given` are the keys that somebody has.
    ///
    /// Makers who recommend anything mean the rest to be neutral; the defaults are for models of which nobody says
    /// anything.
    package func applied(to settings: Configuration.Sampling, given: Set<String>) -> Configuration.Sampling {
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
    package var summary: String? {
        let parts = [
            temperature.map { $0 == 0 ? "greedy" : "temperature \($0)" }, topP.map { "top_p \($0)" },
            topK.map { "top_k \($0)" }, minP.map { "min_p \($0)" },
            repetitionPenalty.map { "repetition_penalty \($0)" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
