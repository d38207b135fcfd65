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

    /// The document as JSON.
    func text(_ document: OpenAPIDocument) -> [UInt8] {
        let limits = document.limits
        let last = kept.withLock { $0 }
        if let last, last.vocabulary == limits.vocabulary, last.knownTokens == limits.knownTokens,
            last.needsKey == document.needsKey
        {
            return last.text
        }
        let text = Array(document.document.serialized().utf8)
        kept.withLock {
            $0 = Kept(
                vocabulary: limits.vocabulary, knownTokens: limits.knownTokens, needsKey: document.needsKey, text: text)
        }
        return text
    }
}
