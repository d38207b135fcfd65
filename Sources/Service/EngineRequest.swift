import Engine
import OpenAI
import Platform
import Sampling
import Scheduling
import Tokenization

extension GenerationJob {
    /// What the engine is asked for one prompt.
    ///
    /// The prompts of a request without a seed get seeds of their own from `drawnSeed`; a seed that was asked for is
    /// everyone's, so that a prompt is answered the same alone and beside others.
    func engineRequest(
        _ index: Int, defaults: SamplingDefaults, drawnSeed: UInt64, tenant: [UInt8], priority: PriorityRule
    ) -> GenerationRequest {
        let seed = options.sampling.seed ?? drawnSeed &+ UInt64(index)
        var request = GenerationRequest(
            prompt: prompts[index].tokens, maximumTokens: maximumTokens(of: prompts[index]),
            sampling: sampling(defaults, seed: seed),
            promptLogprobs: promptAlternatives, priority: -priority.applied(to: options.priority),
            cacheSalt: cacheSalt(tenant))
        request.tenant = tenant
        request.prediction = prediction
        request.constraint = reasoning.constraint(constraint, ends: request.sampling.stopTokens)
        return request
    }

    /// Who shares cached prefixes with this request: those of its key that give the same salt; without a salt, those of
    /// its key that name the same user.
    private func cacheSalt(_ tenant: [UInt8]) -> [UInt8] {
        let named: [UInt8] =
            if let salt = options.cacheSalt {
                [1] + Array(salt.utf8)
            } else if let user = options.user {
                [2] + Digest.sha256(Array(user.utf8))
            } else {
                []
            }
        return [UInt8(truncatingIfNeeded: tenant.count)] + tenant + named
    }

    /// The request's numbers, with the server's defaults where it is silent.
    private func sampling(_ defaults: SamplingDefaults, seed: UInt64) -> SamplingParameters {
        let asked = options.sampling
        var parameters = SamplingParameters.neutral(seed: seed)
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
        // A form has an end, whatever the request says of the model's.
        let goesOn = options.stopping.ignoresEnd && constraint == nil
        parameters.stopTokens = goesOn ? [] : tokenizer.endTokens
        parameters.stopTokens.formUnion(options.stopping.tokens)
        return parameters
    }
}

extension APIError {
    /// What a client is told when the engine does not take its request.
    static func admission(_ error: AdmissionError, parameter: String, retryAfterSeconds: Int) -> APIError {
        switch error {
        case .queueFull: .overloaded(retryAfterSeconds: retryAfterSeconds)
        case .tooManySequences: .invalid("n", error.description)
        case .promptTooLong(let prompt, let maximum, let context):
            .contextLengthExceeded(
                context: context, promptTokens: prompt, completionTokens: maximum, parameter: parameter)
        case .wouldNeverFit(let tokens, let capacity):
            .contextLengthExceeded(
                context: capacity, promptTokens: tokens, completionTokens: nil, parameter: parameter)
        case .emptyPrompt, .unknownToken, .mediaNotTaken: .invalid(parameter, error.description)
        case .draining: .unavailable(error.description, code: "draining")
        }
    }
}
