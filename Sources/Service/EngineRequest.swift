import Engine
import OpenAI
import Platform
import Sampling
import Scheduling
import Tokenization

extension GenerationJob {
    /// What the engine is asked for one prompt.
    func engineRequest(_ prompt: Prompt, defaults: SamplingDefaults, tenant: [UInt8]) -> GenerationRequest {
        GenerationRequest(
            prompt: prompt.tokens, maximumTokens: options.maximumTokens, sampling: sampling(defaults),
            promptLogprobs: promptAlternatives, priority: -options.priority,
            cacheSalt: tenant + Array((options.cacheSalt ?? "").utf8))
    }

    /// The request's numbers, with the server's defaults where it is silent.
    private func sampling(_ defaults: SamplingDefaults) -> SamplingParameters {
        let asked = options.sampling
        var parameters = SamplingParameters.neutral(seed: asked.seed ?? Self.randomSeed())
        parameters.temperature = Float(asked.temperature ?? defaults.temperature)
        parameters.topP = Float(asked.topP ?? defaults.topP)
        parameters.topK = asked.topK ?? defaults.topK
        parameters.minP = Float(asked.minP ?? defaults.minP)
        parameters.presencePenalty = Float(asked.presencePenalty ?? 0)
        parameters.frequencyPenalty = Float(asked.frequencyPenalty ?? 0)
        parameters.repetitionPenalty = Float(asked.repetitionPenalty ?? defaults.repetitionPenalty)
        parameters.logitBias = asked.logitBias
        parameters.minTokens = options.stopping.minimumTokens
        parameters.topLogprobs = options.reporting.topLogprobs ?? (candidates > options.choices ? 0 : nil)
        parameters.stopTokens = options.stopping.ignoresEnd ? [] : tokenizer.endTokens
        parameters.stopTokens.formUnion(options.stopping.tokens)
        return parameters
    }

    private static func randomSeed() -> UInt64 {
        Randomness.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension APIError {
    /// What a client is told when the engine does not take its request.
    static func admission(_ error: AdmissionError, parameter: String, retryAfterSeconds: Int) -> APIError {
        switch error {
        case .queueFull: .overloaded(retryAfterSeconds: retryAfterSeconds)
        case .promptTooLong(let prompt, let maximum, let context):
            .contextLengthExceeded(
                context: context, promptTokens: prompt, completionTokens: maximum, parameter: parameter)
        case .wouldNeverFit(let tokens, let capacity):
            .contextLengthExceeded(
                context: capacity, promptTokens: tokens, completionTokens: nil, parameter: parameter)
        case .emptyPrompt, .unknownToken: .invalid(parameter, error.description)
        case .draining: .unavailable(error.description, code: "draining")
        }
    }
}
