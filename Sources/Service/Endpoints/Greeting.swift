import HTTP
import OpenAI

/// `GET /`: a line for a person who opens the address in a browser.
enum Greeting {
    static let answer: Endpoint.Answer = { service, _, exchange throws(APIError) in
        let body = Array(text(service).utf8)
        exchange.respond(
            Response(status: 200, fields: ["content-type": "text/plain; charset=utf-8"], body: body))
    }

    /// The model is named only where anybody may ask for it.
    private static func text(_ service: Service) -> String {
        let name = "michat \(service.settings.version)"
        let manual = "Its interface is described at /openapi.json.\n"
        if service.authentication.isRequired { return "\(name) is running. An API key is needed. \(manual)" }
        guard let model = try? service.host.model() else { return "\(name) is loading its model. \(manual)" }
        return "\(name) is running and serves \(model.card.id). \(manual)"
    }
}
