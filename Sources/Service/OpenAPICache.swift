import JSON
import OpenAI
import Synchronization

/// Keeps the OpenAPI document: it takes a while to write, and changes only when the model or the need of a key does.
final class OpenAPICache: Sendable {
    private struct Kept: Sendable {
        let vocabulary: Int
        let knownTokens: Int
        let needsKey: Bool
        let text: [UInt8]
    }

    private let kept = Mutex<Kept?>(nil)

    /// The document as JSON, written by `write` unless the last one had these limits.
    func text(_ limits: RequestLimits, needsKey: Bool, write: () -> JSONValue) -> [UInt8] {
        let last = kept.withLock { $0 }
        if let last, last.vocabulary == limits.vocabulary, last.knownTokens == limits.knownTokens,
            last.needsKey == needsKey
        {
            return last.text
        }
        let text = Array(write().serialized().utf8)
        kept.withLock {
            $0 = Kept(
                vocabulary: limits.vocabulary, knownTokens: limits.knownTokens, needsKey: needsKey, text: text)
        }
        return text
    }
}
