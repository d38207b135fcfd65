package import HTTPClient
import JSON
import Platform

/// The server that a conversation is held with, and the model that is asked.
package final class ChatServer {
    /// Talks to it.
    package let client: HTTPClient
    /// The models that it lists; empty where it lists none.
    package let models: [String]
    /// The name that requests carry.
    package private(set) var model: String
    /// Tokens of a conversation, where the server says.
    private let contextTokens: Int64?
    /// Seconds without a byte after which a server is given up.
    static let silenceSeconds = 60.0
    /// What the banner calls the server.
    private let place: String

    /// Asks which models there are.
    ///
    /// - Parameter model: the one to ask; nil for the first that is listed.
    /// - Throws: ``ChatError`` when nobody answers, the key is wrong, the model is not loaded yet or not there.
    package init(_ client: HTTPClient, place: String, model: String?) throws(ChatError) {
        self.client = client
        self.place = place
        let answer: ClientAnswer
        do throws(HTTPClientError) {
            answer = try client.answer(
                to: ClientRequest("GET", "/v1/models"),
                limits: .answer(seconds: Self.silenceSeconds, bodyBytes: 64 << 20))
        } catch {
            throw ChatError("no server answers at \(place): \(error); 'michat serve --model FILE' starts one")
        }
        // A server without such a route may still answer questions.
        guard [200, 404, 405].contains(answer.status) else { throw Self.refusal(answer) }
        let cards = answer.json?["data"]?.arrayValue ?? []
        models = answer.status == 200 ? cards.compactMap { $0["id"]?.stringValue } : []
        contextTokens = cards.first?["max_model_len"]?.intValue
        self.model = models.first ?? "default"
        if let model { try choose(model) }
    }

    /// From now on this model is asked.
    ///
    /// - Throws: ``ChatError`` when the server lists others only.
    package func choose(_ name: String) throws(ChatError) {
        guard models.isEmpty || models.contains(name) || name == "default" else {
            let known = models.map { "'\(Terminal.harmless($0))'" }.joined(separator: ", ")
            throw ChatError("the server has no model '\(Terminal.harmless(name))'; it has \(known)")
        }
        model = name
    }

    /// Which model answers where.
    package var banner: String {
        let context = contextTokens.map { ", \($0) tokens of context" } ?? ""
        return "\(Terminal.harmless(model)) at \(place)\(context)"
    }

    /// What a server says that does not answer a request.
    static func refusal(_ answer: ClientAnswer) -> ChatError {
        let message = answer.json?["error"]?["message"]?.stringValue ?? "no reason given"
        let hint = answer.status == 401 ? " Give the key with --key-file FILE or OPENAI_API_KEY." : ""
        return ChatError("the server answered \(answer.status): \(Terminal.harmless(message))\(hint)")
    }
}
