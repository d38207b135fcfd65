import Sampling
import Testing

/// Which numbers are taken, and which parameter a refusal names.
@Suite struct SamplingParametersTests {
    private func refused(_ change: (inout SamplingParameters) -> Void) -> String? {
        var parameters = SamplingParameters.neutral(seed: 1)
        change(&parameters)
        do throws(SamplingError) {
            try parameters.validate(vocabulary: 100)
            return nil
        } catch {
            return error.parameter
        }
    }

    @Test func theEdgesAreTaken() {
        #expect(refused { _ in } == nil)
        #expect(refused { $0.temperature = 0 } == nil)
        #expect(refused { $0.temperature = 2 } == nil)
        #expect(refused { $0.topP = 0 } == nil)
        #expect(refused { $0.presencePenalty = -2 } == nil)
        #expect(refused { $0.topLogprobs = 20 } == nil)
        #expect(refused { $0.logitBias = [99: -100] } == nil)
    }

    @Test func whatLiesBeyondIsRefusedByName() {
        for bad: Float in [-0.01, 2.01, .nan, .infinity] {
            #expect(refused { $0.temperature = bad } == "temperature")
            #expect(refused { $0.topP = bad } == "top_p")
            #expect(refused { $0.minP = bad } == "min_p")
        }
        for bad: Float in [-2.01, 2.01, .nan] {
            #expect(refused { $0.presencePenalty = bad } == "presence_penalty")
            #expect(refused { $0.frequencyPenalty = bad } == "frequency_penalty")
        }
        for bad: Float in [0, -1, .nan, .infinity] {
            #expect(refused { $0.repetitionPenalty = bad } == "repetition_penalty")
        }
        #expect(refused { $0.topK = -1 } == "top_k")
        #expect(refused { $0.minTokens = -1 } == "min_tokens")
        #expect(refused { $0.topLogprobs = 21 } == "top_logprobs")
        #expect(refused { $0.logitBias = [100: 1] } == "logit_bias")
        #expect(refused { $0.logitBias = [-1: 1] } == "logit_bias")
        #expect(refused { $0.logitBias = [1: 100.5] } == "logit_bias")
    }
}
