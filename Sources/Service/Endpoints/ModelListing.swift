import HTTP
import OpenAI

/// Which model is served.
enum ModelListing {
    /// `GET /v1/models`.
    static let list: Endpoint.Answer = { service, _, exchange throws(APIError) in
        exchange.respond(Response(status: 200, json: ModelCard.list(try service.host.model().cards)))
    }

    /// `GET /v1/models/{id}`; an id may contain slashes, raw or percent-encoded.
    static let one: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let id = String(request.head.target.path.dropFirst("/v1/models/".count))
        let model = try service.host.model()
        let name = try model.name(for: id)
        exchange.respond(Response(status: 200, json: model.card.named(name).body()))
    }
}
