import Dispatch
package import Engine
import Sampling
import Synchronization

/// The first token of an engine, so that readiness is something that has been seen.
package enum EngineWarmUp {
    /// How the request ended, told by a thread of the engine to the one that waits.
    private final class Ending: Sendable {
        private let reason = Mutex<FinishReason?>(nil)

        /// The ending, once there is one.
        var value: FinishReason? { reason.withLock { $0 } }

        /// Keeps the ending.
        func set(_ ending: FinishReason) { reason.withLock { $0 = ending } }
    }

    /// Waits until the engine has produced one token; `model` is what messages call it.
    /// - Throws: ``ServingError/engine(_:)`` where it produces none.
    package static func run(_ engine: Engine, model: String) throws(ServingError) {
        let done = DispatchSemaphore(value: 0)
        let ending = Ending()
        var sampling = SamplingParameters.neutral(seed: 0)
        sampling.temperature = 0
        let request = GenerationRequest(
            prompt: [0], maximumTokens: 1, sampling: sampling, promptLogprobs: nil, priority: 0, cacheSalt: [])
        // The engine lets go of the closure with the request.
        engine.submit(request) { event in
            guard case .finished(let reason, _) = event else { return }
            ending.set(reason)
            done.signal()
        }
        done.wait()
        let reason: String
        switch ending.value {
        case .length?: return
        case .failed(let text)?: reason = text
        case .some(let other): reason = "\(other)"
        case nil: reason = "no answer"
        }
        throw .engine("\(model): the engine cannot produce a token: \(reason)")
    }
}
