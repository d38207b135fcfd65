import HTTP
import OpenAI
import Telemetry

/// `POST /v1/chat/completions`: answers a conversation.
enum ChatCompletions {
    /// Reads the request and has it answered.
    static let handle: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let trace = service.observers.trace
        trace.hop(Self.self, "handle", request: request.id)
        let backend = try service.host.backend()
        let body = try service.json(request)
        trace.hop(ChatRequest.self, "init", request: request.id)
        let chat = try ChatRequest(body, limits: service.limits(for: backend.model))
        let identity = try backend.model.identity(prefix: "chatcmpl-", for: chat.model)
        try ChatJob(service: service, backend: backend, request: request).begin(chat, on: exchange) { reasoning in
            ChatDialect(
                identity, stream: chat.options.stream, reasoning: reasoning.fields, showsReasoning: reasoning.isShown)
        }
    }
}
