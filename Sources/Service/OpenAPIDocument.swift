import HTTP
import JSON
import OpenAI

/// The interface described in OpenAPI 3.1, made from the routes and the forms by which requests are checked.
struct OpenAPIDocument {
    let limits: RequestLimits
    let needsKey: Bool
    private let version: String

    /// The interface as this service offers it now.
    init(_ service: Service) {
        limits = (try? service.host.model()).map { service.limits(for: $0) } ?? service.settings.limits
        needsKey = service.authentication.isRequired
        version = service.settings.version
    }

    /// `GET /openapi.json`.
    static let answer: Endpoint.Answer = { service, _, exchange throws(APIError) in
        let document = OpenAPIDocument(service)
        let text = service.openAPI.text(document.limits, needsKey: document.needsKey) { document.document }
        exchange.respond(Response(status: 200, json: text))
    }

    /// The whole document.
    var document: JSONValue {
        var paths: JSONObject = [:]
        for endpoint in Routes.all {
            paths[endpoint.template] = [endpoint.method.lowercased(): operation(endpoint)]
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "michat", "version": .string(version),
                "description":
                    "Chat models over OpenAI's API. Unknown members are ignored and named in x-michat-ignored.",
            ],
            "servers": [["url": "/"]],
            "security": needsKey ? [["bearer": []], ["key": []]] : [],
            "paths": .object(paths),
            "components": [
                "schemas": schemas,
                "headers": Self.headers,
                "responses": ["Error": Self.error([:])],
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer"],
                    "key": ["type": "apiKey", "in": "header", "name": "x-api-key"],
                ],
            ],
        ]
    }

    private func operation(_ endpoint: Endpoint) -> JSONValue {
        var operation: JSONObject = [
            "operationId": .string(endpoint.operationID), "summary": .string(endpoint.summary),
        ]
        if endpoint.isPublic { operation["security"] = [] }
        if endpoint.isPrefix {
            operation["parameters"] = [
                [
                    "name": "id", "in": "path", "required": true, "schema": ["type": "string", "minLength": 1],
                    "description": "The model's id; slashes may stand as they are.",
                ]
            ]
        }
        if let form = endpoint.request {
            operation["requestBody"] = [
                "required": true, "content": ["application/json": ["schema": Self.reference(form)]],
            ]
        }
        operation["responses"] = responses(endpoint)
        return .object(operation)
    }

    private func responses(_ endpoint: Endpoint) -> JSONValue {
        var responses: JSONObject = ["200": Self.success(endpoint)]
        var statuses = ["403", "503"]
        if endpoint.request != nil { statuses += ["400", "404", "408", "411", "413", "415", "500"] }
        if endpoint.isPrefix { statuses += ["400", "404"] }
        if endpoint.method == "POST", endpoint.request == nil { statuses.append("500") }
        for status in statuses { responses[status] = ["$ref": "#/components/responses/Error"] }
        if needsKey, !endpoint.isPublic { responses["401"] = Self.error(["www-authenticate": Self.text]) }
        if case .stream = endpoint.success { responses["429"] = Self.error(["retry-after": Self.seconds]) }
        responses["503"] = Self.error(["retry-after": Self.seconds])
        responses["default"] = ["$ref": "#/components/responses/Error"]
        return .object(responses)
    }

    private var schemas: JSONValue {
        var schemas: JSONObject = [:]
        for endpoint in Routes.all {
            for form in endpoint.forms { schemas[form.name] = form.form.schema(limits) }
        }
        return .object(schemas)
    }
}

extension OpenAPIDocument {
    private static let text: JSONValue = ["schema": ["type": "string"]]
    private static let seconds: JSONValue = ["schema": ["type": "integer", "minimum": 1]]

    private static let headers: JSONValue = [
        "RequestID": [
            "description": "The request's name in our log; the client's own, where it sent one.",
            "schema": ["type": "string"],
        ],
        "ProcessingTime": ["description": "Milliseconds until the answer began.", "schema": ["type": "integer"]],
        "Ignored": [
            "description": "The members of the request that meant nothing here.", "schema": ["type": "string"],
        ],
        "MaximumTokens": [
            "description": "The limit of the answer, where the request asked for more than there is room for.",
            "schema": ["type": "integer"],
        ],
    ]

    private static let always: JSONObject = [
        "x-request-id": ["$ref": "#/components/headers/RequestID"],
        "openai-processing-ms": ["$ref": "#/components/headers/ProcessingTime"],
    ]

    private static func reference(_ form: NamedSchema) -> JSONValue {
        ["$ref": .string("#/components/schemas/" + form.name)]
    }

    private static func error(_ more: JSONObject) -> JSONValue {
        var headers = always
        for (name, header) in more { headers[name] = header }
        return [
            "description": "What went wrong, in OpenAI's shape.", "headers": .object(headers),
            "content": ["application/json": ["schema": reference(.error)]],
        ]
    }

    private static func success(_ endpoint: Endpoint) -> JSONValue {
        var headers = always
        if endpoint.request != nil { headers["x-michat-ignored"] = ["$ref": "#/components/headers/Ignored"] }
        if endpoint.generates {
            headers["x-michat-max-tokens"] = ["$ref": "#/components/headers/MaximumTokens"]
        }
        var content: JSONObject = [:]
        switch endpoint.success {
        case .nothing: break
        case .json(let form): content["application/json"] = ["schema": reference(form)]
        case .stream(let form, let chunk):
            content["application/json"] = ["schema": reference(form)]
            content["text/event-stream"] = [
                "schema": [
                    "type": "string", "contentMediaType": "application/json", "contentSchema": reference(chunk),
                    "description": "Each event's data is one chunk; the last is [DONE]. Comments keep it alive.",
                ]
            ]
        case .text(let type): content[type] = ["schema": ["type": "string"]]
        case .document: content["application/json"] = ["schema": ["type": "object"]]
        }
        return [
            "description": .string(endpoint.summary), "headers": .object(headers), "content": .object(content),
        ]
    }
}

extension Endpoint {
    /// The path with its parameter in braces.
    fileprivate var template: String { isPrefix ? path + "{id}" : path }

    /// A name for programs, such as `post_v1_completions`.
    fileprivate var operationID: String {
        let words = path.split { $0 == "/" || $0 == "-" || $0 == "." }.joined(separator: "_")
        return method.lowercased() + "_" + (words.isEmpty ? "root" : words) + (isPrefix ? "_id" : "")
    }

    /// Every form that the endpoint reads or writes.
    fileprivate var forms: [NamedSchema] {
        var forms = [NamedSchema.error]
        if let request { forms.append(request) }
        switch success {
        case .json(let form): forms.append(form)
        case .stream(let form, let chunk): forms += [form, chunk]
        case .nothing, .text, .document: break
        }
        return forms
    }
}
